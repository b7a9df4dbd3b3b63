from __future__ import annotations

import gc
import zlib
from dataclasses import replace

import pytest
import spacy
from inline import parse_inline
from spacy.tokens import DocBin

from unionie.annotation import Paragraph, Span
from unionie.errors import AnnotationError
from unionie.exchange import docbin

PARAGRAPH = parse_inline("𠮷[会员|I1][22人|C1:I1]", doc="d", number=3)
PARAGRAPH = replace(PARAGRAPH, scores={PARAGRAPH.spans[0]: 0.25, PARAGRAPH.links[0]: 0.5})


def test_docs_hold_entities_relations_and_scores():
    (doc,) = DocBin().from_bytes(docbin.dump([PARAGRAPH])).get_docs(spacy.blank("zh").vocab)
    assert [(ent.text, ent.label_) for ent in doc.ents] == [
        ("会员", "INDICATOR"),
        ("22人", "COUNT"),
    ]
    assert doc._.relations == ((3, 6, 1, 3, "MEASURES", 0.5),)
    assert doc._.entity_scores == (0.25, 1.0)


def test_docs_of_others_take_the_file_for_their_origin(tmp_path):
    nlp = spacy.blank("en")
    doc = nlp("Two hundred members")
    doc.set_ents([doc.char_span(0, 11, label="COUNT")])
    DocBin(docs=[doc]).to_disk(tmp_path / "mine.spacy")
    expected = Paragraph(doc.text, (Span(0, 11, "COUNT"),), (), "mine", "mine.spacy", 1)
    assert list(docbin.load(tmp_path / "mine.spacy")) == [expected]


def test_relation_without_entity_is_named_and_the_rest_is_read(tmp_path, nlp):
    doc = nlp.make_doc("会员22人")
    doc._.relations = [(2, 5, 0, 2, "MEASURES", 1.0)]
    DocBin(docs=[doc, nlp.make_doc("好")], store_user_data=True).to_disk(tmp_path / "x.spacy")
    error, read = docbin.load(tmp_path / "x.spacy")
    assert "x.spacy: doc 1: a relation names [2, 5), which is no entity" in str(error)
    assert read.text == "好"


def test_a_damaged_file_leaves_garbage_collection_on(tmp_path):
    docs = DocBin(store_user_data=True).from_bytes(docbin.dump([PARAGRAPH]))
    docs.user_data = [b"\x81\xa1\xff\x01"]  # a key that is no UTF-8
    docs.to_disk(tmp_path / "x.spacy")
    with pytest.raises(AnnotationError, match=r"x\.spacy"):
        list(docbin.load(tmp_path / "x.spacy"))
    assert gc.isenabled()


@pytest.mark.parametrize("attribute", ["ENT_TYPE", "ENT_IOB"])
def test_entities_that_make_no_sense_are_named(tmp_path, attribute):
    docs = DocBin().from_bytes(docbin.dump([PARAGRAPH]))
    column = docs.attrs.index(spacy.attrs.IDS[attribute])
    docs.tokens[0] = docs.tokens[0].copy()
    docs.tokens[0][1:3, column] = 2**40 if attribute == "ENT_TYPE" else (2, 1)
    docs.to_disk(tmp_path / "x.spacy")
    (error,) = docbin.load(tmp_path / "x.spacy")
    assert isinstance(error, AnnotationError)
    assert "x.spacy: doc 1: " in str(error)


@pytest.mark.parametrize(
    "stored",
    [
        5,
        "会员",
        [5],
        [[1, 2]],
        [[2, 5, 0, 2, "MEASURES", 1.0, 1]],
        [[2, 5, 0, {}, "BY"]],
        [[0] * 5],
    ],
)
def test_user_data_that_are_no_relations_are_named(tmp_path, nlp, stored):
    doc = nlp.make_doc("会员22人")
    doc.user_data["unionie_relations"] = stored
    DocBin(docs=[doc, nlp.make_doc("好")], store_user_data=True).to_disk(tmp_path / "x.spacy")
    error, read = docbin.load(tmp_path / "x.spacy")
    assert "x.spacy: doc 1: unionie_relations in its user data" in str(error)
    assert read.text == "好"


def test_a_file_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(docbin, "MAX_UNPACKED", 1000)
    (tmp_path / "x.spacy").write_bytes(zlib.compress(b"\0" * 1001))
    with pytest.raises(AnnotationError, match=r"x\.spacy: unpacks to more than"):
        list(docbin.load(tmp_path / "x.spacy"))


ENDLESS = b"\xdd\xff\xff\xff\xff"  # an array that claims four thousand million values


@pytest.mark.parametrize("inside", [False, True])
def test_what_claims_more_than_it_holds_is_refused(tmp_path, nlp, inside):
    docs = DocBin(docs=[nlp.make_doc("好")], store_user_data=True)
    docs.user_data = [ENDLESS]
    content = docs.to_bytes() if inside else zlib.compress(ENDLESS)
    (tmp_path / "x.spacy").write_bytes(content)
    with pytest.raises(AnnotationError, match=r"x\.spacy: no DocBin .*claims more than it holds"):
        list(docbin.load(tmp_path / "x.spacy"))


@pytest.mark.parametrize("content", [b"", b"nonsense", b"x\x9c\x03\x00\x00\x00\x00\x01"])
def test_what_is_no_docbin_is_named(tmp_path, content):
    (tmp_path / "x.spacy").write_bytes(content)
    with pytest.raises(AnnotationError, match=r"x\.spacy: no DocBin of this spaCy"):
        list(docbin.load(tmp_path / "x.spacy"))


def test_overlapping_spans_are_refused():
    overlapping = Paragraph("市总工会", (Span(0, 3, "ORG"), Span(2, 4, "ORG")), doc="d", line=3)
    with pytest.raises(AnnotationError, match="d:3: spans overlap"):
        docbin.dump([overlapping])
