"""The pipeline as spaCy users meet it: training, storage, workers, scoring."""

from __future__ import annotations

import subprocess
import sys

import pytest
import spacy
from inline import parse_inline
from small_pipeline import blank, untrained
from spacy.tokens import Doc, DocBin, Span

from unionie.evaluation import annotate
from unionie.pipeline.annotations import DocRelation, get_relations, set_relations
from unionie.pipeline.corpus import examples_of, make_reference
from unionie.pipeline.entities import without_half_pairs


@pytest.fixture(scope="module")
def trained(small_model):
    return spacy.load(small_model)


def facts(doc: Doc) -> tuple:
    ents = [(e.start_char, e.end_char, e.label_) for e in doc.ents]
    return ents, doc._.relations, doc._.entity_scores


def test_overfits_and_scores_itself_right(trained, paragraphs):
    scores = trained.evaluate(examples_of(trained, paragraphs))
    assert scores["ents_f"] == 1.0
    assert scores["relations_f"] == 1.0
    assert set(scores["relations_per_type"]) == {"BY", "DURING", "MEASURES", "UNDER"}
    assert annotate(trained, paragraphs) == paragraphs


@pytest.mark.parametrize("way", ["disk", "bytes", "workers", "docbin", "doc bytes"])
def test_entities_and_relations_survive(trained, tmp_path, way, paragraphs):
    texts = [paragraph.text for paragraph in paragraphs]
    before = [trained(text) for text in texts]
    if way == "disk":
        trained.to_disk(tmp_path)
        after = list(spacy.load(tmp_path).pipe(texts))
    elif way == "bytes":
        other = type(trained).from_config(trained.config)
        after = list(other.from_bytes(trained.to_bytes()).pipe(texts))
    elif way == "workers":
        after = list(trained.pipe(texts, n_process=2, batch_size=2))
    elif way == "docbin":
        stored = DocBin(docs=before, store_user_data=True).to_bytes()
        after = list(DocBin().from_bytes(stored).get_docs(trained.vocab))
    else:
        after = [Doc(trained.vocab).from_bytes(doc.to_bytes()) for doc in before]
    for one, other in zip(before, after, strict=True):
        ents, relations, scores = facts(one)
        assert facts(other)[:2][0] == ents
        assert [r[:5] for r in facts(other)[1]] == [r[:5] for r in relations]
        assert facts(other)[2] == pytest.approx(scores, abs=1e-6)
    assert any(doc._.relations for doc in after)


def test_a_missed_gold_relation_counts_as_missed(trained, paragraphs):
    scores = trained.get_pipe("linker").scorer(examples_of(trained, paragraphs))
    assert scores["relations_r"] == 0.0
    assert scores["relations_p"] == 0.0


def test_gold_entities_in_the_prediction_do_not_flatter(paragraphs):
    nlp = untrained()
    nlp.initialize(lambda: examples_of(nlp, paragraphs))
    examples = examples_of(nlp, paragraphs)
    for example in examples:
        doc = example.predicted
        doc.set_ents([Span(doc, e.start, e.end, e.label) for e in example.reference.ents])
    assert nlp.evaluate(examples)["ents_f"] < 0.5


def test_training_goes_on_from_a_stored_pipeline(trained, tmp_path, paragraphs):
    trained.to_disk(tmp_path)
    nlp = spacy.load(tmp_path)
    optimizer = nlp.resume_training()
    losses = nlp.update(examples_of(nlp, paragraphs), sgd=optimizer)
    assert losses["entities"] < 1
    assert nlp("5年来,市总工会建立基层工会3.9万个。").ents


def test_empty_documents_and_batches(trained):
    assert list(trained.pipe([])) == []
    assert [doc.text for doc in trained.pipe(["", " ", ""])] == ["", " ", ""]
    assert trained.update(examples_of(trained, [parse_inline("")])) == {"entities": 0.0}


def test_unknown_spans_are_refused_when_a_token_is_cut():
    nlp = spacy.blank("en")
    with pytest.raises(ValueError, match="cuts a token"):
        make_reference(nlp, parse_inline("the un[ion|O1]"))


def test_relations_read_back_as_they_were_set(trained):
    doc = trained.make_doc("会员5人")
    set_relations(doc, [(2, 4, 0, 2, "MEASURES"), DocRelation(2, 4, 0, 2, "BY", 0.5)])
    assert get_relations(doc) == doc._.relations
    assert doc._.relations == (
        DocRelation(2, 4, 0, 2, "BY", 0.5),
        DocRelation(2, 4, 0, 2, "MEASURES", 1.0),
    )


def test_scores_vanish_when_entities_are_replaced(trained, paragraphs):
    doc = trained(paragraphs[0].text)
    assert len(doc._.entity_scores) == len(doc.ents)
    doc.set_ents([])
    assert doc._.entity_scores == ()


def test_spacy_load_by_name_is_the_bundled_pipeline(nlp, paragraphs):
    text = paragraphs[0].text
    assert facts(spacy.load("unionie")(text)) == facts(nlp(text))


def test_other_spacy_projects_are_neither_broken_nor_slowed():
    code = (
        "import sys, spacy; nlp = spacy.blank('en'); nlp('hello'); "
        "print(sorted(m for m in sys.modules "
        "if m.startswith(('unionie.', 'spacy_pkuseg', 'sklearn', 'pandas', 'datasets'))))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() in ("[]", "['unionie.factories']")


def test_linker_untrained_says_so(paragraphs):
    nlp = blank()
    linker = nlp.add_pipe("unionie_linker")
    with pytest.raises(ValueError, match="has not been trained"):
        linker(make_reference(nlp, paragraphs[0]))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("“夏送清凉", "夏送清凉"),
        ("夏送清凉”", "夏送清凉"),
        ("“夏送清凉”", "夏送清凉"),
        ("“安康杯”竞赛", "“安康杯”竞赛"),
        ("全国“模范职工之家”", "全国“模范职工之家”"),
        ("“甲”“乙”", "“甲”“乙”"),
        ("(试行)办法", "(试行)办法"),
        ("（市总工会", "市总工会"),
        ("“”", ""),
        ("”“", ""),
    ],
)
def test_half_pairs_stay_out_of_spans(trained, text, kept):
    doc = trained.make_doc(text)
    start, end = without_half_pairs(doc, 0, len(doc))
    assert text[start:end] == kept


@pytest.mark.parametrize(
    ("text", "found", "kept"),
    [
        ("开展“暖边行”关爱行动", "暖边行”关爱行动", "“暖边行”关爱行动"),
        ("获全国“模范职工之家”称号", "全国“模范职工之家", "全国“模范职工之家”"),
        ("开展“暖边行”", "暖边行", "暖边行"),
        ("“甲”“乙”行动", "乙”行动", "“乙”行动"),
    ],
)
def test_the_other_half_of_a_pair_is_taken_in(trained, text, found, kept):
    doc = trained.make_doc(text)
    start = text.index(found)
    start, end = without_half_pairs(doc, start, start + len(found))
    assert text[start:end] == kept
