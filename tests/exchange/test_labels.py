from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from unionie import schema
from unionie.exchange.labels import LABEL_FILES
from unionie.markup import COLOURS
from unionie.schema import SHIPPED, Scheme


def test_label_studio_has_labels_relations_and_colours():
    view = ElementTree.fromstring(LABEL_FILES["label-studio"](SHIPPED)["label-studio.xml"])
    labels = {label.get("value"): label.get("background") for label in view.iter("Label")}
    assert labels == COLOURS
    assert [r.get("value") for r in view.iter("Relation")] == [*schema.RELATION_LABELS]
    assert view.find("Text").attrib | {"granularity": ""} == {
        "name": view.find("Labels").get("toName"), "value": "$text", "granularity": "",
    }  # fmt: skip


def test_doccano_has_labels_with_keys_and_colours():
    files = LABEL_FILES["doccano"](SHIPPED)
    spans = json.loads(files["doccano-spans.json"])
    assert {span["text"]: span["background_color"] for span in spans} == COLOURS
    assert len({span["suffix_key"] for span in spans}) == len(spans)
    relations = json.loads(files["doccano-relations.json"])
    assert [relation["text"] for relation in relations] == [*schema.RELATION_LABELS]


def test_brat_allows_what_the_scheme_allows():
    files = LABEL_FILES["brat"](SHIPPED)
    lines = files["annotation.conf"].splitlines()
    assert [line for line in lines if line.startswith("[")] == [
        "[entities]", "[relations]", "[events]", "[attributes]",
    ]  # fmt: skip
    assert "MEASURES\tArg1:MONEY|COUNT|PERCENT, Arg2:INDICATOR|AWARD|PROGRAMME" in lines
    assert set(schema.ENTITY_LABELS) < set(lines)
    assert f"ORG\tbgColor:{COLOURS['ORG']}" in files["visual.conf"].splitlines()


def test_prodigy_names_all_labels():
    files = LABEL_FILES["prodigy"](SHIPPED)
    assert "--label MEASURES,BY,DURING,UNDER --span-label ORG,AWARD," in files["prodigy.txt"]
    assert json.loads(files["prodigy.json"])["custom_theme"]["labels"] == COLOURS


@pytest.mark.parametrize(
    ("tool", "expected"),
    [
        ("label-studio", ['<Label value="EVENT"', '<Relation value="AT"']),
        ("doccano", ['"text": "EVENT",\n    "suffix_key": null', '"text": "AT"']),
        ("brat", ["\nPLACE\n", "AT\tArg1:MONEY|COUNT|PERCENT, Arg2:PLACE|ORG\n"]),
        ("prodigy", ["UNDER,AT --span-label", "PERIOD,PLACE,EVENT"]),
    ],
)
def test_labels_of_ones_own_are_there_too(tool, expected):
    scheme = Scheme(("PLACE", "EVENT"), {"AT": ("PLACE", "ORG")})
    content = "".join(LABEL_FILES[tool](scheme).values())
    assert [text for text in expected if text not in content] == []
