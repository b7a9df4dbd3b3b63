"""Annotated paragraphs and their JSON Lines form.

The file format is doccano's for relation extraction: one paragraph a line with
``text``, ``entities`` and ``relations``, and beside them ``doc`` (the document
the paragraph belongs to), ``source`` (where its text comes from) and ``line``
(its 1-based line in that document).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from unionie.errors import AnnotationError, InputError
from unionie.reading import check_text, writable


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A labelled span of a paragraph, ``[start, end)`` in code points."""

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True, order=True)
class Link:
    """A directed relation between two spans of one paragraph, from figure to tail."""

    head: Span
    tail: Span
    label: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One annotated line of a document.

    ``spans`` and ``links`` are sorted and hold no duplicates. ``scores`` are the
    probabilities that a model gave them, 0 to 1; they are no part of the annotation, so
    paragraphs that differ in nothing else are equal.
    """

    text: str
    spans: tuple[Span, ...] = ()
    links: tuple[Link, ...] = ()
    doc: str = ""
    source: str = ""
    line: int = 1
    scores: Mapping[Span | Link, float] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "spans", tuple(sorted(set(self.spans))))
        object.__setattr__(self, "links", tuple(sorted(set(self.links))))

    def surface(self, span: Span) -> str:
        """Return the characters that ``span`` covers."""
        return self.text[span.start : span.end]

    def with_annotation(self, spans: Iterable[Span], links: Iterable[Link]) -> Paragraph:
        """Return the same paragraph with other spans and links, and without scores."""
        return replace(self, spans=tuple(spans), links=tuple(links), scores={})

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form; ids count from 0 in order of appearance.

        A span or link has a ``score`` only if a model gave it one.
        """
        ids = {span: number for number, span in enumerate(self.spans)}
        return {
            "doc": self.doc,
            "source": self.source,
            "line": self.line,
            "text": self.text,
            "entities": [
                {
                    "id": number,
                    "label": span.label,
                    "start_offset": span.start,
                    "end_offset": span.end,
                    **self.score_field(span),
                }
                for span, number in ids.items()
            ],
            "relations": [
                {
                    "id": number,
                    "from_id": ids[link.head],
                    "to_id": ids[link.tail],
                    "type": link.label,
                    **self.score_field(link),
                }
                for number, link in enumerate(self.links)
            ],
        }

    def score_field(self, item: Span | Link) -> dict[str, float]:
        """Return the JSON field ``score`` of a span or link, nothing if it has no score."""
        return {"score": self.scores[item]} if item in self.scores else {}

    @classmethod
    def from_dict(cls, data: Any) -> Paragraph:
        """Build a paragraph from its JSON form.

        Raises:
            AnnotationError: a field is missing, of the wrong type or holds a lone
                surrogate, an offset lies outside the text, or a relation names an entity
                that is not there.

        """
        if not isinstance(data, dict):
            raise AnnotationError("expected a JSON object")
        text = read_field(data, "text", str)
        spans: dict[int, Span] = {}
        scores: dict[Span | Link, float] = {}
        for entity in read_field(data, "entities", list):
            number = read_field(entity, "id", int)
            span = Span(
                read_field(entity, "start_offset", int),
                read_field(entity, "end_offset", int),
                read_field(entity, "label", str),
            )
            if not 0 <= span.start < span.end <= len(text):
                raise AnnotationError(
                    f"entity {number}: offsets [{span.start}, {span.end}) do not fit "
                    f"a text of {len(text)} characters"
                )
            if number in spans:
                raise AnnotationError(f"entity id {number} is used twice")
            spans[number] = span
            if "score" in entity:
                scores[span] = float(read_field(entity, "score", (int, float)))
        links = []
        for place, relation in enumerate(read_field(data, "relations", list), start=1):
            ends = []
            for key in ("from_id", "to_id"):
                number = read_field(relation, key, int)
                if number not in spans:
                    raise AnnotationError(
                        f"relation {place}: {key} names entity {number}, which is not there"
                    )
                ends.append(spans[number])
            link = Link(ends[0], ends[1], read_field(relation, "type", str))
            links.append(link)
            if "score" in relation:
                scores[link] = float(read_field(relation, "score", (int, float)))
        return cls(
            text=text,
            spans=tuple(spans.values()),
            links=tuple(links),
            doc=read_field(data, "doc", str, default=""),
            source=read_field(data, "source", str, default=""),
            line=read_field(data, "line", int, default=1),
            scores=scores,
        )


def read_field(data: Any, key: str, kind: type | tuple[type, ...], default: Any = None) -> Any:
    """Return ``data[key]``, or ``default`` where there is no such key.

    Raises:
        AnnotationError: ``data`` is no JSON object, or the value is not of ``kind``, or a
            text with a lone surrogate.

    """
    if not isinstance(data, dict):
        raise AnnotationError(f"expected an object with the field '{key}'")
    value = data.get(key, default)
    if not isinstance(value, kind) or isinstance(value, bool):
        found = "nothing" if value is None else type(value).__name__
        expected = "a number" if isinstance(kind, tuple) else kind.__name__
        raise AnnotationError(f"field '{key}' must be {expected}, found {found}")
    if isinstance(value, str):
        try:
            check_text(value)
        except InputError as error:  # JSON can escape what no file can hold
            raise AnnotationError(f"field '{key}': {error}") from error
    return value


def group_by_document(paragraphs: Iterable[Paragraph]) -> dict[str, list[Paragraph]]:
    """Return the paragraphs of each document; documents and paragraphs keep their order."""
    groups: dict[str, list[Paragraph]] = {}
    for paragraph in paragraphs:
        groups.setdefault(paragraph.doc, []).append(paragraph)
    return groups


def annotation_files(path: str | Path) -> list[Path]:
    """Return the ``.jsonl`` files that ``path`` is or holds, at any depth, sorted.

    Raises:
        FileNotFoundError: there is nothing at ``path``, or no ``.jsonl`` file in it.

    """
    path = Path(path)
    if path.is_dir():
        files = sorted(file for file in path.rglob("*.jsonl") if file.is_file())
        if not files:
            raise FileNotFoundError(f"{path}: no .jsonl file in this folder")
        return files
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file or folder")
    return [path]


def read_lines(file: Path) -> Iterator[tuple[int, Paragraph | AnnotationError]]:
    """Yield each line's number and its paragraph, or what is wrong with it.

    Blank lines are skipped; a broken line does not stop the reading. A paragraph that
    names no document gets the name of the file.
    """
    for number, data in read_json_lines(file):
        try:
            if isinstance(data, AnnotationError):
                raise data
            paragraph = Paragraph.from_dict(data)
        except AnnotationError as error:
            yield number, error
        else:
            if not paragraph.doc:
                paragraph = replace(paragraph, doc=writable(file.stem))
            yield number, paragraph


def read_json_lines(file: Path) -> Iterator[tuple[int, Any]]:
    """Yield each line's number and its JSON, or an AnnotationError. Blank lines are skipped."""
    with file.open("rb") as stream:
        for number, raw in enumerate(stream, start=1):
            if not raw.strip():
                continue
            try:
                yield number, json.loads(raw.decode("utf-8-sig"))
            except UnicodeDecodeError as error:
                yield number, AnnotationError(f"not UTF-8 ({error.reason}); save it as UTF-8")
            except json.JSONDecodeError as error:
                place = f"{error.msg} at column {error.colno}"  # its line is always the first
                yield number, AnnotationError(f"not JSON: {place}")
            except RecursionError as error:
                yield number, AnnotationError(f"not JSON: {error}")


def read_annotations(path: str | Path) -> Iterator[Paragraph]:
    """Yield the paragraphs of a ``.jsonl`` file, or of every such file in a folder.

    Raises:
        FileNotFoundError: as :func:`annotation_files`.
        AnnotationError: a line is not UTF-8, not JSON, or not a paragraph; the message
            names file and line.

    """
    for file in annotation_files(path):
        for number, found in read_lines(file):
            if isinstance(found, AnnotationError):
                raise AnnotationError(f"{file}:{number}: {found}") from found
            yield found


def dump_annotations(paragraphs: Iterable[Paragraph]) -> str:
    """Return ``paragraphs`` as JSON Lines, one a line, with a final line break."""
    return "".join(
        json.dumps(paragraph.to_dict(), ensure_ascii=False) + "\n" for paragraph in paragraphs
    )
