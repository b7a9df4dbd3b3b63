"""doccano: JSON Lines for a sequence labelling project with relations.

The form is that of :mod:`unionie.annotation`, but doccano works in a browser and counts
offsets in UTF-16 code units: a character beyond U+FFFF counts two. doccano keeps the
fields it does not know (``doc``, ``source``, ``line``) as an example's metadata and
writes them back; it drops scores.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any

from unionie.annotation import Paragraph, read_field
from unionie.errors import AnnotationError
from unionie.exchange.lines import load_lines
from unionie.exchange.origin import with_origin

_OFFSETS = ("start_offset", "end_offset")


def dump(paragraphs: Iterable[Paragraph]) -> bytes:
    """Return the JSON Lines that doccano imports."""
    return "".join(map(_dump_line, paragraphs)).encode()


def load(file: Path) -> Iterator[Paragraph | AnnotationError]:
    """Yield the paragraphs of a JSON Lines file that doccano exported."""
    yield from load_lines(file, lambda data, number: _build(data, file, number))


def code_units(text: str) -> list[int]:
    """Return the offset in UTF-16 code units of each code point, and of the text's end."""
    return list(accumulate((1 + (char > "\uffff") for char in text), initial=0))


def _dump_line(paragraph: Paragraph) -> str:
    data = paragraph.to_dict()
    _convert(data["entities"], code_units(paragraph.text).__getitem__)
    return json.dumps(data, ensure_ascii=False) + "\n"


def _build(data: Any, file: Path, number: int) -> Paragraph:
    text = read_field(data, "text", str)
    if "entities" not in data or "relations" not in data:
        raise AnnotationError(
            "no entities and relations; export from a project of type sequence labelling "
            "that was created with “Use relation”"
        )
    points = {unit: point for point, unit in enumerate(code_units(text))}

    def point_of(unit: Any) -> Any:
        if unit in points:
            return points[unit]
        raise AnnotationError(
            f"offset {unit} does not fit the text in UTF-16 code units; annotations in code "
            "points need no import, and “Count grapheme clusters as one character” must be off"
        )

    _convert(read_field(data, "entities", list), point_of)
    return with_origin(Paragraph.from_dict(data), data, file=file, number=number)


def _convert(entities: Iterable[Any], offset: Callable[[int], int]) -> None:
    for entity in entities:
        for key in _OFFSETS:
            entity[key] = offset(read_field(entity, key, int))
