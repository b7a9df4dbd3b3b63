from __future__ import annotations

import unionie
from unionie.preannotation import preannotate


def test_lines_become_paragraphs_with_what_was_found_in_them(nlp):
    first = "🎉5年来,武威市总工会帮扶困难职工3496户。"
    text = f"{first}\r\n\n 　\n凝心聚力\n全市共有工会会员22万人。"
    paragraphs = preannotate(text, doc="d", source="s", nlp=nlp)
    assert [(p.line, p.text) for p in paragraphs] == [
        (1, first), (4, "凝心聚力"), (5, "全市共有工会会员22万人。"),
    ]  # fmt: skip
    assert {(p.doc, p.source) for p in paragraphs} == {("d", "s")}
    report = unionie.extract(text, nlp=nlp)
    found = [(p.surface(span), p.scores[span]) for p in paragraphs for span in p.spans]
    assert found == [(entity.text, entity.score) for entity in report.entities]
    links = [
        (p.surface(link.head), link.label, p.surface(link.tail), p.scores[link])
        for p in paragraphs
        for link in p.links
    ]
    assert sorted(links) == sorted(
        (r.head.text, r.label, r.tail.text, r.score) for r in report.relations
    )
    assert links


def test_empty_text(nlp):
    assert preannotate("", nlp=nlp) == preannotate("\n \n", nlp=nlp) == []
