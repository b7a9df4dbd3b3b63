from __future__ import annotations

import doctest

import pytest

from unionie import years
from unionie.years import year_of_period, year_of_report


def test_examples():
    assert doctest.testmod(years).failed == 0


@pytest.mark.parametrize(
    ("period", "report_year", "year", "named"),
    [
        ("2021年7月", 2022, 2021, True),
        ("２０２１年", None, 2021, True),
        ("二〇二一年", None, 2021, True),
        ("2021年1-6月", None, 2021, True),
        ("2018—2022年", 2022, None, False),
        ("2018年至2022年", 2022, None, False),
        ("“十三五”期间", 2022, None, False),
        ("去年", 2022, 2021, False),
        ("前年", 2022, 2020, False),
        ("今年上半年", 2022, 2022, False),
        ("去年", None, None, False),
        ("去年和今年", 2022, None, False),
        ("2018年以来", 2022, 2022, False),
        ("2018年以来", None, None, False),
        ("5年来", 2022, 2022, False),
        ("", 2022, 2022, False),
        ("", None, None, False),
        ("二十五年来", 2022, 2022, False),
        ("今后五年", 2022, None, False),
        ("未来三年", 2022, None, False),
        ("到2027年", 2022, 2027, True),
    ],
)
def test_year_of_a_period(period, report_year, year, named):
    assert year_of_period(period, report_year) == (year, named)


BODY = "近年来,市总工会坚持围绕中心服务大局,2019年以来帮扶困难职工三千人。\n" * 3


@pytest.mark.parametrize(
    ("stem", "text", "year"),
    [
        ("武威市总工会2021年工作报告", "2022年总结\n", 2021),
        ("20220115报告", "", 2022),
        ("2018-2022年", "2022年总结\n", None),
        ("123456789", "", None),
        ("报告", "工会纪实\n\nhttp://x.cn 2005年04月21日08:35 日报\n" + BODY, 2005),
        ("报告", "2021年总结和2022年计划\n" + BODY, None),
        ("报告", "工会总结\n" + BODY + "市总工会\n2022年1月15日\n", 2022),
        ("报告", BODY, None),
        ("报告", "", None),
    ],
)
def test_year_of_a_report(stem, text, year):
    assert year_of_report(stem, text) == year
