"""brat: standoff annotation, a ``.txt`` and an ``.ann`` file for each document.

A document's paragraphs are the lines of its text; offsets are code points of the whole
text. The formats have no fields for anything else, so the origin of the paragraphs stands
in a third file, ``NAME.origin.json``, which brat does not look at. Scores are left out.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any

from unionie.annotation import Link, Paragraph, Span, read_field
from unionie.errors import AnnotationError
from unionie.exchange.origin import by_document, origin_of, with_origin

_ORIGIN = ".origin.json"
_LABEL = re.compile(r"[A-Za-z0-9_-]+")  # what brat accepts as a type
_SPAN = re.compile(r"T\d+\t(\S+) (\d{1,12}) (\d{1,12})\t(.*)", re.DOTALL)
_RELATION = re.compile(r"R\d+\t(\S+) Arg1:(T\d+) Arg2:(T\d+)\s*")
# Notes, attributes and normalizations say more of a span, nothing that we could keep.
_IGNORED = ("#", "A", "M", "N")


def dump(paragraphs: Iterable[Paragraph]) -> dict[str, bytes]:
    """Return the files of a brat folder: their names and contents.

    Raises:
        AnnotationError: a paragraph holds a line break, or a label is no type of brat's.

    """
    files = {}
    for name, members in by_document(paragraphs).items():
        for paragraph in members:
            _check(paragraph)
        files[f"{name}.txt"] = "".join(paragraph.text + "\n" for paragraph in members)
        files[f"{name}.ann"] = "".join(f"{line}\n" for line in _standoff(members))
        origins = [origin_of(paragraph) for paragraph in members]
        files[name + _ORIGIN] = json.dumps(origins, ensure_ascii=False, indent=1)
    return {name: content.encode() for name, content in files.items()}


def load(folder: Path) -> Iterator[Paragraph | AnnotationError]:
    """Yield the paragraphs of each document in ``folder``, at any depth, sorted by file.

    Blank lines of a text without an origin file are left out. A broken document yields
    one AnnotationError.
    """
    for file in sorted(folder.rglob("*.ann")):
        try:
            yield from _load_document(file)
        except AnnotationError as error:
            yield error


def _check(paragraph: Paragraph) -> None:
    place = f"{paragraph.doc}:{paragraph.line}"
    if "\n" in paragraph.text or "\r" in paragraph.text:
        raise AnnotationError(f"{place}: holds a line break; brat takes one line a paragraph")
    for label in {item.label for item in paragraph.spans + paragraph.links}:
        if not _LABEL.fullmatch(label):
            raise AnnotationError(
                f"{place}: the label “{label}” is no type for brat; use letters, digits, - and _"
            )


def _standoff(paragraphs: Iterable[Paragraph]) -> Iterator[str]:
    offset = spans = links = 0
    for paragraph in paragraphs:
        ids = {}
        for span in paragraph.spans:
            spans += 1
            ids[span] = f"T{spans}"
            edges = f"{offset + span.start} {offset + span.end}"
            yield f"{ids[span]}\t{span.label} {edges}\t{paragraph.surface(span)}"
        for link in paragraph.links:
            links += 1
            yield f"R{links}\t{link.label} Arg1:{ids[link.head]} Arg2:{ids[link.tail]}"
        offset += len(paragraph.text) + 1


def _load_document(file: Path) -> list[Paragraph]:
    text = _read(file.with_suffix(".txt"))
    lines = text.removesuffix("\n").split("\n") if text else []
    spans, links = _parse(file, text)
    origins = _origins(file, len(lines))
    starts = [0, *accumulate(len(line) + 1 for line in lines)]
    index: dict[str, int] = {}
    own: dict[str, Span] = {}
    spans_of: list[list[Span]] = [[] for _ in lines]
    links_of: list[list[Link]] = [[] for _ in lines]
    for name, span in spans.items():
        index[name] = bisect_right(starts, span.start) - 1
        start = starts[index[name]]
        own[name] = Span(span.start - start, span.end - start, span.label)
        spans_of[index[name]].append(own[name])
    for head, tail, label in links:
        links_of[index[head]].append(Link(own[head], own[tail], label))
    paragraphs = []
    rows = zip(lines, spans_of, links_of, strict=True)
    for number, (line, inside, between) in enumerate(rows, start=1):
        if origins or line.strip():
            paragraph = Paragraph(line, tuple(inside), tuple(between))
            fields = origins[number - 1] if origins else {}
            text_file = file.with_suffix(".txt")
            paragraphs.append(with_origin(paragraph, fields, file=text_file, number=number))
    return paragraphs


def _parse(file: Path, text: str) -> tuple[dict[str, Span], list[tuple[str, str, str]]]:
    """Return the spans of a document by id and its relations as head, tail and label.

    Neither leaves its line.
    """
    spans: dict[str, Span] = {}
    links: dict[str, tuple[str, str, str]] = {}
    places: dict[str, str] = {}
    for number, line in enumerate(_read(file).split("\n"), start=1):
        place = f"{file}:{number}"
        name = line.partition("\t")[0]
        if name in places:
            raise AnnotationError(f"{place}: the id {name} is used twice")
        if match := _SPAN.fullmatch(line):
            label, start, end, surface = match.groups()
            span = Span(int(start), int(end), label)
            if not surface or text[span.start : span.end] != surface:
                raise AnnotationError(
                    f"{place}: “{surface}” does not stand at [{start}, {end}) of the text; "
                    "the .txt must be the one that was annotated, unchanged"
                )
            if "\n" in surface:
                raise AnnotationError(f"{place}: the span crosses a line break; cut it")
            spans[name], places[name] = span, place
        elif match := _RELATION.fullmatch(line):
            label, head, tail = match.groups()
            links[name], places[name] = (head, tail, label), place
        elif line.strip() and not line.startswith(_IGNORED):
            raise AnnotationError(
                f"{place}: neither a span of one piece (T) nor a relation (R): “{line[:40]}”; "
                "events, equivalences and spans in pieces have no place in the scheme"
            )
    for name, (head, tail, _) in links.items():
        place = places[name]
        if missing := [name for name in (head, tail) if name not in spans]:
            raise AnnotationError(f"{place}: the relation names {missing[0]}, which is not there")
        first, second = sorted((spans[head], spans[tail]))
        if "\n" in text[first.start : second.end]:
            raise AnnotationError(f"{place}: the relation leaves its line; delete it")
    return spans, [*links.values()]


def _origins(file: Path, lines: int) -> list[Any]:
    path = file.with_name(file.stem + _ORIGIN)
    if not path.exists():
        return []
    try:
        origins = json.loads(_read(path))
    except (ValueError, RecursionError) as error:
        raise AnnotationError(f"{path}: not JSON ({error}); export the document again") from error
    if not isinstance(origins, list) or len(origins) != lines:
        raise AnnotationError(
            f"{path}: does not tell the origin of the {lines} lines of the text; delete it to "
            "take names and numbers from the text file"
        )
    for origin in origins:
        for key, kind in (("doc", str), ("source", str), ("line", int)):
            try:
                read_field(origin, key, kind)
            except AnnotationError as error:
                raise AnnotationError(f"{path}: {error}") from error
    return origins


def _read(file: Path) -> str:
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise AnnotationError(f"{file}: missing; brat keeps a .txt beside every .ann") from error
    except UnicodeDecodeError as error:
        raise AnnotationError(f"{file}: not UTF-8 ({error.reason}); save it as UTF-8") from error
    # brat counts a line break as one character, however it is written.
    return text.replace("\r\n", "\n").replace("\r", "\n")
