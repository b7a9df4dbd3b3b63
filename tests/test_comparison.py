from __future__ import annotations

import numpy as np
import pytest

from unionie.comparison import compare, fewest_documents, holm


def counts(right: list[int], proposed: int = 10, gold: int = 10) -> np.ndarray:
    return np.array([[number, proposed, gold] for number in right], dtype=np.int64)


def test_what_is_better_in_every_document_is_better():
    (row,) = compare({"ORG": counts([5] * 12)}, {"ORG": counts([8] * 12)})
    assert row.verdict == "better"
    assert (row.first, row.second) == (0.5, 0.8)
    assert (row.low, row.high) == pytest.approx((0.3, 0.3))
    assert row.p == pytest.approx(2 / 2**12, abs=5e-4)
    assert "the second is better" in str(row)


def test_the_other_way_round_it_is_worse():
    (row,) = compare({"ORG": counts([8] * 12)}, {"ORG": counts([5] * 12)})
    assert row.verdict == "worse"


def test_what_wins_here_and_loses_there_is_not_shown_to_differ():
    (row,) = compare({"ORG": counts([5, 8] * 6)}, {"ORG": counts([8, 6] * 6)})
    assert row.verdict == "not shown"
    assert "no difference is shown" in str(row)


def test_equal_pipelines_have_p_one():
    (row,) = compare({"ORG": counts([5] * 9)}, {"ORG": counts([5] * 9)})
    assert row.p == 1.0
    assert row.to_dict()["verdict"] == "not shown"


def test_p_is_exact_for_few_documents():
    """With three documents that all change alike, two of eight swaps are as extreme."""
    (row,) = compare({"ORG": counts([5] * 3)}, {"ORG": counts([8] * 3)})
    assert row.p == pytest.approx(0.25, abs=0.02)


def test_chance_differences_stay_below_the_level():
    """Twenty rows without a true difference: alone some are below 0.05, adjusted none."""
    draw = np.random.default_rng(1)
    first, second = (
        {f"row {i}": counts(draw.binomial(10, 0.7, 30).tolist()) for i in range(20)}
        for _ in range(2)
    )
    rows = compare(first, second)
    assert any(row.p < 0.2 for row in rows)
    assert {row.verdict for row in rows} == {"not shown"}


@pytest.mark.parametrize(("rows", "fewest"), [(1, 6), (3, 7), (15, 10)])
def test_with_too_few_documents_not_even_the_best_is_shown_to_be_better(rows, fewest):
    assert fewest_documents(rows) == fewest
    for documents in (fewest - 1, fewest):
        first, second = (
            {str(row): counts([right] * documents) for row in range(rows)} for right in (0, 10)
        )
        shown = {row.verdict != "not shown" for row in compare(first, second)}
        assert shown == {documents == fewest}


def test_holm():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_rows_without_anything_are_left_out():
    empty = counts([0, 0], 0, 0)
    assert compare({"ORG": empty}, {"ORG": empty}) == []


def test_other_documents_are_refused():
    with pytest.raises(ValueError, match="not evaluated on the same documents"):
        compare({"ORG": counts([5, 5])}, {"ORG": counts([5])})
    with pytest.raises(ValueError, match="different rows"):
        compare({"ORG": counts([5])}, {"BY": counts([5])})
