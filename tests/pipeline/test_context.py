import sys

import numpy as np
import pytest

from unionie.annotation import Span
from unionie.errors import MissingExtraError
from unionie.pipeline.context import ContextModel, figure_context, tail_context

TEXT = "好。去年,向省总推荐成果26项,多。"
TAIL = Span(6, 8, "ORG")
FIGURE = Span(12, 15, "COUNT")


def test_tail_context_stays_in_its_clause():
    grams = tail_context(TEXT, 2, len(TEXT), TAIL)
    assert {"before1:向", "last2:省总", "after2:推荐", "clause1:向", "opens:1"} <= set(grams)
    assert not any("年" in gram for gram in grams)
    assert not any("多" in gram for gram in grams)


def test_figure_context_looks_at_its_neighbours():
    assert figure_context(TEXT, 2, len(TEXT), FIGURE) == [
        "figure-before1:果",
        "figure-before2:成果",
        "figure-after2:,多",
    ]


def test_context_does_not_leave_the_sentence():
    assert "before2:" in tail_context("好。省总", 2, 4, Span(2, 4, "ORG"))


def test_a_telling_word_is_learned():
    rng = np.random.default_rng(0)
    subject = rng.uniform(size=400) < 0.5
    contexts = [["before:向" if not is_subject else "before:,"] for is_subject in subject]
    model, held_out = ContextModel.fit(contexts, subject)
    assert model.score(["before:,"]) > 0 > model.score(["before:向"]) + 2 * model.bias
    assert ((held_out > 0) == subject).all()
    again = ContextModel.from_dict(model.to_dict())
    assert again.score(["before:,", "unknown"]) == model.score(["before:,"])


@pytest.mark.parametrize(
    "targets", [[], [True] * 30, [True, False], [True] * 5 + [False] * 40, [False] * 40 + [True]]
)
def test_nothing_to_learn(targets):
    model, held_out = ContextModel.fit([["a"]] * len(targets), np.array(targets, dtype=bool))
    assert model.score(["a"]) == 0
    assert held_out.tolist() == [0.0] * len(targets)


def test_a_missing_library_names_the_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.feature_extraction.text", None)
    with pytest.raises(MissingExtraError, match=r'pip install "unionie\[train\]"'):
        ContextModel.fit([["a"]], np.array([True]))
