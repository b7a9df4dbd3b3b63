"""Where a paragraph comes from, as it travels in a tool's free fields, and as file names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from unionie.annotation import Paragraph, group_by_document, read_field
from unionie.reading import writable

# Not allowed in file names somewhere, or a path of its own.
_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]|^\.+|[. ]+$')
_MAX_NAME = 60  # characters; up to four bytes each, and a suffix, fit the usual 255 bytes


def origin_of(paragraph: Paragraph) -> dict[str, str | int]:
    """Return the fields that say where ``paragraph`` comes from."""
    return {"doc": paragraph.doc, "source": paragraph.source, "line": paragraph.line}


def with_origin(paragraph: Paragraph, fields: Any, *, file: Path, number: int) -> Paragraph:
    """Return ``paragraph`` with the origin in ``fields``, a JSON object.

    What another's file does not say becomes the name of the file and ``number``, the
    paragraph's place in it.

    Raises:
        AnnotationError: a field is of the wrong type.

    """
    return replace(
        paragraph,
        doc=read_field(fields, "doc", str, default=writable(file.stem)),
        source=read_field(fields, "source", str, default=writable(file.name)),
        line=read_field(fields, "line", int, default=number),
    )


def by_document(paragraphs: Iterable[Paragraph]) -> dict[str, list[Paragraph]]:
    """Group ``paragraphs`` by document under a file name, without suffix, for each.

    Documents keep the order in which they appear, and paragraphs theirs. The name is the
    document's as far as file systems allow; a number makes it unique.
    """
    named: dict[str, list[Paragraph]] = {}
    taken: set[str] = set()
    for doc, members in group_by_document(paragraphs).items():
        stem = name = _UNSAFE.sub("_", doc)[:_MAX_NAME] or "document"
        number = 1
        while name.casefold() in taken:  # some file systems do not tell case apart
            number += 1
            name = f"{stem}-{number}"
        taken.add(name.casefold())
        named[name] = members
    return named
