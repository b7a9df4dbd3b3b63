from __future__ import annotations

import re

import pytest

from unionie import schema


def test_labels_are_those_of_the_scheme(root):
    scheme = (root / "docs" / "annotation-scheme.md").read_text(encoding="utf-8")
    entities, relations = scheme.split("## Entities")[1].split("## Relations")
    first_cells = re.compile(r"^\| `([A-Z]+)` \|", re.MULTILINE)
    assert set(first_cells.findall(entities)) == set(schema.ENTITY_LABELS)
    assert set(first_cells.findall(relations)) == set(schema.RELATION_LABELS)


def test_closed_lists_are_those_of_the_scheme(root):
    scheme = (root / "docs" / "annotation-scheme.md").read_text(encoding="utf-8")
    (verbs,) = re.findall(r"the list is closed\): (.*?)\.", scheme)
    (scope,) = re.findall(r"\(closed list\): (.*?)\.", scheme)
    assert set(schema.LIGHT_VERBS) == set(verbs.split())
    assert set(schema.SCOPE_WORDS) == set(scope.split())


@pytest.mark.parametrize(
    ("head", "relation", "tail", "allowed"),
    [
        ("COUNT", "MEASURES", "INDICATOR", True),
        ("MONEY", "MEASURES", "PROGRAMME", True),
        ("PERCENT", "BY", "ORG", True),
        ("COUNT", "UNDER", "INDICATOR", False),
        ("ORG", "BY", "ORG", False),
        ("COUNT", "NEAR", "ORG", False),
    ],
)
def test_may_link(head, relation, tail, allowed):
    assert schema.may_link(head, relation, tail) is allowed


def test_relations_to():
    assert schema.relations_to("PROGRAMME") == ("MEASURES", "UNDER")
    assert schema.relations_to("COUNT") == ()
