"""The annotation folder as a dataset: it loads, and its splits are honest."""

from __future__ import annotations

import sys

import pytest
import yaml
from datasets import load_dataset

from unionie import schema


@pytest.fixture(scope="module")
def card(root) -> dict:
    text = (root / "annotations" / "README.md").read_text(encoding="utf-8")
    return yaml.safe_load(text.split("---")[1])


@pytest.fixture
def training(root, monkeypatch):
    monkeypatch.syspath_prepend(str(root / "training"))
    for name in ("variety", "readme_tables"):
        sys.modules.pop(name, None)


def test_every_configuration_of_the_card_opens(root, card, tmp_path):
    for config in card["configs"]:
        dataset = load_dataset(
            str(root / "annotations"), config["config_name"], cache_dir=str(tmp_path)
        )
        for rows in dataset.values():
            labels = {entity["label"] for row in rows for entity in row["entities"]}
            assert labels == set(schema.ENTITY_LABELS)
            assert {"text", "doc", "source", "line", "relations"} < set(rows.column_names)


def test_no_document_is_a_near_copy_of_one_in_another_split(training):
    import variety

    assert list(variety.near_copies(variety.read_splits())) == []


def test_tables_in_readme_and_card_are_those_of_the_results(training):
    import readme_tables

    for path in readme_tables.PLACES:
        assert path.read_text(encoding="utf-8") == readme_tables.filled(path), (
            "run training/readme_tables.py"
        )
