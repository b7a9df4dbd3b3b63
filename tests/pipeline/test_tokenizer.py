from __future__ import annotations

import gzip
import pickle
import sys
import unicodedata

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st

from unionie.errors import ModelError
from unionie.pipeline.tokenizer import PKUSEG_FILES, CharTokenizer

TEXT = "5年来,工会会员达２２万人。\n🎉 完!"


@pytest.fixture
def plain():
    return CharTokenizer(spacy.blank("xx").vocab)


def test_every_character_is_a_token_and_the_text_is_kept(plain):
    doc = plain(TEXT)
    assert doc.text == TEXT
    assert [token.text for token in doc] == list(TEXT)
    assert [token.idx for token in doc] == list(range(len(TEXT)))


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_is_kept(text):
    assert CharTokenizer(spacy.blank("xx").vocab)(text).text == text


def test_sentences_follow_the_scheme(plain):
    assert [sentence.text for sentence in plain(TEXT).sents] == [
        "5年来,工会会员达２２万人。",
        "\n",
        "🎉 完!",
    ]


def test_norm_is_half_width(plain):
    assert "".join(token.norm_ for token in plain("２２Ａ，\u3000①½")) == "22a, ①½"


def test_every_width_of_a_character_is_kept(plain):
    text = "".join(
        char
        for char in map(chr, range(sys.maxunicode + 1))
        if unicodedata.decomposition(char).startswith(("<wide>", "<narrow>"))
    )
    doc = plain(text)
    assert doc.text == text  # ￣ and others decompose into two characters
    assert all(len(token.norm_) == 1 for token in doc)


@pytest.mark.parametrize(
    ("char", "kind"),
    [
        ("5", "digit"),
        ("５", "digit"),
        ("五", "numeral"),
        ("万", "magnitude"),
        ("工", "han"),
        ("a", "latin"),
        ("，", "mark"),
        (" ", "space"),
        ("🎉", "mark"),
    ],
)
def test_tags_tell_character_classes_apart(plain, char, kind):
    assert plain(char)[0].tag_ == f"S-{kind}"


def test_words_cover_the_text(nlp):
    words = nlp.tokenizer.words(TEXT)
    assert "".join(words) == TEXT
    assert "工会" in words or "工会会员" in words


def test_characters_know_their_place_in_their_word(nlp):
    doc = nlp.tokenizer("工会有35家")
    assert [token.tag_ for token in doc][:3] == ["B-han", "E-han", "S-han"]
    starts = [token.i for token in doc if token.tag_[0] in "BS"]
    words = nlp.tokenizer.words("工会有35家")
    assert [sum(map(len, words[:number])) for number in range(len(words))] == starts


def test_storage_keeps_the_segmentation(nlp, tmp_path, plain):
    words = nlp.tokenizer.words(TEXT)
    plain.from_bytes(nlp.tokenizer.to_bytes())
    assert plain.words(TEXT) == words
    plain.to_disk(tmp_path / "t")
    assert CharTokenizer(plain.vocab).from_disk(tmp_path / "t").words(TEXT) == words
    assert pickle.loads(pickle.dumps(plain)).words(TEXT) == words


def test_incomplete_model_is_refused_rather_than_unpickled(nlp, tmp_path, plain):
    nlp.tokenizer.to_disk(tmp_path)
    (tmp_path / f"{PKUSEG_FILES[0]}.gz").rename(tmp_path / "features.pkl")
    with pytest.raises(ModelError, match=r"features\.msgpack\.gz: missing"):
        plain.from_disk(tmp_path)


@pytest.mark.parametrize(
    "data",
    [b"PK\x03\x04 not packed", gzip.compress(b"no array"), gzip.compress(b"x" * 99)[:20], b""],
)
def test_damaged_model_is_refused(nlp, tmp_path, plain, data):
    nlp.tokenizer.to_disk(tmp_path)
    (tmp_path / f"{PKUSEG_FILES[1]}.gz").write_bytes(data)
    with pytest.raises(ModelError, match=r"damaged|cut off"):
        plain.from_disk(tmp_path)


def test_a_model_that_unpacks_to_too_much_is_refused(nlp, tmp_path, plain, monkeypatch):
    nlp.tokenizer.to_disk(tmp_path)
    monkeypatch.setattr("unionie.pipeline.tokenizer._MAX_FILE", 1000)
    with pytest.raises(ModelError, match="larger than"):
        plain.from_disk(tmp_path)
