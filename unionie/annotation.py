"""Annotated paragraphs and their JSON Lines form.

The file format is doccano's for relation extraction: one paragraph a line with
``text``, ``entities`` and ``relations``, and beside them ``doc`` (the document
the paragraph belongs to), ``source`` (where its text comes from) and ``line``
(its 1-based line in that document).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from unionie.errors import AnnotationError


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

    ``spans`` and ``links`` are sorted and hold no duplicates.
    """

    text: str
    spans: tuple[Span, ...] = ()
    links: tuple[Link, ...] = ()
    doc: str = ""
    source: str = ""
    line: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "spans", tuple(sorted(set(self.spans))))
        object.__setattr__(self, "links", tuple(sorted(set(self.links))))

    def surface(self, span: Span) -> str:
        """Return the characters that ``span`` covers."""
        return self.text[span.start : span.end]

    def with_annotation(self, spans: Iterable[Span], links: Iterable[Link]) -> Paragraph:
        """Return the same paragraph with other spans and links."""
        return replace(self, spans=tuple(spans), links=tuple(links))

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form; ids count from 0 in order of appearance."""
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
                }
                for span, number in ids.items()
            ],
            "relations": [
                {
                    "id": number,
                    "from_id": ids[link.head],
                    "to_id": ids[link.tail],
                    "type": link.label,
                }
                for number, link in enumerate(self.links)
            ],
        }

    @classmethod
    def from_dict(cls, data: Any) -> Paragraph:
        """Build a paragraph from its JSON form.

        Raises:
            AnnotationError: a field is missing or of the wrong type, an offset lies
                outside the text, or a relation names an entity that is not there.

        """
        if not isinstance(data, dict):
            raise AnnotationError("expected a JSON object")
        text = _field(data, "text", str)
        spans: dict[int, Span] = {}
        for entity in _field(data, "entities", list):
            number = _field(entity, "id", int)
            span = Span(
                _field(entity, "start_offset", int),
                _field(entity, "end_offset", int),
                _field(entity, "label", str),
            )
            if not 0 <= span.start < span.end <= len(text):
                raise AnnotationError(
                    f"entity {number}: offsets [{span.start}, {span.end}) do not fit "
                    f"a text of {len(text)} characters"
                )
            if number in spans:
                raise AnnotationError(f"entity id {number} is used twice")
            spans[number] = span
        links = []
        for relation in _field(data, "relations", list):
            ends = []
            for key in ("from_id", "to_id"):
                number = _field(relation, key, int)
                if number not in spans:
                    raise AnnotationError(f"a relation's {key} names entity {number}, not there")
                ends.append(spans[number])
            links.append(Link(ends[0], ends[1], _field(relation, "type", str)))
        return cls(
            text=text,
            spans=tuple(spans.values()),
            links=tuple(links),
            doc=_field(data, "doc", str, default=""),
            source=_field(data, "source", str, default=""),
            line=_field(data, "line", int, default=1),
        )


def _field(data: Any, key: str, kind: type, default: Any = None) -> Any:
    if not isinstance(data, dict):
        raise AnnotationError(f"expected an object with the field '{key}'")
    value = data.get(key, default)
    if not isinstance(value, kind) or isinstance(value, bool):
        found = "nothing" if value is None else type(value).__name__
        raise AnnotationError(f"field '{key}' must be {kind.__name__}, found {found}")
    return value


def annotation_files(path: str | Path) -> list[Path]:
    """Return the ``.jsonl`` files that ``path`` is or holds, at any depth, sorted.

    Raises:
        FileNotFoundError: there is nothing at ``path``, or no ``.jsonl`` file in it.

    """
    path = Path(path)
    if path.is_dir():
        files = sorted(path.rglob("*.jsonl"))
        if not files:
            raise FileNotFoundError(f"{path}: no .jsonl file in this folder")
        return files
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file or folder")
    return [path]


def read_lines(file: Path) -> Iterator[tuple[int, Paragraph | AnnotationError]]:
    """Yield each line's number and its paragraph, or what is wrong with it.

    Blank lines are skipped; a broken line does not stop the reading.
    """
    with file.open("rb") as stream:
        for number, raw in enumerate(stream, start=1):
            if not raw.strip():
                continue
            try:
                yield number, Paragraph.from_dict(json.loads(raw.decode("utf-8")))
            except UnicodeDecodeError as error:
                yield number, AnnotationError(f"not UTF-8 ({error.reason}); save it as UTF-8")
            except (json.JSONDecodeError, RecursionError) as error:
                yield number, AnnotationError(f"not JSON: {error}")
            except AnnotationError as error:
                yield number, error


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
