"""PDF files with text: characters by pdfminer.six, put in reading order and paragraphs here.

Only white space is made or lost on the way, but for what is drawn twice to look bold,
page numbers, and lines that open or close most pages.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any
from zlib import decompressobj

from pdfminer.ascii85 import ascii85decode, asciihexdecode
from pdfminer.converter import PDFPageAggregator
from pdfminer.layout import LTChar, LTContainer, LTPage
from pdfminer.lzw import LZWDecoder
from pdfminer.pdfdocument import PDFDocument, PDFPasswordIncorrect
from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser
from pdfminer.pdftypes import PDFStream

from unionie.document import Document, Part, join_lines
from unionie.errors import InputError, UnionieError

MAX_PAGES = 2_000
MAX_CHARACTERS = 5_000_000
#: Bytes that all streams of a file may unpack to together; pictures are not unpacked.
MAX_UNPACKED = 300_000_000
MAX_FORMS = 100_000

# In parts of the size: what sets cells of a table apart, and what setting a line may leave over.
_CELL_GAP = 1.5
_SLACK = 0.7
_HEADLINE = 1.3
_BOLD_SHIFT = 0.1
_MAX_BANDS = 300  # no page has more lines below one another
_MAX_COLUMNS = 12
_STRAY_BANDS = 3
_FEW_LINES = 4
_LARGER = 1.1
_RAGGED = 3.0  # a number that does not fit goes to the next line as a whole
# In parts of the distance of lines: what sets a page number off the text.
_APART = 1.3
_FAR = 2.0
_FEW_CHARACTERS = 8
_FEW_NUMBERS = 4
_RUN_LENGTH_RATIO = 64
_UNREADABLE = "\ufffd"
_UNREADABLE_SHARE = 0.2

_SENTENCE_END = re.compile(r"[。！？!?：:][”’\"」』)）】》]*$")
_HANGING = "，。、；：！？”’》）」』】,.;:!?)"
# Full forms of a page number; what is plain may be a figure as well. All its digits are the
# first group that matched.
_DASH = "[-\u2010-\u2015\u2500－~～·•]"
_PLAIN_NUMBER = re.compile(r"(\d{1,4})(?:\s*[/／]\s*\d{1,4})?")
_MARKED_NUMBER = re.compile(
    rf"{_DASH}+\s*(\d{{1,4}})\s*{_DASH}+"
    r"|第\s*(\d{1,4})\s*页(?:\s*(?:[,，/／]\s*)?共\s*\d{1,4}\s*页)?"
)
_SENTENCE_MARK = re.compile("[。，；！？%％]")
# What stays in one piece at the end of a line: a number, Latin word or character, with the
# marks that may not end or open a line; quotation marks hold what is on both their sides.
_UNIT = r"(?:[0-9A-Za-z.,%/+-]+|.)[，。、；：！？”’》）」』】,.;:!?)]*"
_TOKEN = re.compile(rf"[“‘《（(「『【]*{_UNIT}(?:(?:[“‘]+|(?<=[”’])){_UNIT})*", re.DOTALL)


def read(path: Path) -> Document:
    """Read a .pdf file.

    Raises:
        InputError: the file is broken, needs a password, has no text (a scan) or none
            that can be told, or is beyond the limits above.

    """
    try:
        pages = list(_pages(path))
    except PDFPasswordIncorrect as error:
        raise InputError(f"{path}: encrypted; save it without a password") from error
    except _TooMuchError as error:
        raise InputError(f"{path}: {error}; save its text as .txt") from error
    except (UnionieError, MemoryError, OSError):
        raise
    except Exception as error:  # broken files raise anything in pdfminer
        raise InputError(
            f"{path}: broken, or no .pdf file ({type(error).__name__}); print it to a new PDF"
        ) from error
    rows = [
        row
        for number, pieces in enumerate(_without_furniture(pages), start=1)
        for row in _reading_order(pieces, number)
    ]
    text, blocks = join_lines(_paragraphs(_widened(rows)))
    characters = sum(not char.isspace() for char in text)
    if not characters:
        raise InputError(f"{path}: no text in it, as in a scan; run OCR on it and read the result")
    if text.count(_UNREADABLE) > _UNREADABLE_SHARE * characters:
        raise InputError(f"{path}: its fonts do not say what the characters are; run OCR on it")
    return Document(text, blocks, str(path))


class _TooMuchError(Exception):
    """A file beyond the limits."""


class _Budget:
    """The bytes that may still be unpacked."""

    def __init__(self) -> None:
        self.left = MAX_UNPACKED

    def spend(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise _TooMuchError(f"its streams unpack to more than {MAX_UNPACKED / 1e6:.0f} MB")


class _Stream(PDFStream):
    """A stream that is measured, in bounded memory, before pdfminer unpacks it."""

    def __init__(self, stream: PDFStream, budget: _Budget) -> None:
        super().__init__(stream.attrs, stream.rawdata or b"", stream.decipher)
        self._budget = budget

    def decode(self) -> None:
        data: Any = self.rawdata
        if self.decipher:
            decipher: Any = self.decipher
            data = decipher(self.objid, self.genno, data, self.attrs)
        for name, _ in self.get_filters():
            data = self._unpack(str(getattr(name, "name", name)), data)
        super().decode()

    def _unpack(self, name: str, data: bytes) -> bytes:
        if name in {"FlateDecode", "Fl"}:
            unpacker = decompressobj()
            try:
                data = unpacker.decompress(data, self._budget.left + 1)
            except Exception:  # pdfminer mends what it can of a damaged stream, byte by byte
                data = _mended(data, self._budget.left + 1)
        elif name in {"LZWDecode", "LZW"}:
            chunks = []
            for chunk in LZWDecoder(BytesIO(data)).run():
                self._budget.spend(len(chunk))
                chunks.append(chunk)
            return b"".join(chunks)
        elif name in {"RunLengthDecode", "RL"}:
            self._budget.spend(len(data) * _RUN_LENGTH_RATIO)
            return b""
        elif name in {"ASCII85Decode", "A85"}:
            return ascii85decode(data)
        elif name in {"ASCIIHexDecode", "AHx"}:
            return asciihexdecode(data)
        else:
            return data
        self._budget.spend(len(data))
        return data


def _mended(data: bytes, limit: int) -> bytes:
    unpacker = decompressobj()
    found = bytearray()
    try:
        for position in range(len(data)):
            found += unpacker.decompress(data[position : position + 1], limit - len(found))
            if len(found) >= limit:
                break
    except Exception:
        pass
    return bytes(found)


class _Parser(PDFParser):
    """A parser whose streams are measured."""

    def __init__(self, stream: Any, budget: _Budget) -> None:
        super().__init__(stream)
        self._budget = budget

    def push(self, *objects: Any) -> None:
        super().push(*map(self._measured, objects))

    def _measured(self, item: Any) -> Any:
        """Return what was parsed, a place and a value, with a measured stream for a stream."""
        if isinstance(item, tuple) and len(item) == 2 and isinstance(item[1], PDFStream):
            return item[0], _Stream(item[1], self._budget)
        return item


class _Device(PDFPageAggregator):
    """Collects the characters of a page, up to a limit for the file."""

    def __init__(self, manager: PDFResourceManager) -> None:
        super().__init__(manager, laparams=None)
        self._characters = 0
        self._forms = 0

    def render_char(self, *arguments: Any, **options: Any) -> float:
        self._characters += 1
        if self._characters > MAX_CHARACTERS:
            raise _TooMuchError(f"it holds more than {MAX_CHARACTERS:,} characters")
        return super().render_char(*arguments, **options)

    def begin_figure(self, *arguments: Any) -> None:
        self._forms += 1
        if self._forms > MAX_FORMS:
            raise _TooMuchError(f"it draws more than {MAX_FORMS:,} forms")
        super().begin_figure(*arguments)

    def handle_undefined_char(self, font: Any, cid: int) -> str:
        return _UNREADABLE


def _pages(path: Path) -> Iterator[list[_Piece]]:
    """Yield the pieces of text on each page."""
    with path.open("rb") as stream:
        document = PDFDocument(_Parser(stream, _Budget()))
        manager = PDFResourceManager()
        device = _Device(manager)
        interpreter = PDFPageInterpreter(manager, device)
        for number, page in enumerate(PDFPage.create_pages(document), start=1):
            if number > MAX_PAGES:
                raise _TooMuchError(f"it has more than {MAX_PAGES} pages")
            interpreter.process_page(page)
            yield list(_pieces(_characters(device.get_result())))


def _characters(page: LTPage) -> Iterator[LTChar]:
    """Yield the characters of a page as drawn, one drawn twice in one place only once."""
    seen: dict[tuple[str, int, int], tuple[float, float]] = {}
    waiting: list[Any] = list(reversed(list(page)))
    while waiting:
        item = waiting.pop()
        if isinstance(item, LTChar):
            near = max(_BOLD_SHIFT * item.height, 0.01)
            text, x, y = item.get_text(), round(item.x0 / near), round(item.y0 / near)
            around = [(text, x + dx, y + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
            places = [seen[key] for key in around if key in seen]
            if all(abs(item.x0 - x0) > near or abs(item.y0 - y0) > near for x0, y0 in places):
                seen[text, x, y] = (item.x0, item.y0)
                yield item
        elif isinstance(item, LTContainer):
            waiting.extend(reversed(list(item)))


@dataclass(slots=True)
class _Piece:
    """Characters side by side in one line; y grows upwards.

    ``x1`` leaves out marks at the end, which may hang over the edge of the column.
    """

    text: str
    x0: float
    x1: float
    end: float
    y0: float
    y1: float
    size: float


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of a column, with the column's edges."""

    text: str
    x0: float
    end: float
    tabular: bool
    size: float
    left: float
    right: float
    column: tuple[int, int]
    page: int


def _pieces(characters: Iterator[LTChar]) -> Iterator[_Piece]:
    """Yield runs of characters that stand side by side."""
    piece: _Piece | None = None
    texts: list[str] = []  # of the piece's characters
    for char in characters:
        # Half a surrogate pair cannot be written in any encoding.
        text = re.sub("[\ud800-\udfff]", _UNREADABLE, char.get_text().replace("\0", ""))
        # A font's box may be lower than its characters are wide; those are square.
        size = max(char.height, 0.1 if text.isascii() else char.width)
        if piece is not None:
            gap = char.x0 - piece.end
            level = abs(char.y0 - piece.y0) < 0.5 * size
            if level and -0.5 * size < gap < 0.5 * size:
                before = texts[-1][-1:] if texts else ""
                texts += filter(None, (_space(before, text, gap / size), text))
                piece.end = max(piece.end, char.x1)
                continue
            yield from _trimmed(piece, "".join(texts))
        texts = [text] if text else []
        piece = _Piece("", char.x0, char.x1, char.x1, char.y0, char.y0 + size, size)
    if piece is not None:
        yield from _trimmed(piece, "".join(texts))


def _space(before: str, after: str, gap: float) -> str:
    """Return the space between characters of Latin words that are only set apart."""
    latin = bool(re.match(r"[A-Za-z]", before) and re.match(r"[A-Za-z]", after))
    return " " if latin and gap > 0.15 else ""


def _trimmed(piece: _Piece, text: str) -> Iterator[_Piece]:
    """Yield the piece with ``text`` and its edges, without white space and hanging marks."""
    stripped = text.strip()
    if not stripped:
        return
    opening = text[: len(text) - len(text.lstrip())]
    hanging = stripped[len(stripped.rstrip(_HANGING)) :]
    piece.x0 += _width(opening) * piece.size
    piece.x1 = piece.end - _width(hanging) * piece.size
    piece.text = stripped
    yield piece


def _width(text: str) -> float:
    """Return the usual width of ``text`` in parts of its size."""
    return sum(0.5 if char.isascii() else 1.0 for char in text)


def _without_furniture(pages: list[list[_Piece]]) -> Iterator[list[_Piece]]:
    """Yield each page's pieces but for page numbers and running heads."""
    running = _running_heads(pages)
    left = [[p for p in pieces if id(p) not in running] for pieces in pages]
    numbers = _page_numbers(left)
    for pieces in left:
        yield [piece for piece in pieces if id(piece) not in numbers]


def _running_heads(pages: list[list[_Piece]]) -> set[int]:
    """Return the ids of what opens or closes most pages, the same or with a number counting."""
    if len(pages) < 3:
        return set()
    found = [
        [(piece, _running_keys(piece, number)) for line in _edges(pieces) for piece in line]
        for number, pieces in enumerate(pages)
    ]
    seen = Counter(key for page in found for key in {key for _, keys in page for key in keys})
    return {
        id(piece)
        for page in found
        for piece, keys in page
        if any(2 * seen[key] > len(pages) for key in keys)
    }


def _running_keys(piece: _Piece, page: int) -> list[tuple[object, ...]]:
    """Return what a running head on another page has in common with this one."""
    text = re.sub(r"\s", "", piece.text)
    form = re.sub(r"\d+", "0", text)
    is_short = len(text) < _FEW_CHARACTERS
    if not re.search(r"[^\W\d_]", form) or (is_short and _SENTENCE_MARK.search(text)):
        return []
    keys: list[tuple[object, ...]] = [(text,)]
    numbers = re.findall(r"\d{1,9}", text)
    if len(numbers) <= _FEW_NUMBERS:
        for place, number in enumerate(numbers):
            others = (*numbers[:place], *numbers[place + 1 :])
            keys.append((form, place, int(number) - page, others))
    return keys


@dataclass(frozen=True, slots=True)
class _PageNumber:
    """What may be the number of a page, at its head or foot."""

    pieces: list[_Piece]
    number: int
    page: int
    at_foot: bool
    gap: float
    is_marked: bool
    is_aside: bool


def _page_numbers(pages: list[list[_Piece]]) -> set[int]:
    """Return the ids of the pieces of page numbers.

    A number that ends a sentence stands under its lines and counts nothing: digits are a
    page number if they stand apart and count up with the pages, a number that is alone
    if it is the page's own, far below the text.
    """
    found = [c for page, pieces in enumerate(pages, start=1) for c in _candidates(pieces, page)]
    ours = {id(piece) for candidate in found for piece in candidate.pieces}
    pitch = _pitch(piece for pieces in pages for piece in pieces if id(piece) not in ours)
    counting = Counter((c.at_foot, c.number - c.page) for c in found)

    def is_page_number(it: _PageNumber) -> bool:
        if counting[it.at_foot, it.number - it.page] > 1:
            return it.is_marked or it.is_aside or it.gap > _APART * pitch
        return it.number == it.page and it.at_foot and (it.is_marked or it.gap > _FAR * pitch)

    return {id(piece) for it in found if is_page_number(it) for piece in it.pieces}


def _candidates(pieces: list[_Piece], page: int) -> Iterator[_PageNumber]:
    """Yield the first and the last line of a page if they have the form of a page number."""
    for at_foot, line in enumerate(_edges(pieces)):
        text = " ".join(piece.text for piece in sorted(line, key=lambda piece: piece.x0))
        marked = _MARKED_NUMBER.fullmatch(text)
        match = marked or _PLAIN_NUMBER.fullmatch(text)
        if not match:
            continue
        own = {id(piece) for piece in line}
        rest = [piece for piece in pieces if id(piece) not in own]
        first = min(line, key=lambda piece: piece.x0)
        # The indent of a paragraph is two characters wide.
        near = 2.5 * max((piece.size for piece in rest), default=0.0)
        yield _PageNumber(
            pieces=line,
            number=int(next(filter(None, match.groups()))),
            page=page,
            at_foot=bool(at_foot),
            gap=min((abs(piece.y0 - first.y0) for piece in rest), default=0.0),
            is_marked=marked is not None,
            is_aside=all(abs(piece.x0 - first.x0) > near for piece in rest),
        )


def _pitch(pieces: Iterable[_Piece]) -> float:
    """Return the usual distance of lines; pieces come as drawn, mostly line by line."""
    sizes: list[float] = []
    distances: list[float] = []
    for one, other in pairwise(pieces):
        sizes.append(one.size)
        if 0.5 * one.size < one.y0 - other.y0 < 4 * one.size:
            distances.append(one.y0 - other.y0)
    return median(distances) if distances else 2 * median(sizes or [0.0])


def _edges(pieces: list[_Piece]) -> Iterator[list[_Piece]]:
    """Yield the pieces of the first and of the last line of a page."""
    if pieces:
        for edge in (max(p.y0 for p in pieces), min(p.y0 for p in pieces)):
            yield [piece for piece in pieces if abs(piece.y0 - edge) < 0.5 * piece.size]


def _reading_order(pieces: list[_Piece], page: int) -> Iterator[_Row]:
    """Yield rows: columns from left to right, within bands from top to bottom."""
    for number, column in enumerate(_columns(pieces)):
        lines = list(_rows(column))
        left, right = _measure(lines)
        for row in lines:
            text = row[0].text
            size = max(piece.size for piece in row)
            gaps = [other.x0 - one.end for one, other in pairwise(row)]
            for gap, piece in zip(gaps, row[1:], strict=True):
                text += ("" if gap < 0.3 * size else " ") + piece.text
            tabular = max(gaps, default=0) > _CELL_GAP * size
            end = max(piece.end for piece in row)
            place = (page, number)
            yield _Row(text, row[0].x0, end, tabular, size, left, right, place, page)


def _measure(lines: list[list[_Piece]]) -> tuple[float, float]:
    """Return the left and the right edge of a column of lines.

    Larger lines, as headlines are, do not count if most of the others are about as long
    as the longest of them, as those of paragraphs are.
    """
    spans = [
        (line[0].x0, max(piece.x1 for piece in line), max(piece.size for piece in line))
        for line in lines
    ]
    usual = median(size for *_, size in spans)
    body = [(x0, x1) for x0, x1, size in spans if size <= _LARGER * usual]
    right = max(x1 for _, x1 in body)
    full = sum(right - x1 < _RAGGED * usual for _, x1 in body)
    if len(body) >= _FEW_LINES and 2 * full > len(body):
        return min(x0 for x0, _ in body), right
    return min(x0 for x0, *_ in spans), max(x1 for _, x1, _ in spans)


def _columns(pieces: list[_Piece]) -> Iterator[list[_Piece]]:
    """Cut pieces into columns, each of which is read from top to bottom.

    From the top, as many lines as leave a gutter free from top to bottom are cut along it;
    a line that crosses the gutter stands for itself, and so does a headline.
    """
    if not pieces:
        return
    bands = _bands(pieces)
    if len(bands) > _MAX_BANDS:
        yield pieces
        return
    whole = (min(piece.x0 for piece in pieces), max(piece.x1 for piece in pieces))
    large = _HEADLINE * median(piece.size for piece in pieces)
    spans = [
        [whole] if min(p.size for p in band) > large else [(p.x0, p.x1) for p in band]
        for band in bands
    ]
    single: list[_Piece] = []
    start = 0
    while start < len(bands):
        end, parts = _longest_split(bands, spans, start, whole)
        if not parts:
            single += bands[start]
            start += 1
            continue
        if single:
            yield single
            single = []
        for part in parts:
            yield from _columns(part)
        start = end
    if single:
        yield single


def _bands(pieces: list[_Piece]) -> list[list[_Piece]]:
    """Group pieces, top to bottom, so that a horizontal line fits between the groups."""
    bands: list[list[_Piece]] = []
    bottom = 0.0
    for piece in sorted(pieces, key=lambda piece: -piece.y1):
        # Line boxes may touch a little without standing in one line.
        if bands and piece.y1 - 0.2 * piece.size > bottom:
            bands[-1].append(piece)
            bottom = min(bottom, piece.y0)
        else:
            bands.append([piece])
            bottom = piece.y0
    return bands


def _longest_split(
    bands: list[list[_Piece]],
    spans: list[list[tuple[float, float]]],
    start: int,
    whole: tuple[float, float],
) -> tuple[int, list[list[_Piece]]]:
    """Return the most bands from ``start`` on that have a gutter, cut along their gutters.

    ``spans`` are the edges that count for each band, ``whole`` those of all bands: where a
    line reaches them, no gutter can come.
    """
    covered: list[tuple[float, float]] = []
    best = start
    for end in range(start, len(bands)):
        covered = _merged(covered + spans[end])
        if len(covered) > _MAX_COLUMNS:
            break
        if len(covered) > 1:
            best = end + 1
        elif best > start or covered == [whole]:
            break
    # What stands in the gutter itself, such as a small running foot, ends the columns above it.
    for shorter in range(best, max(start, best - _STRAY_BANDS), -1):
        pieces = [piece for band in bands[start:shorter] for piece in band]
        edges = _merged([(piece.x0, piece.x1) for piece in pieces])
        parts = [[p for p in pieces if x0 <= p.x0 <= x1] for x0, x1 in edges]
        if len(parts) > 1 and all(map(_is_column, parts)):
            return shorter, parts
    return start, []


def _merged(intervals: list[tuple[float, float]]) -> list[tuple[float, float]]:
    merged: list[tuple[float, float]] = []
    for x0, x1 in sorted(intervals):
        if merged and x0 <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], x1))
        else:
            merged.append((x0, x1))
    return merged


def _is_column(pieces: list[_Piece]) -> bool:
    """Say whether this is running text; the cells of a table are not, and read row by row."""
    return len(list(_rows(pieces))) > 1 and median(_width(p.text) for p in pieces) >= 8


def _rows(pieces: list[_Piece]) -> Iterator[list[_Piece]]:
    """Yield the pieces of each line of a column, from left to right."""
    row: list[_Piece] = []
    for piece in sorted(pieces, key=lambda piece: -(piece.y0 + piece.y1)):
        if row and abs((piece.y0 + piece.y1) - (row[0].y0 + row[0].y1)) > row[0].size:
            yield sorted(row, key=lambda piece: piece.x0)
            row = []
        row.append(piece)
    if row:
        yield sorted(row, key=lambda piece: piece.x0)


def _widened(rows: list[_Row]) -> list[_Row]:
    """Give columns of so few lines that none may be full the width of others at their edge."""
    lines = Counter(row.column for row in rows)

    def widened(row: _Row) -> _Row:
        if lines[row.column] >= _FEW_LINES:
            return row
        likes = [edge for left, edge in edges if abs(left - row.left) < row.size]
        return replace(row, right=max(likes, default=row.right))

    edges = {(row.left, row.right) for row in rows}
    return [widened(row) for row in rows]


def _paragraphs(rows: list[_Row]) -> Iterator[list[tuple[str, Part]]]:
    """Yield paragraphs, each one line, with a part for each page it stands on."""
    indenting = {row.column for row in rows if _indented(row)}
    line: list[tuple[str, Part]] = []
    number = 0
    previous: _Row | None = None
    for row in rows:
        if previous is None or not _goes_on(previous, row, indenting):
            if line:
                yield line
            line = []
            number += 1
        gap = _gap(previous.text, row.text) if previous and line else ""
        if line and line[-1][1][3] == row.page:
            before, (text, *_) = line[-1]
            line[-1] = (before, (text + gap + row.text, number, "paragraph", row.page))
        else:
            line.append((gap, (row.text, number, "paragraph", row.page)))
        previous = row
    if line:
        yield line


def _goes_on(row: _Row, after: _Row, indenting: set[tuple[int, int]]) -> bool:
    """Say whether ``after`` goes on with the paragraph of ``row``."""
    if row.tabular or after.tabular or _indented(after):
        return False
    if abs(row.size - after.size) > 0.1 * row.size:
        return False
    token = _TOKEN.match(after.text)
    room = row.right - row.end
    if room > (_width(token[0] if token else "") + _SLACK) * row.size:
        return False
    return not _SENTENCE_END.search(row.text) or {row.column, after.column} <= indenting


def _indented(row: _Row) -> bool:
    return row.x0 - row.left > 0.8 * row.size


def _gap(before: str, after: str) -> str:
    """Return the white space that the end of a line stands for: between Latin words only."""
    ends = before[-1:] + after[:1]
    return " " if ends.isascii() and ends.isalnum() and not ends.isdigit() else ""
