"""The annotation folder as a dataset: it loads, and its splits are honest."""

from __future__ import annotations

import csv
import json
import sys

import pytest
import yaml
from datasets import load_dataset

from unionie import schema
from unionie.annotation import annotation_files
from unionie.digest import digest_files


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


def test_the_test_split_is_of_other_places_unions_and_writers(root):
    folder = root / "annotations" / "corpus"
    with (folder / "documents.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    parts = {"train": "train", "dev": "dev", "test": "test"}
    for split in parts:
        files = {path.stem for path in (folder / split).glob("*.jsonl")}
        assert files == {row["doc"] for row in rows if row["split"] == split}
    for key in ("province", "union"):
        values = {s: {row[key] for row in rows if row["split"] == s} for s in parts}
        assert not values["test"] & (values["train"] | values["dev"])
    batches = {s: {row["doc"].split("-")[0] for row in rows if row["split"] == s} for s in parts}
    assert not batches["test"] & batches["train"] | batches["dev"] & batches["train"]
    text = "".join(
        path.read_text(encoding="utf-8") for path in sorted((folder / "train").glob("*.jsonl"))
    )
    mentioned = {row["union"] for row in rows if row["split"] == "test" if row["union"] in text}
    assert mentioned == set()


def test_the_corpus_covers_all_provinces_levels_and_years(root):
    with (root / "annotations" / "corpus" / "documents.csv").open(
        encoding="utf-8", newline=""
    ) as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) >= 350
    assert len({row["province"] for row in rows} - {"全国"}) == 31
    assert {row["year"] for row in rows} == {str(year) for year in range(1998, 2027)}
    assert len({row["level"] for row in rows}) == 7


@pytest.mark.parametrize(
    ("result", "folders"),
    [
        ("agreement_seeds", ["readings/a/seeds", "readings/b/seeds"]),
        ("agreement_test", ["readings/a/test", "readings/b/test"]),
        ("second_reading", ["readings/first", "corpus"]),
        ("variety", ["seeds", "corpus"]),
    ],
)
def test_results_about_the_data_are_of_the_committed_data(root, result, folders):
    files = [f for name in folders for f in annotation_files(root / "annotations" / name)]
    stored = json.loads((root / "docs" / "results" / f"{result}.json").read_text("utf-8"))
    assert stored["data_digest"] == digest_files(files, root=root)


def test_tables_in_readme_and_card_are_those_of_the_results(training):
    import readme_tables

    for path in readme_tables.PLACES:
        assert path.read_text(encoding="utf-8") == readme_tables.filled(path), (
            "run training/readme_tables.py"
        )
