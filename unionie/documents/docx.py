"""Word documents: the paragraphs and tables of the body, in order.

Headers, footers, footnotes, comments and deleted text are left out. A table row is a
line with tabs between its cells; where a cell holds several paragraphs, each is a line.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
from docx.oxml.ns import qn

from unionie.document import Document, Kind, Part, join_lines
from unionie.errors import InputError

#: A document may unpack to so many bytes, and to so many times its size.
MAX_UNPACKED = 300_000_000
MAX_RATIO = 200
# Small files may be compressed better than that without harm.
_HARMLESS = 10_000_000

_BREAKS = {qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:tab"): "\t", qn("w:noBreakHyphen"): "-"}
_CONTAINERS = {qn(f"w:{name}") for name in ("sdt", "sdtContent", "customXml", "ins", "moveTo")}
_APART = {qn("w:txbxContent"), qn("w:pPr"), qn("w:rPr"), qn("w:del"), qn("w:moveFrom")} | {
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
}

_Line = list[tuple[str, Part]]


def read(path: Path) -> Document:
    """Read a .docx file.

    Raises:
        InputError: the file is broken, encrypted, or unpacks to too much.

    """
    _check_archive(path)
    try:
        body = docx.Document(str(path)).element.body
        text, blocks = join_lines(_Reader().lines(body))
    except RecursionError as error:
        raise InputError(f"{path}: nested too deeply; save its text as .txt") from error
    except (PermissionError, MemoryError):
        raise
    except Exception as error:  # broken files raise anything in zipfile, zlib, lxml and docx
        raise InputError(f"{path}: not a Word document; open it and save it as .docx") from error
    return Document(text, blocks, str(path))


def _check_archive(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(info.file_size for info in archive.infolist())
            encrypted = any(info.flag_bits & 1 for info in archive.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise InputError(f"{path}: broken, or no .docx file; save it again") from error
    if encrypted:
        raise InputError(f"{path}: encrypted; save it without a password")
    size = path.stat().st_size
    if unpacked > MAX_UNPACKED or unpacked > max(_HARMLESS, MAX_RATIO * size):
        raise InputError(
            f"{path}: {size} bytes would unpack to {unpacked / 1e6:.0f} MB; "
            "no report does, so it is not opened; save its text as .txt"
        )


class _Reader:
    """Walks the body and counts its paragraphs and cells."""

    def __init__(self) -> None:
        self._number = 0

    def lines(self, parent: Any) -> Iterator[_Line]:
        """Yield the lines of what ``parent`` holds."""
        for child in _children(parent, "w:p", "w:tbl"):
            if child.tag == qn("w:p"):
                yield from self._paragraph(child, "paragraph")
            else:
                for row in _children(child, "w:tr"):
                    yield from self._row(row)

    def _paragraph(self, element: Any, kind: Kind) -> Iterator[_Line]:
        text = "".join(_text(element))
        if text.strip():
            self._number += 1
            for line in filter(str.strip, text.splitlines()):
                yield [("", (line, self._number, kind, None))]
        for box in _boxes(element):
            yield from self.lines(box)

    def _row(self, row: Any) -> Iterator[_Line]:
        cells = [list(self._cell(cell)) for cell in _children(row, "w:tc")]
        if all(len(lines) <= 1 for lines in cells):
            parts = [part for lines in cells for line in lines for _, part in line]
            if parts:
                yield [("\t" if number else "", part) for number, part in enumerate(parts)]
        else:
            for lines in cells:
                yield from lines

    def _cell(self, cell: Any) -> Iterator[_Line]:
        for line in self.lines(cell):
            yield [(gap, (text, number, "cell", page)) for gap, (text, number, _, page) in line]


def _children(parent: Any, *names: str) -> Iterator[Any]:
    """Yield the children of these names, also those within content controls and the like."""
    tags = {qn(name) for name in names}
    for child in parent:
        if child.tag in tags:
            yield child
        elif child.tag in _CONTAINERS:
            yield from _children(child, *names)


def _text(element: Any) -> Iterator[str]:
    for child in element:
        if child.tag == qn("w:t"):
            yield child.text or ""
        elif child.tag in _BREAKS:
            yield _BREAKS[child.tag]
        elif child.tag not in _APART:
            yield from _text(child)


def _boxes(element: Any) -> Iterator[Any]:
    """Yield the text boxes anchored in a paragraph, outermost ones only."""
    for child in element:
        if child.tag == qn("w:txbxContent"):
            yield child
        elif child.tag not in _APART:
            yield from _boxes(child)
