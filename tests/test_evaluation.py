"""The counting, and that it agrees with the libraries that others count with."""

from __future__ import annotations

import random

import pytest
from inline import parse_inline
from nervaluate import Evaluator
from sklearn.metrics import precision_recall_fscore_support

from unionie import schema
from unionie.annotation import Paragraph, Span
from unionie.evaluation import (
    Counts,
    count_figures,
    count_links,
    count_spans,
    figure_counts,
    score_entities,
    score_relations,
    to_scores,
)

GOLD = "[市总|O1][筹资|I1][30万元|M1:I1,O1],[走访|I2][5户|C1:I2,O1]。"


@pytest.mark.parametrize(
    ("found", "right"),
    [
        (GOLD, 2),
        ("[市总|O1][筹资|I1][30万元|M1:I1,O1],走访[5户|C1:O1]。", 1),  # an indicator less
        ("[市总|O1]筹[资|I1][30万元|M1:I1,O1],[走访|I2][5户|C1:I2,O1]。", 1),  # other words
        ("[市总|O1][筹资|I1][30万元|M1:I1],[走访|I2][5户|C1:I2]。", 0),  # nobody is stated
        ("[市总|O1][筹资|I1]30[万元|M1:I1,O1],[走访|I2][5户|C1:I2,O1]。", 1),  # other value
        ("市总筹资30万元,走访5户。", 0),
    ],
)
def test_a_figure_is_right_if_its_row_is(found, right):
    counts = count_figures(parse_inline(GOLD), parse_inline(found))
    assert (counts.right, counts.gold) == (right, 2)


def test_a_period_does_not_make_a_figure_wrong():
    gold = parse_inline("[去年|P1][筹资|I1][30万元|M1:I1,P1]。")
    found = parse_inline("去年[筹资|I1][30万元|M1:I1]。")
    assert count_figures(gold, found) == Counts(1, 1, 1)


def test_an_inherited_organisation_is_not_stated():
    gold = parse_inline("[市总工会|O1][筹资|I1][3万元|M1:I1,O1]。[走访|I2][5户|C1:I2]。")
    assert count_figures(gold, gold) == Counts(2, 2, 2)


def test_overlap_matches_each_item_once():
    gold = parse_inline("[基层工会组织|I1][5家|C1:I1]")
    found = parse_inline("[基层|I1][工会组织|I2][5家|C1:I1,I2]")
    assert count_spans(gold, found, "INDICATOR", "overlap") == Counts(1, 2, 1)
    assert count_links(gold, found, "MEASURES", "overlap") == Counts(1, 2, 1)
    assert count_links(gold, found, "MEASURES", "strict") == Counts(0, 2, 1)


def test_intervals_are_over_documents():
    good, bad = parse_inline(GOLD, doc="a"), parse_inline("[市总|O1]发文。", doc="b")
    miss = bad.with_annotation((), ())
    (together, *_) = score_entities([good, bad], [good, miss], "strict")
    assert together.low < together.counts.f1 < together.high
    assert score_relations([good, bad], [good, miss], "strict")[0].counts.f1 == 1
    (figures,) = to_scores("figures", figure_counts([good, bad], [good, miss]))
    assert figures.counts == Counts(2, 2, 2)


def noisy_pairs(number: int = 80) -> list[tuple[Paragraph, Paragraph]]:
    """Return paragraphs with random spans, and copies with moved, relabelled and lost ones."""
    draw = random.Random(0)
    pairs = []
    for index in range(number):
        gold, found = [], []
        for start in range(0, 90, 10):
            if draw.random() < 0.6:
                label = draw.choice(schema.ENTITY_LABELS)
                span = Span(start + draw.randrange(3), start + draw.randrange(4, 8), label)
                gold.append(span)
                kind = draw.random()
                if kind < 0.15:
                    continue
                end = span.end + (kind < 0.3)
                other = draw.choice(schema.ENTITY_LABELS) if kind > 0.8 else label
                found.append(Span(span.start, end, other))
            elif draw.random() < 0.2:
                found.append(Span(start, start + 4, draw.choice(schema.ENTITY_LABELS)))
        base = Paragraph("字" * 100, doc=f"d{index}")
        pairs.append((base.with_annotation(gold, ()), base.with_annotation(found, ())))
    return pairs


def test_strict_scores_are_those_of_scikit_learn():
    pairs = noisy_pairs()
    places = [
        (index, span.start, span.end)
        for index, pair in enumerate(pairs)
        for paragraph in pair
        for span in paragraph.spans
    ]
    places = list(dict.fromkeys(places))
    due, proposed = (
        {
            (index, span.start, span.end): span.label
            for index, pair in enumerate(pairs)
            for span in pair[side].spans
        }
        for side in (0, 1)
    )
    expected = precision_recall_fscore_support(
        [due.get(place, "none") for place in places],
        [proposed.get(place, "none") for place in places],
        labels=schema.ENTITY_LABELS,
        zero_division=0,
    )
    _, *scores = score_entities([g for g, _ in pairs], [f for _, f in pairs], "strict")
    for row, precision, recall, f1, support in zip(scores, *expected, strict=True):
        assert row.counts.precision == pytest.approx(precision)
        assert row.counts.recall == pytest.approx(recall)
        assert row.counts.f1 == pytest.approx(f1)
        assert row.counts.gold == support


def test_strict_and_overlap_scores_are_those_of_nervaluate():
    pairs = noisy_pairs()

    def entities(side: int) -> list[list[dict[str, object]]]:
        # Its ends are those of the last character.
        return [
            [{"label": s.label, "start": s.start, "end": s.end - 1} for s in pair[side].spans]
            for pair in pairs
        ]

    evaluator = Evaluator(entities(0), entities(1), tags=list(schema.ENTITY_LABELS), loader="dict")
    result = evaluator.evaluate()
    gold, found = [g for g, _ in pairs], [f for _, f in pairs]
    for mode, theirs in (("strict", "strict"), ("overlap", "ent_type")):
        together, *_ = score_entities(gold, found, mode)
        expected = result["overall"][theirs]
        assert together.counts.right == expected.correct
        assert together.counts.precision == pytest.approx(expected.precision)
        assert together.counts.recall == pytest.approx(expected.recall)
        assert together.counts.f1 == pytest.approx(expected.f1)
