"""A document as it was read: its text, and where in the file each part of it stands."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

Kind = Literal["paragraph", "cell"]


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a document's text that stands in one place of the file.

    Attributes:
        start: offset of its first code point in the text.
        end: offset after its last.
        paragraph: number of the paragraph or table cell, from 1 through the whole document,
            empty ones not counted. A paragraph that goes on on the next page is two blocks
            of one number.
        kind: ``paragraph``, or ``cell`` in a table.
        page: number of the page from 1; None where the format has no fixed pages.

    """

    start: int
    end: int
    paragraph: int
    kind: Kind = "paragraph"
    page: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Block:
        """Build from what :meth:`to_dict` returned."""
        return cls(**data)


@dataclass(frozen=True, slots=True)
class Document:
    """A text and where it comes from.

    Attributes:
        text: what is extracted from. A line break ends a paragraph or a table row.
        blocks: in order; together they hold every character but white space. Empty for a
            plain text, whose paragraphs are its lines.
        file: name of the file it was read from; None if it comes from no file.

    """

    text: str
    blocks: tuple[Block, ...] = ()
    file: str | None = None


#: Part of a line: its text, paragraph number, kind and page.
Part = tuple[str, int, Kind, int | None]


def join_lines(lines: Iterable[Sequence[tuple[str, Part]]]) -> tuple[str, tuple[Block, ...]]:
    """Put a text together from lines of parts and return it with its blocks.

    Each part comes with the white space that stands before it in its line.
    """
    pieces: list[str] = []
    blocks: list[Block] = []
    length = 0
    for line in lines:
        for gap, (text, paragraph, kind, page) in line:
            start = length + len(gap)
            length = start + len(text)
            pieces += (gap, text)
            blocks.append(Block(start, length, paragraph, kind, page))
        pieces.append("\n")
        length += 1
    return "".join(pieces), tuple(blocks)


#: Page, paragraph and kind of what stands at an offset.
Place = tuple[int | None, int | None, Kind]


def locator(text: str, blocks: Sequence[Block]) -> Callable[[int], Place]:
    """Return a function that gives the place of an offset into ``text``."""
    starts = [block.start for block in blocks] or list(_line_starts(text))

    def locate(offset: int) -> Place:
        number = bisect_right(starts, offset) - 1
        if not blocks:
            return None, number + 1, "paragraph"
        if number < 0 or offset >= blocks[number].end:
            return None, None, "paragraph"
        block = blocks[number]
        return block.page, block.paragraph, block.kind

    return locate


def _line_starts(text: str) -> Iterator[int]:
    start = 0
    for line in text.splitlines(keepends=True):
        yield start
        start += len(line)
