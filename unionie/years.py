"""Which year a time expression or a report belongs to."""

from __future__ import annotations

import re
import unicodedata

# Two years of a range may share one 年: 2018—2022年. A day may be written as digits only.
_YEAR = re.compile(r"(?<!\d)(?:19[4-9]|20[0-4])\d(?=(?:[01]\d[0-3]\d)?(?!\d))")
_DAY = re.compile(r"(?:19[4-9]|20[0-4])\d(?:年|[-./])[01]?\d(?:月|[-./])[0-3]?\d")
_CHINESE_YEAR = re.compile(r"[一二][〇零○一二三四五六七八九]{3}(?=年)")
_CHINESE_DIGITS = str.maketrans("〇零○一二三四五六七八九", "000123456789")
_RELATIVE = {"前年": -2, "去年": -1, "上年": -1, "上一年": -1, "今年": 0, "本年": 0, "明年": 1}
_RELATIVE_YEAR = re.compile("|".join(sorted(_RELATIVE, key=len, reverse=True)))
_SINCE = re.compile(r"以来|至今|[起始]|开始")
_AHEAD = re.compile("今后|未来|下一")
# Five-year plans: “十四五”期间.
_PLAN = re.compile(r"十[一二三四五]?五(?![年个天日月次])")

_HEAD_LINES = 6
_TITLE_LENGTH = 60
_TAIL_LINES = 3


def years_in(text: str) -> frozenset[int]:
    """Return the years written in ``text``, in whatever digits.

    >>> sorted(years_in("二〇二一年至2022年"))
    [2021, 2022]
    """
    text = unicodedata.normalize("NFKC", text)
    text = _CHINESE_YEAR.sub(lambda match: match[0].translate(_CHINESE_DIGITS), text)
    return frozenset(int(match[0]) for match in _YEAR.finditer(text))


def year_of_period(period: str, report_year: int | None) -> tuple[int | None, bool]:
    """Return the year of a time expression and whether the expression itself names it.

    A year before 以来 or 起 only opens a period that lasts until the report: that is of the
    report's year, as is an expression without a year. One that spans several years, that
    lies ahead (今后五年), or that is told from a report year which is not known, is of none.

    >>> year_of_period("2021年7月", None), year_of_period("去年", 2022)
    ((2021, True), (2021, False))
    >>> year_of_period("2018—2022年", 2022), year_of_period("去年", None)
    ((None, False), (None, False))
    """
    years = years_in(period)
    relative = {_RELATIVE[word] for word in _RELATIVE_YEAR.findall(period)}
    ahead = not years and _AHEAD.search(period)
    if len(years) + len(relative) > 1 or ahead or _PLAN.search(period):
        return None, False
    if not _SINCE.search(period):
        if years:
            return next(iter(years)), True
        if relative and report_year is not None:
            return report_year + relative.pop(), False
    return report_year, False


def year_of_report(file_stem: str, text: str) -> int | None:
    """Return the one year that a report is of, or None if that is not clear.

    It is the only year in the file's name, else the only one in the title and dateline
    that stand above the first paragraph, else that of the date at the end.
    """
    named = years_in(file_stem)
    if named:
        return next(iter(named)) if len(named) == 1 else None
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    head: list[str] = []
    for line in lines[:_HEAD_LINES]:
        if len(line) > _TITLE_LENGTH or line.endswith("。"):
            break
        head.append(line)
    tail = [line for line in lines[len(head) :][-_TAIL_LINES:] if len(line) <= _TITLE_LENGTH]
    dates = [match[0] for match in map(_DAY.search, tail) if match]
    for found in (years_in(" ".join(head)), years_in(" ".join(dates))):
        if found:
            return next(iter(found)) if len(found) == 1 else None
    return None
