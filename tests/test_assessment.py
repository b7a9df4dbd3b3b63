from __future__ import annotations

import json

import pytest

import unionie
from unionie.annotation import Paragraph, Span, dump_annotations
from unionie.assessment import compare_pipelines
from unionie.comparison import fewest_documents
from unionie.errors import AnnotationError
from unionie.evaluation import score_entities


@pytest.fixture
def gold(tmp_path, paragraphs):
    path = tmp_path / "gold.jsonl"
    path.write_text(dump_annotations(paragraphs), encoding="utf-8")
    return path


def test_a_folder_and_a_pipeline_give_the_same(gold, small_model, paragraphs):
    of_folder = unionie.evaluate(small_model, gold)
    of_pipeline = unionie.evaluate(unionie.load(small_model), paragraphs)
    assert of_folder.sections == of_pipeline.sections
    assert isinstance(of_folder, unionie.Evaluation)


def test_the_bundled_pipeline_is_called_so(paragraphs):
    assert unionie.evaluate(None, paragraphs[-1:]).model == "bundled"


def test_every_section_is_there(gold, small_model, paragraphs):
    evaluation = unionie.evaluate(small_model, gold)
    assert list(evaluation.sections) == [
        "entities, strict",
        "entities, overlap",
        "relations from raw text, strict",
        "relations from raw text, overlap",
        "relations given gold entities",
        "figures from raw text",
        "figures given gold entities",
    ]
    assert evaluation.score("figures from raw text").counts.f1 == 1
    assert evaluation.score("entities, strict", "ORG").counts.gold == 2
    expected = score_entities(paragraphs, list(evaluation.found), "strict")
    assert evaluation.sections["entities, strict"] == expected


def test_as_json(gold, small_model):
    data = json.loads(json.dumps(unionie.evaluate(small_model, gold).to_dict()))
    assert data["documents"] == 5
    assert data["sections"]["relations from raw text, strict"][0]["name"] == "relations"


def test_the_page_shows_every_error(small_model, paragraphs):
    spoilt = [
        p.with_annotation([Span(0, 1, "AWARD")], ()) if "只有" in p.text else p for p in paragraphs
    ]
    page = unionie.evaluate(small_model, spoilt).to_html()
    assert "All 1 sentences with errors" in page
    assert "missed AWARD 只" in page


def test_a_label_of_which_nothing_is_due_or_proposed_has_no_score(small_model, paragraphs):
    tables = unionie.evaluate(small_model, paragraphs[-1:]).tables()
    assert [[*column.cells] for column in tables[0].columns[1:4]] == [["–"] * 9] * 3


def test_a_label_that_the_pipeline_does_not_know_is_missed(small_model, tmp_path):
    own = Paragraph("在东山。", (Span(1, 3, "PLACE"),), doc="own")
    path = tmp_path / "own.jsonl"
    path.write_text(dump_annotations([own]), encoding="utf-8")
    evaluation = unionie.evaluate(small_model, path)
    counts = evaluation.score("entities, strict", "PLACE").counts
    assert (counts.right, counts.gold) == (0, 1)
    assert "PLACE 东山" in evaluation.to_html()


def test_a_label_may_hold_what_separates_sections_from_labels(small_model):
    own = Paragraph("在东山。", (Span(1, 3, "A/B"),), doc="own")
    comparison = compare_pipelines(small_model, small_model, [own])
    assert "A/B" in {row.name for row in comparison.sections["entities, strict"]}


def test_wrong_annotations_are_named(small_model, tmp_path):
    path = tmp_path / "bad.jsonl"
    path.write_text("{}\n")
    with pytest.raises(AnnotationError, match=r"bad\.jsonl:1"):
        unionie.evaluate(small_model, path)
    with pytest.raises(AnnotationError, match="not one annotated paragraph"):
        unionie.evaluate(small_model, [])


def test_pipelines_are_compared_in_words_and_as_a_table(small_model, paragraphs):
    deaf = unionie.load(small_model)
    deaf.get_pipe("entities").model.get_ref("output").get_param("b")[0] += 1000
    documents = [
        Paragraph(p.text, p.spans, p.links, doc=f"{p.doc}-{copy}")
        for p in paragraphs
        for copy in range(5)
    ]
    comparison = compare_pipelines(small_model, deaf, documents)
    words = " ".join(comparison.sentences())
    assert "figures: the second is worse (F1 1.000 → 0.000" in words
    assert "adjusted for all" in words
    assert comparison.table().row_count > 10
    assert comparison.to_dict()["documents"] == 25

    same = compare_pipelines(small_model, small_model, paragraphs)
    words = " ".join(same.sentences())
    assert "No difference between the two is shown." in words
    rows = sum(map(len, same.sections.values()))
    assert f"With fewer than {fewest_documents(rows)} documents" in words
