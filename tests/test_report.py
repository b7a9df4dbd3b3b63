from __future__ import annotations

import json
import pickle
from dataclasses import FrozenInstanceError

import pandas as pd
import pytest

import unionie
from unionie.columns import COLUMNS
from unionie.document import Block, Document
from unionie.figures import build_figures
from unionie.report import Report
from unionie.values import Entity, Relation

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


def test_conditions_on_columns_with_gaps_can_be_joined(report):
    frame = report.to_frame()
    frame.loc[0, "indicator"] = None
    chosen = frame[frame["indicator"].str.contains("帮扶") & (frame["currency"] == "CNY")]
    assert len(chosen) == 1
    assert frame[(frame["currency"] != "CNY") | (frame["year"] == 2021)]["currency"].isna().all()


def test_frames_of_several_reports_concatenate(report):
    both = pd.concat([report.to_frame(), Report("").to_frame()])
    assert len(both) == len(report.to_frame())


@pytest.mark.parametrize(
    ("text", "file", "expected"),
    [
        # text, name of the file; region and its status, year and its status
        ("2021年,武威市总工会帮扶职工3496户。", None, ("甘肃省", "stated", 2021, "stated")),
        ("去年,市总工会帮扶职工3496户。", None, (None, None, None, None)),
        (
            "去年,市总工会帮扶职工3496户。",
            "data/甘肃省总工会2022年报告.txt",
            ("甘肃省", "inferred", 2021, "inferred"),
        ),
        ("市总工会帮扶职工3496户。", "2022.txt", (None, None, 2022, "inferred")),
    ],
)
def test_region_and_year(text, file, expected):
    (row,) = unionie.extract(Document(text, file=file)).rows()
    found = tuple(row[key] for key in ("region", "region_status", "year", "year_status"))
    assert found == expected


def test_a_cell_has_no_year_but_its_own():
    text = "会员达到5万人\n2020年会员达到5万人\n会员达到6万人\n"
    ends = [index for index, char in enumerate(text) if char == "\n"]
    starts = [0, *(end + 1 for end in ends)]
    kinds = ("cell", "cell", "paragraph")
    places = zip(starts, ends, (1, 2, 3), kinds, strict=False)
    rows = unionie.extract(Document(text, tuple(Block(*p) for p in places), "2021.docx")).rows()
    assert [row["year"] for row in rows] == [None, 2020, 2021]


def test_one_frame_of_many_reports_is_ready_to_pivot():
    reports = [
        unionie.extract(Document(f"2021年,{name}总工会发展会员{n}人。", file=f"{n}.txt"))
        for n, name in enumerate(["武威市", "张掖市", "昌吉州"], start=1)
    ]
    table = unionie.to_frame(reports).pivot_table("value", "region", "year", aggfunc="sum")
    assert table[2021].to_dict() == {"甘肃省": 3.0, "新疆维吾尔自治区": 3.0}
    assert unionie.to_frame([]).dtypes.to_dict() == reports[0].to_frame().dtypes.to_dict()


def test_min_score_keeps_sure_figures_with_all_they_are_tied_to():
    text = "市总筹资30万元,走访5户。"
    org, raised, money = (
        Entity(0, 2, "ORG", "市总", 0.4),
        Entity(2, 4, "INDICATOR", "筹资", 0.95),
        Entity(4, 8, "MONEY", "30万元", 0.99),
    )
    visits, count = Entity(9, 11, "INDICATOR", "走访", 0.6), Entity(11, 13, "COUNT", "5户", 0.97)
    relations = (
        Relation(money, org, "BY", 0.93),
        Relation(money, raised, "MEASURES", 0.94),
        Relation(count, visits, "MEASURES", 0.55),
    )
    entities = (org, raised, money, visits, count)
    figures = build_figures(text, entities, relations, {money: 0.92, count: 0.5})
    report = Report(text, entities, relations, figures)
    assert report.at_least(0.0) is report
    kept = report.at_least(0.9)
    assert [figure.entity for figure in kept.figures] == [money]
    assert kept.relations == relations[:2]
    assert kept.entities == (org, raised, money, count)
    assert report.at_least(1.0).figures == ()


def test_a_figure_is_no_surer_than_its_parts():
    count = Entity(0, 2, "COUNT", "5户", 0.7)
    (figure,) = build_figures("5户", [count], [], {count: 0.9})
    assert figure.score == 0.7
