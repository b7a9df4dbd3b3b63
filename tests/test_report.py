from __future__ import annotations

import json
import pickle
from dataclasses import FrozenInstanceError

import pandas as pd
import pytest

import unionie
from unionie.report import COLUMNS, Report

TEXT = "5年来,武威市总工会帮扶困难职工3496户、1588万元,工会会员近22万人。"


@pytest.fixture(scope="module")
def report() -> Report:
    return unionie.extract(TEXT)


def test_json_round_trip_without_loss(report):
    assert Report.from_dict(json.loads(json.dumps(report.to_dict()))) == report


@pytest.mark.parametrize("part", ["entities", "relations", "figures"])
def test_values_compare_hash_pickle_and_go_to_json(report, part):
    for value in getattr(report, part):
        assert pickle.loads(pickle.dumps(value)) == value
        assert type(value).from_dict(json.loads(json.dumps(value.to_dict()))) == value
        assert len({value, pickle.loads(pickle.dumps(value))}) == 1
    assert getattr(report, part)


def test_report_hashes_and_pickles(report):
    assert pickle.loads(pickle.dumps(report)) == report
    assert hash(unionie.extract(TEXT)) == hash(report)


def test_values_are_immutable(report):
    with pytest.raises(FrozenInstanceError):
        report.entities[0].label = "ORG"
    with pytest.raises(FrozenInstanceError):
        report.text = ""


def test_reports_print_briefly(report):
    assert repr(report).startswith("<Report “5年来,武威市总工会帮扶困难职工3496…”: ")
    assert all(len(repr(entity)) < 60 for entity in report.entities)


def test_frame_has_the_documented_columns(report, root):
    frame = report.to_frame()
    assert tuple(frame.columns) == COLUMNS
    documented = (root / "docs" / "table.md").read_text(encoding="utf-8")
    for column in COLUMNS:
        assert f"| `{column}` |" in documented


def test_frame_has_one_row_for_each_figure_and_indicator(report):
    frame = report.to_frame()
    assert len(frame) == sum(len(figure.indicators) or 1 for figure in report.figures)
    assert frame["value"].dtype == "float64"
    money = frame[frame["currency"] == "CNY"]
    assert money["value"].sum() == 15_880_000


def test_empty_report_gives_an_empty_frame_of_the_same_shape(report):
    empty = Report("").to_frame()
    assert tuple(empty.columns) == COLUMNS
    assert empty.empty
    assert (empty.dtypes == report.to_frame().dtypes).all()


def test_frames_of_several_reports_concatenate(report):
    both = pd.concat([report.to_frame(), Report("").to_frame()])
    assert len(both) == len(report.to_frame())
