from __future__ import annotations

import pytest
import spacy
from small_pipeline import blank

from unionie.annotation import Link, Paragraph, Span
from unionie.errors import ModelError
from unionie.pipeline.annotations import DocRelation, get_figure_scores, set_figure_scores
from unionie.pipeline.candidates import REACH
from unionie.pipeline.corpus import examples_of, make_reference
from unionie.pipeline.own_linker import OwnLinker

PLACES = ["东山", "西山", "南河", "北河", "城东", "城西"]


def paragraph(place: str, other: str) -> Paragraph:
    """Return a sentence whose figure is at the place that stands right before it."""
    text = f"自{other}起在{place}建站5个。"
    at = Span(text.index(place), text.index(place) + 2, "PLACE")
    off = Span(1, 3, "PLACE")
    figure = Span(text.index("5个"), text.index("5个") + 2, "COUNT")
    return Paragraph(text, (at, off, figure), (Link(figure, at, "AT"),))


@pytest.fixture(scope="module")
def nlp():
    nlp = blank()
    settings = {"relations": {"AT": ["PLACE"]}, "single": ["AT"]}
    linker = nlp.add_pipe("unionie_own_linker", name="own_linker", config=settings)
    train = [paragraph(a, b) for a in PLACES[:5] for b in PLACES[:5] if a != b]
    examples = examples_of(nlp, train)
    linker.initialize(lambda: examples)
    return nlp


@pytest.mark.parametrize("stored", [False, True])
def test_it_finds_the_tail_that_it_learned(nlp, tmp_path, stored):
    if stored:
        nlp.to_disk(tmp_path)
        nlp = spacy.load(tmp_path)
    gold = paragraph("城西", "城东")
    doc = nlp.get_pipe("own_linker")(make_reference(nlp, gold.with_annotation(gold.spans, ())))
    found = [(r.head_start, r.tail_start, r.label) for r in doc._.relations]
    assert found == [(link.head.start, link.tail.start, "AT") for link in gold.links]


def test_it_keeps_what_the_linker_found_and_its_doubts(nlp):
    gold = paragraph("城西", "城东")
    doc = make_reference(nlp, gold.with_annotation(gold.spans, ()))
    before = DocRelation(*[gold.spans[2].start, gold.spans[2].end, 1, 3], "BY", 0.5)
    doc._.relations = [before]
    set_figure_scores(doc, [0.5])
    doc = nlp.get_pipe("own_linker")(doc)
    assert before in doc._.relations
    assert len(doc._.relations) == 2
    assert 0.3 < get_figure_scores(doc)[0] <= 0.5


def test_of_a_single_relation_a_figure_has_one(nlp):
    text = "在东山在西山建站5个。"
    spans = (Span(1, 3, "PLACE"), Span(4, 6, "PLACE"), Span(8, 10, "COUNT"))
    doc = nlp.get_pipe("own_linker")(make_reference(nlp, Paragraph(text, spans)))
    assert len(doc._.relations) <= 1


def test_what_lies_far_apart_is_no_candidate(nlp, monkeypatch):
    linker = nlp.get_pipe("own_linker")
    monkeypatch.setattr(linker, "threshold", 0.0)  # all candidates are kept
    monkeypatch.setattr(linker, "single", ())
    text = "东山" * 2 * REACH + "5个"
    places = [Span(start, start + 2, "PLACE") for start in range(0, len(text) - 2, 2)]
    spans = (*places, Span(len(text) - 2, len(text), "COUNT"))
    doc = linker(make_reference(nlp, Paragraph(text, spans)))
    assert [r.tail_start for r in doc._.relations] == [place.start for place in places[-REACH:]]


def test_untrained_it_says_so(nlp):
    linker = OwnLinker(
        nlp.vocab, "own_linker", relations={"AT": ["PLACE"]}, single=[], threshold=0.5,
        trees=10, depth=2, learning_rate=0.1, seed=0,
    )  # fmt: skip
    with pytest.raises(ModelError, match="has not been trained"):
        linker(make_reference(nlp, paragraph("城西", "城东")))
