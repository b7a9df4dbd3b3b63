from __future__ import annotations

from dataclasses import replace

from spacy.tokens import DocBin

import unionie
from unionie.document import Block

TEXT = "工作报告\n5年来,武威市总工会帮扶困难职工3496户、1588万元。"


def test_a_report_survives_a_docbin(nlp, tmp_path):
    report = unionie.extract(TEXT)
    report = replace(report, file="报告.docx", blocks=(Block(0, 4, 1), Block(5, len(TEXT), 2)))
    unionie.write([report, unionie.Report("")], tmp_path / "reports.spacy")
    docs = list(DocBin().from_disk(tmp_path / "reports.spacy").get_docs(nlp.vocab))
    assert [unionie.from_doc(doc) for doc in docs] == [report, unionie.Report("")]
    assert [ent.label_ for ent in docs[0].ents] == [entity.label for entity in report.entities]


def test_a_doc_of_the_pipeline_is_a_report(nlp):
    assert unionie.from_doc(nlp(TEXT)) == unionie.extract(TEXT)


def test_entities_of_odd_texts_keep_their_place(nlp):
    text = "🎉e\u0301\r\n" + TEXT
    report = unionie.extract(text)
    assert unionie.from_doc(unionie.to_doc(report, nlp)) == report
