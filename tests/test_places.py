from __future__ import annotations

import doctest

import pytest

from unionie import places
from unionie.lexicon import lexicon
from unionie.places import region_of_report, regions_in


def test_example():
    assert doctest.testmod(places).failed == 0


@pytest.mark.parametrize(
    ("name", "regions"),
    [
        ("武威市总工会", {"甘肃省"}),
        ("张掖总工会", {"甘肃省"}),
        ("昌吉州总工会", {"新疆维吾尔自治区"}),
        ("克孜勒苏柯尔克孜自治州总工会", {"新疆维吾尔自治区"}),
        ("恩施土家族苗族自治州总工会", {"湖北省"}),
        ("海南藏族自治州总工会", {"青海省"}),
        ("海南省总工会", {"海南省"}),
        ("兴安盟总工会", {"内蒙古自治区"}),
        ("吉林市总工会", {"吉林省"}),
        ("北京市朝阳区总工会", {"北京市"}),
        ("乌鲁木齐市北京路街道总工会", {"新疆维吾尔自治区"}),
        ("国网甘肃省电力公司兰州供电公司工会", {"甘肃省"}),
        ("中华全国总工会", {"全国"}),
        ("甘肃省总工会和青海省总工会", {"甘肃省", "青海省"}),
        ("自治区总工会", set()),
        ("市总工会", set()),
        ("朝阳产业工会", set()),
        ("东方电气集团工会", set()),
        ("", set()),
    ],
)
def test_regions_in_names(name, regions):
    assert regions_in(name) == regions


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
