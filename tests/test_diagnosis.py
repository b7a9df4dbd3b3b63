import pytest
from inline import parse_inline

from unionie.annotation import Link, Paragraph, Span
from unionie.diagnosis import (
    NONE,
    confusion,
    count_span_errors,
    link_errors,
    span_errors,
    worst_sentences,
)

GOLD = "[市总|O1][筹资|I1][30万元|M1:I1,O1],[走访职工|I2][5户|C1:I2,O1]。"


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        ("市总[筹资|I1][30万元|M1:I1],[走访职工|I2][5户|C1:I2]。", "missed"),
        ("[市总|P1][筹资|I1][30万元|M1:I1],[走访职工|I2][5户|C1:I2]。", "label"),
        ("[市总筹|O1]资[30万元|M1:O1],[走访职工|I2][5户|C1:I2,O1]。", "boundary"),
        ("[市|P1]总[筹资|I1][30万元|M1:I1],[走访职工|I2][5户|C1:I2]。", "both"),
    ],
)
def test_span_error_kinds(found, kind):
    errors = span_errors(parse_inline(GOLD), parse_inline(found))
    assert errors[0].kind == kind
    assert errors[0].gold == Span(0, 2, "ORG")


def test_spurious_span():
    gold, found = parse_inline("市总筹资。"), parse_inline("[市总|O1]筹资。")
    (error,) = span_errors(gold, found)
    assert (error.kind, error.gold, error.found) == ("spurious", None, Span(0, 2, "ORG"))


def test_exact_label_match_is_preferred_to_mere_overlap():
    gold = Paragraph("abcdef", (Span(0, 3, "ORG"), Span(3, 6, "AWARD")))
    found = Paragraph("abcdef", (Span(0, 3, "PERIOD"), Span(3, 5, "AWARD")))
    assert [error.kind for error in span_errors(gold, found)] == ["label", "boundary"]


def test_link_errors_tell_broken_spans_from_wrong_links():
    found = "[市总|O1]筹[资|I1][30万元|M1:I1],[走访职工|I2][5户|C1:I2,O1]。"
    errors = link_errors(parse_inline(GOLD), parse_inline(found))
    assert [(error.missed, error.link.label, error.cause) for error in errors] == [
        (True, "BY", "link"),
        (True, "MEASURES", "span"),
        (False, "MEASURES", "span"),
    ]


def test_link_error_says_where_the_two_stand():
    bare = parse_inline(GOLD)
    errors = link_errors(bare, bare.with_annotation(bare.spans, ()))
    by = next(e for e in errors if e.link.label == "BY" and e.link.head.label == "COUNT")
    assert (by.distance, by.clauses) == ("6–20", 1)
    assert by.construction == "figure last, other figures between"


def test_confusion_counts_every_span_once():
    gold = parse_inline(GOLD)
    found = parse_inline("[市总|P1][筹资|I1][30万元|M1:I1],[走访|I2]职工[5户|C1:I2]。")
    table = confusion([(gold, found)])
    assert table["ORG"] == {"PERIOD": 1}
    assert table["INDICATOR"] == {"INDICATOR": 2}
    assert sum(sum(row.values()) for row in table.values()) == len(gold.spans)
    assert not table[NONE]
    assert count_span_errors([(gold, found)])["ORG"] == {"label": 1}


def test_worst_sentences_come_first_and_right_ones_not_at_all():
    gold = parse_inline(
        "[市总|O1]好。[省总|O1]与[州总|O2]好。[全总|O3]好。".replace("[省总|O1]", "[省总|O4]")
    )
    found = gold.with_annotation(
        [Span(gold.text.index("全总"), gold.text.index("全总") + 2, "ORG")], ()
    )
    worst = worst_sentences([(gold, found)], 10)
    assert [(s.gold.text, s.errors) for s in worst] == [("省总与州总好。", 2), ("市总好。", 1)]
    assert worst[0].gold.spans[0] == Span(0, 2, "ORG")


def test_a_broken_span_is_not_counted_again_for_its_relations():
    gold = parse_inline("[市总|O1][筹资|I1][30万元|M1:I1,O1]。")
    found = gold.with_annotation(
        [s for s in gold.spans if s.label != "MONEY"], [k for k in gold.links if False]
    )
    assert worst_sentences([(gold, found)], 1)[0].errors == 1


def test_links_across_sentences_are_left_out():
    head, tail = Span(3, 5, "COUNT"), Span(0, 1, "ORG")
    text = Paragraph("a。b12", (head, tail), (Link(head, tail, "BY"),))
    (sentence,) = worst_sentences([(text, Paragraph("a。b12"))], 1)[:1]
    assert not sentence.gold.links
