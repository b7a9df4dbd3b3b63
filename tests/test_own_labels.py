from __future__ import annotations

import pytest

import unionie
from unionie.errors import LabelsError
from unionie.own_labels import merge, read_labels, scheme_of
from unionie.schema import SHIPPED, Scheme

PLACE = Scheme(("PLACE",), {"AT": ("PLACE",)}, ("AT",))

BROKEN = [
    ("labels = [", "cannot be read as TOML"),
    ("", "nothing is declared"),
    ('label = ["PLACE"]', "unknown key label"),
    ('labels = "PLACE"', "list of names"),
    ('labels = ["place"]', "in capitals"),
    ('labels = ["ORG"]', "shipped scheme"),
    ('labels = ["BY"]', "shipped scheme"),
    ('labels = ["AT"]\n[relations.AT]\ntails = ["AT"]', "a label and a relation"),
    ("relations = 3", "must be tables"),
    ("[relations]\nAT = 3", "must be a table"),
    ("[relations.AT]", "needs tails"),
    ('[relations.AT]\ntails = ["PLACE"]', "unknown label PLACE"),
    ('[relations.AT]\ntails = ["MONEY"]', "heads only"),
    ('[relations.AT]\ntails = ["ORG"]\nonce = true', "unknown key once"),
    ('[relations.AT]\ntails = ["ORG"]\nsingle = 1', "true or false"),
]


def test_a_declaration(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('labels = ["PLACE"]\n[relations.AT]\ntails = ["PLACE"]\nsingle = true\n')
    scheme = read_labels(path)
    assert scheme == PLACE
    assert scheme.may_link("COUNT", "AT", "PLACE")
    assert scheme.may_link("COUNT", "BY", "ORG")
    assert not scheme.may_link("COUNT", "AT", "ORG")
    assert not scheme.may_link("PLACE", "AT", "PLACE")
    assert not scheme.may_link("COUNT", "BY", "PLACE")


@pytest.mark.parametrize(("text", "message"), BROKEN)
def test_a_broken_declaration_is_named_with_its_file(tmp_path, text, message):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(LabelsError, match=message) as caught:
        read_labels(path)
    assert str(path) in str(caught.value)


def test_a_missing_or_undecodable_file(tmp_path):
    with pytest.raises(LabelsError, match="no such file"):
        read_labels(tmp_path / "none.toml")
    (tmp_path / "gb.toml").write_bytes("labels = ['地']".encode("gb18030"))
    with pytest.raises(LabelsError, match="cannot be read"):
        read_labels(tmp_path / "gb.toml")


def test_schemes_add_up():
    other = Scheme(("EVENT",), {"IN": ("EVENT",)})
    both = merge(PLACE, other)
    assert both.entity_labels[-2:] == ("PLACE", "EVENT")
    assert both.relation_labels[-2:] == ("AT", "IN")
    assert both.single_relations[-1:] == ("AT",)
    assert merge(PLACE, PLACE) == PLACE


@pytest.mark.parametrize(
    "other",
    [
        Scheme((), {"AT": ("ORG",)}, ("AT",)),
        Scheme((), {"AT": ("PLACE",)}),
        Scheme(("AT",)),
    ],
)
def test_schemes_that_contradict_each_other(other):
    with pytest.raises(LabelsError, match="AT"):
        merge(PLACE, other)


def test_a_pipeline_without_labels_of_its_own(small_model):
    assert scheme_of(unionie.load(small_model)) == SHIPPED
