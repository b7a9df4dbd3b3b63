"""The bundled pipeline: where it came from and what it is made of."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from itertools import combinations

import pytest

import unionie
from unionie import schema
from unionie.annotation import annotation_files, read_annotations
from unionie.extraction import BUNDLED_MODEL


@pytest.fixture
def record(root, monkeypatch):
    monkeypatch.syspath_prepend(str(root / "training"))
    sys.modules.pop("bundle", None)
    import bundle

    return bundle.record()


def test_it_was_trained_on_the_committed_data_by_the_committed_config(record):
    meta = json.loads((BUNDLED_MODEL / "meta.json").read_text(encoding="utf-8"))
    assert meta["unionie"] == record, "retrain: weasel run all training"


def test_committed_results_are_of_the_committed_data(root, record):
    for name in ("seeds", "test", "second_seed"):
        path = root / "docs" / "results" / f"{name}.json"
        results = json.loads(path.read_text(encoding="utf-8"))
        assert results["data_digest"] == record["data_digest"], f"rerun the evaluation: {name}"
        assert results["config_digest"] == record["config_digest"], f"rerun the evaluation: {name}"


@pytest.mark.parametrize(("name", "folder"), [("seeds", "seeds"), ("test", "corpus/test")])
def test_committed_results_count_every_gold_item(root, name, folder):
    gold = [
        paragraph
        for file in annotation_files(root / "annotations" / folder)
        for paragraph in read_annotations(file)
    ]
    path = root / "docs" / "results" / f"{name}.json"
    sections = json.loads(path.read_text(encoding="utf-8"))["sections"]
    due = {
        "entities, strict": sum(len(paragraph.spans) for paragraph in gold),
        "relations from raw text, strict": sum(len(paragraph.links) for paragraph in gold),
    }
    assert {section: sections[section][0]["support"] for section in due} == due


@pytest.mark.parametrize("name", ["ablation", "learning_curve", "retraining"])
def test_other_measurements_are_of_the_committed_data(root, record, name):
    results = json.loads((root / "docs" / "results" / f"{name}.json").read_text(encoding="utf-8"))
    script = import_module("measure_retraining" if name == "retraining" else name)
    source = import_module("train").digests(script.sources())
    assert {key: results[key] for key in source} == source, f"rerun {name}"


def test_its_scores_are_calibrated(nlp):
    assert set(schema.ENTITY_LABELS) | set(schema.RELATION_LABELS) <= set(
        nlp.get_pipe("calibrator").curves
    )


def test_it_holds_no_pickle_no_code_and_no_path():
    files = [path for path in BUNDLED_MODEL.rglob("*") if path.is_file()]
    suffixes = {path.suffix for path in files}
    assert suffixes <= {"", ".cfg", ".json", ".msgpack", ".gz", ".bin"}
    config = (BUNDLED_MODEL / "config.cfg").read_text(encoding="utf-8")
    assert "/" not in config.split("[paths]")[1].split("[system]")[0]


def test_it_is_small():
    size = sum(path.stat().st_size for path in BUNDLED_MODEL.rglob("*") if path.is_file())
    assert size < 25_000_000


def test_it_names_the_licence_of_what_it_carries():
    notice = (BUNDLED_MODEL / "NOTICE").read_text(encoding="utf-8")
    assert "Baidu" in notice
    assert "Apache License, Version 2.0" in notice


def test_it_reads_all_seed_reports(seed_texts, nlp):
    for report in unionie.extract_many(seed_texts, nlp=nlp):
        for entity in report.entities:
            assert report.text[entity.start : entity.end] == entity.text
        assert len(report.figures) > 2


@pytest.mark.parametrize("parts", [1, 2])
def test_it_runs_with_any_part_left_out(nlp, parts):
    for left_out in combinations(nlp.pipe_names, parts):
        with nlp.select_pipes(disable=left_out):
            doc = nlp("5年来,市总工会帮扶困难职工3496户。")
        assert bool(doc.ents) is ("entities" not in left_out)
        assert bool(doc._.relations) is not bool({"entities", "linker"} & {*left_out})
