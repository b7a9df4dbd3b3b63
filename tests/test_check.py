from __future__ import annotations

import json

import pytest
from inline import parse_inline

from unionie.annotation import Link, Paragraph, Span
from unionie.check import RULES, check_annotations, check_paragraph, read_checked
from unionie.errors import AnnotationError
from unionie.schema import Scheme


def rules_of(paragraph: Paragraph) -> set[str]:
    return {finding.rule for finding in check_paragraph(paragraph)}


def test_clean_paragraph_has_no_findings():
    line = "[5年来|P1],[市总|O1]建立[基层工会组织|I1][3.9万个|C1:I1,O1,P1]。"
    assert rules_of(parse_inline(line)) == set()


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("[ 市总|O1]", "edge"),
        ("[“金秋助学|G1]”", "half-pair"),
        ("[“金秋助学”|G1]", "whole-quote"),
        ("[会员|I1]增加。[5人|C1:I1]", "link-sentence"),
        ("[甲会|O1][乙会|O2][会员|I1][5人|C1:I1,O1,O2]", "link-single"),
        ("[会员|I1]增加", "measured"),
        ("[5人|C1]", "unmeasured"),
        ("[会员|I1][数百人|C1:I1]", "unread"),
        ("[建立工会|I1][5家|C1:I1]", "light-verb"),
        ("[各级工会|I1][5家|C1:I1]", "scope-word"),
        ("共12页", "bare-digits"),
    ],
)
def test_each_rule_finds_what_breaks_it(line, rule):
    assert rule in rules_of(parse_inline(line))


@pytest.mark.parametrize(
    ("spans", "links", "rule"),
    [
        ([Span(0, 1, "PLACE")], [], "label"),
        ([Span(0, 2, "ORG"), Span(1, 3, "ORG")], [], "overlap"),
        (
            [Span(0, 1, "ORG"), Span(1, 2, "ORG")],
            [Link(Span(0, 1, "ORG"), Span(1, 2, "ORG"), "BY")],
            "link-type",
        ),
        (
            [Span(0, 1, "COUNT"), Span(1, 2, "ORG")],
            [Link(Span(0, 1, "COUNT"), Span(1, 2, "ORG"), "NEAR")],
            "link-type",
        ),
    ],
)
def test_rules_that_inline_notation_cannot_break(spans, links, rule):
    assert rule in rules_of(Paragraph("一二三", tuple(spans), tuple(links)))


def test_a_paragraph_of_two_lines_is_an_error():
    assert "one-line" in rules_of(Paragraph("一\n二"))


def test_every_rule_is_tested():
    rules = set()
    for mark in (
        *test_each_rule_finds_what_breaks_it.pytestmark,
        *test_rules_that_inline_notation_cannot_break.pytestmark,
    ):
        rules |= {case[-1] for case in mark.args[1]}
    assert rules | {"one-line"} == {name for name, _, _ in RULES}


def test_findings_name_file_line_span_and_rule(tmp_path):
    file = tmp_path / "x.jsonl"
    good = parse_inline("[会员|I1]增加").to_dict()
    file.write_text(json.dumps(good) + "\nbroken\n", encoding="utf-8")
    found = [str(finding) for finding in check_annotations(file)]
    assert found[0].startswith(f"{file}:1:0-2: error measured: “会员”")
    assert found[1].startswith(f"{file}:2: error format: not JSON: Expecting value at column 1")


def test_committed_annotations_keep_the_scheme(root):
    errors = [
        str(finding)
        for file in sorted((root / "annotations").rglob("*.jsonl"))
        for finding in check_annotations(file)
        if finding.level == "error"
    ]
    assert errors == []


def test_seed_annotations_are_of_the_seed_texts(root):
    for file in sorted((root / "annotations" / "seeds").glob("*.jsonl")):
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        with (root / rows[0]["source"]).open(encoding="utf-8", newline="") as stream:
            lines = stream.read().split("\n")
        annotated = {row["line"]: row["text"] for row in rows}
        assert annotated == {n: line for n, line in enumerate(lines, 1) if line.strip()}


def test_labels_of_ones_own_are_checked_as_the_others(tmp_path):
    scheme = Scheme(("PLACE",), {"AT": ("PLACE",)}, ("AT",))
    place, other, figure = Span(0, 2, "PLACE"), Span(2, 4, "PLACE"), Span(4, 6, "COUNT")
    links = (Link(figure, place, "AT"),)
    good = Paragraph("东山西山5个", (place, other, figure), links)
    assert {f.rule for f in check_paragraph(good)} >= {"label", "link-type"}
    assert {f.rule for f in check_paragraph(good, scheme=scheme) if f.level == "error"} == set()
    twice = good.with_annotation(good.spans, (*links, Link(figure, other, "AT")))
    assert "link-single" in {f.rule for f in check_paragraph(twice, scheme=scheme)}
    turned = good.with_annotation(good.spans, (Link(place, figure, "AT"),))
    assert "link-type" in {f.rule for f in check_paragraph(turned, scheme=scheme)}


def test_reading_what_must_be_right(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": "字", "entities": [], "relations": []}\n')
    (tmp_path / "b.jsonl").write_text("[]\n\n{}\n")
    assert len(read_checked([tmp_path / "a.jsonl", tmp_path / "a.jsonl"])) == 1
    with pytest.raises(AnnotationError, match="2 faults") as caught:
        read_checked([tmp_path])
    assert "b.jsonl:1" in str(caught.value)
    assert "b.jsonl:3" in str(caught.value)
