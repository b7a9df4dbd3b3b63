"""Which province-level region a name or a report belongs to."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache

from unionie.lexicon import lexicon

#: The region of the national bodies.
NATIONAL = "全国"

_NATIONAL = re.compile(r"^(?:中华)?全国|^全总|^中国工会")
# A street may bear another place's name: 北京路街道; a river has a west: 珠江西岸.
_NO_STREET = r"(?!(?:[东西南北中]|大)?[路街]|大道|[岸麓侧畔])"
_NO_AREA = r"(?!域)"  # 海南区域
_FEW = 2
_PREFECTURE = r"(?:市|州|盟|地区|新区|林区|\w{0,14}?自治州|(?=总?工会))"


@cache
def _names() -> tuple[re.Pattern[str], dict[str, str]]:
    """Return a pattern of all names of places, and the region of each stem."""
    regions: dict[str, str] = {}
    shorts: list[str] = []
    stems: list[str] = []
    below: list[str] = []
    for region, entry in lexicon("regions").items():
        shorts += entry["short"].split()
        stems += entry["prefectures"].split()
        below += entry.get("below", "").split()
        regions |= dict.fromkeys(" ".join(entry.values()).split(), region)
    pattern = (
        rf"(?P<below>{_any(below)}){_NO_AREA}|(?P<prefecture>{_any(stems)}){_PREFECTURE}"
        rf"|(?P<short>{_any(shorts)}){_NO_STREET}"
    )
    return re.compile(pattern), regions


def _any(words: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


def regions_in(name: str) -> frozenset[str]:
    """Return the official names of the regions that ``name`` names.

    >>> sorted(regions_in("新疆昌吉回族自治州总工会"))
    ['新疆维吾尔自治区']

    A national body is of the region :data:`NATIONAL`.
    """
    if _NATIONAL.match(name):
        return frozenset({NATIONAL})
    return frozenset(_mentions(name))


def region_of_report(file_stem: str, organisations: Iterable[str], text: str) -> str | None:
    """Return the one region that a report is about, or None if that is not clear.

    It is the one that the file's name names; else the one that more than half of the
    organisations belong to, of those whose own names tell; else, where none tells, the one
    that more than half of the places in the text belong to, if there are at least two.
    """
    found = regions_in(file_stem)
    if found:
        return next(iter(found)) if len(found) == 1 else None
    named = [regions_in(organisation) - {NATIONAL} for organisation in organisations]
    told = Counter(next(iter(regions)) for regions in named if len(regions) == 1)
    if told:
        return _majority(told)
    mentions = list(_mentions(text))
    if len(mentions) < _FEW:
        return None
    return _majority(Counter(mentions))


def _mentions(text: str) -> Iterator[str]:
    """Yield the region of each place that ``text`` names."""
    pattern, regions = _names()
    for match in pattern.finditer(text):
        yield regions[match[match.lastgroup or 0]]


def _majority(counts: Counter[str]) -> str | None:
    ((region, count),) = counts.most_common(1)
    return region if 2 * count > counts.total() else None
