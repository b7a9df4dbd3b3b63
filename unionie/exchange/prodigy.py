"""Prodigy: JSON Lines with ``text``, ``tokens``, ``spans`` and ``relations``.

Every code point is a token, so that any span can be marked. The origin of a paragraph
travels in ``meta``, which Prodigy shows below the text; scores stand on spans and relations.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from unionie.annotation import Link, Paragraph, Span, read_field
from unionie.errors import AnnotationError, UnfinishedError
from unionie.exchange.lines import load_lines
from unionie.exchange.origin import origin_of, with_origin


def dump(paragraphs: Iterable[Paragraph]) -> bytes:
    """Return the JSON Lines that Prodigy reads."""
    return "".join(
        json.dumps(_task(paragraph), ensure_ascii=False) + "\n" for paragraph in paragraphs
    ).encode()


def load(file: Path) -> Iterator[Paragraph | AnnotationError]:
    """Yield the paragraphs of a JSON Lines file that ``prodigy db-out`` wrote."""
    yield from load_lines(file, lambda data, number: _paragraph(data, file, number))


def _task(paragraph: Paragraph) -> dict[str, Any]:
    return {
        "text": paragraph.text,
        "tokens": [
            {"text": char, "start": place, "end": place + 1, "id": place, "ws": False}
            for place, char in enumerate(paragraph.text)
        ],
        "spans": [_place(span) | paragraph.score_field(span) for span in paragraph.spans],
        "relations": [
            {
                # Prodigy draws a relation between the last tokens of its spans.
                "head": link.head.end - 1,
                "child": link.tail.end - 1,
                "head_span": _place(link.head),
                "child_span": _place(link.tail),
                "label": link.label,
                **paragraph.score_field(link),
            }
            for link in paragraph.links
        ],
        "meta": origin_of(paragraph),
    }


def _place(span: Span) -> dict[str, Any]:
    return {
        "start": span.start,
        "end": span.end,
        "token_start": span.start,
        "token_end": span.end - 1,  # the last token, not the one after it
        "label": span.label,
    }


def _paragraph(data: Any, file: Path, number: int) -> Paragraph:
    text = read_field(data, "text", str)
    answer = read_field(data, "answer", str, default="accept")
    if answer != "accept":
        raise UnfinishedError(f"answered with {answer}")
    spans = []
    for item in read_field(data, "spans", list, default=[]):
        span = Span(*_edges(item), read_field(item, "label", str))
        if not 0 <= span.start < span.end <= len(text):
            raise AnnotationError(
                f"span [{span.start}, {span.end}) does not fit a text of {len(text)} characters"
            )
        spans.append(span)
    tokens = read_field(data, "tokens", list, default=[])
    links = [
        Link(
            _end(item, "head", spans, tokens),
            _end(item, "child", spans, tokens),
            read_field(item, "label", str),
        )
        for item in read_field(data, "relations", list, default=[])
    ]
    meta = read_field(data, "meta", dict, default={})
    return with_origin(Paragraph(text, tuple(spans), tuple(links)), meta, file=file, number=number)


def _edges(item: Any) -> tuple[int, int]:
    return read_field(item, "start", int), read_field(item, "end", int)


def _end(item: Any, side: str, spans: list[Span], tokens: list[Any]) -> Span:
    """Return the span at one end of a relation: the one named, else the one at its token."""
    if isinstance(item, dict) and f"{side}_span" in item:
        place = item[f"{side}_span"]
    else:
        number = read_field(item, side, int)
        if not 0 <= number < len(tokens):
            raise AnnotationError(f"a relation's {side} is token {number}, which is not there")
        place = tokens[number]
    start, end = _edges(place)
    around = [span for span in spans if span.start <= start and end <= span.end]
    if not around:
        raise AnnotationError(
            f"a relation's {side} at [{start}, {end}) is no span; mark it as an entity"
        )
    return max(around, key=lambda span: (span.start - span.end, span.label == place.get("label")))
