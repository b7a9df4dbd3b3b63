"""What must be true of whatever comes out, for any input."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from itertools import pairwise

from unionie import InputError, Quantity, Report, read_quantity, schema
from unionie.quantities import MAX_LENGTH, UNREAD, read_quantity_at
from unionie.sentences import sentence_spans

_DIGITS = "0123456789０１２３４５６７８９"
_ARABIC = re.compile(r"[0-9][0-9,]*(?:\.[0-9]+)?")
_CHINESE = re.compile(
    "[零〇一二三四五六七八九十百千万亿两几半壹贰叁肆伍陆柒捌玖拾佰仟萬億廿卅兩俩○ＯO角成]"
)


class BrokenError(AssertionError):
    """A property does not hold."""


def require(holds: bool, what: str) -> None:
    """Raise unless ``holds``."""
    if not holds:
        raise BrokenError(what)


def check_quantity(surface: str) -> Quantity:
    """Read ``surface`` and hold what is read against it."""
    found = read_quantity(surface)
    require(found == read_quantity(surface), "two readings differ")
    if found.approx == "unread":
        require(found == UNREAD, "an unread surface has a value")
        return found
    bounds = [number for number in (found.low, found.value, found.high) if number is not None]
    require(bool(bounds), "read, but without a number")
    require(all(number.is_finite() for number in bounds), "not finite")
    if found.approx == "between":
        require(found.value is None, "a range has a value")
        require(None not in (found.low, found.high) and found.low < found.high, "no range")  # type: ignore[operator]
    else:
        require(found.value is not None, "no value")
        require({found.low, found.high} <= {None, found.value}, "bounds beside the value")
        _check_digits(surface, found.value)
    _check_again(found)
    spread = surface.translate({ord("0") + i: 0xFF10 + i for i in range(10)})
    require(read_quantity(spread) == found, "reads otherwise at full width")
    hidden = "\u200b".join(surface)
    require(read_quantity(hidden) == found, "reads otherwise with invisible characters")
    return found


def _check_digits(surface: str, value: Decimal | None) -> None:
    """Hold the digits of a surface with one Arabic numeral against the number's."""
    plain = unicodedata.normalize("NFKC", surface)
    plain = "".join(plain.split()).replace("，", ",")
    groups = _ARABIC.findall(plain)
    if value is None or len(groups) != 1 or _CHINESE.search(surface):
        return
    said = groups[0].replace(",", "").replace(".", "").strip("0")
    read = f"{value.copy_abs():f}".replace(".", "").strip("0")
    require(said == read, f"the digits {said} became {read}")


def _check_again(found: Quantity) -> None:
    """Write an exact number plainly and read it again."""
    if found.approx != "exact" or found.per or found.value is None or found.unit is None:
        return
    plain = f"{found.value:f}{found.unit}"
    if len(plain) > MAX_LENGTH:
        return
    again = read_quantity(plain)
    same = (again.value, again.unit, again.approx) == (found.value, found.unit, "exact")
    require(same, f"{plain} reads as {again.value} {again.unit} {again.approx}")


def check_known(surface: str, number: Decimal) -> bool:
    """Say whether ``surface``, which says ``number``, is read; it must be read as that."""
    found = read_quantity(surface)
    if found.approx == "unread":
        return False
    require(found.value == number and found.approx == "exact", f"{number} was read {found.value}")
    return True


def check_report(text: str, report: Report) -> None:
    """Hold a report against its text."""
    require(report.text == text, "the text was changed")
    sentences = list(sentence_spans(text))
    require("".join(text[a:b] for a, b in sentences) == text, "sentences do not cover the text")
    entities = report.entities
    for entity in entities:
        require(0 <= entity.start < entity.end <= len(text), "offsets outside the text")
        require(text[entity.start : entity.end] == entity.text, "offsets are not exact")
        require(entity.label in schema.ENTITY_LABELS, "unknown label")
        require(0 <= entity.score <= 1, "score outside 0 to 1")
        inside = any(a <= entity.start and entity.end <= b for a, b in sentences)
        require(inside, "an entity crosses sentences")
    require(all(a.end <= b.start for a, b in pairwise(entities)), "not flat or not sorted")
    for relation in report.relations:
        head, tail = relation.head, relation.tail
        require(head in entities and tail in entities, "a relation to no entity")
        require(schema.may_link(head.label, relation.label, tail.label), "a relation of no type")
        within = any(
            a <= min(head.start, tail.start) and max(head.end, tail.end) <= b for a, b in sentences
        )
        require(within, "a relation leaves its sentence")
    heads = [entity for entity in entities if entity.label in schema.FIGURE_LABELS]
    require([figure.entity for figure in report.figures] == heads, "figures are not the entities")
    for figure in report.figures:
        found = read_quantity_at(text, figure.entity.start, figure.entity.end)
        own = (figure.value, figure.low, figure.high, figure.unit, figure.approx)
        require(own == (found.value, found.low, found.high, found.unit, found.approx), "figure")
        _check_edges(text, figure.entity.start, figure.entity.end, found)
    require(Report.from_dict(report.to_dict()) == report, "JSON does not give the report back")
    list(report.rows())


def _check_edges(text: str, start: int, end: int, found: Quantity) -> None:
    """Let no part of a row of digits be read as a number."""
    for edge in (start, end):
        inside = 0 < edge < len(text) and all(c in _DIGITS for c in text[edge - 1 : edge + 1])
        require(not inside or found == UNREAD, "a part of a row of digits was read")


def has_surrogate(text: str) -> bool:
    """Say whether ``text`` cannot be encoded."""
    return any("\ud800" <= char <= "\udfff" for char in text)


def check_refusal(text: str, error: Exception) -> None:
    """Hold the error of a text against its reason: a lone surrogate, named by its place."""
    places = (index for index, char in enumerate(text) if "\ud800" <= char <= "\udfff")
    place = next(places, None)
    right = type(error) is InputError and f"offset {place}:" in str(error)
    require(right, f"refused with {type(error).__name__}: {error}")
