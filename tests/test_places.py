from __future__ import annotations

import doctest
import json
from pathlib import Path

import pytest

from unionie import places
from unionie.lexicon import lexicon
from unionie.places import region_of_report, regions_in

TABLE = Path(__file__).parent / "data" / "regions.jsonl"
CASES = [json.loads(line) for line in TABLE.read_text(encoding="utf-8").splitlines()]


def test_example():
    assert doctest.testmod(places).failed == 0


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_regions_in_names(case):
    assert regions_in(case["name"]) == set(case["regions"])


def test_every_region_is_found_by_each_of_its_names():
    table = lexicon("regions")
    assert len(table) == 34
    for region, entry in table.items():
        for name in [region, *entry["short"].split()]:
            assert regions_in(name) == {region}
        for stem in entry["prefectures"].split():
            assert regions_in(f"{stem}自治州总工会") == {region}, stem


@pytest.mark.parametrize(
    ("stem", "organisations", "text", "region"),
    [
        ("2021年甘肃省总工会报告", ["新疆总工会"], "", "甘肃省"),
        ("甘肃和青海", ["甘肃省总工会"], "", None),
        ("report", ["市总工会", "武威市总工会", "全国总工会", "全国总工会"], "", "甘肃省"),
        ("report", ["甘肃省总工会", "新疆总工会"], "在新疆,在新疆", None),
        ("report", ["甘肃省总工会", "甘肃省总工会", "新疆总工会"], "", "甘肃省"),
        ("report", ["自治区总工会"], "在内蒙古,在包头市,在北京", "内蒙古自治区"),
        ("report", [], "在内蒙古,在北京", None),
        ("report", [], "在北京", None),
        ("report", [], "", None),
    ],
)
def test_region_of_a_report(stem, organisations, text, region):
    assert region_of_report(stem, organisations, text) == region
