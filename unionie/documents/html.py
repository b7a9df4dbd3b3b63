"""Web pages: the running text, without navigation, menus, advertisements and imprint.

jusText tells running text from page furniture, by the length of the blocks, the share of
links in them, and their neighbours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import justext
from lxml.etree import LxmlError

from unionie.document import Document, Kind, Part, join_lines
from unionie.errors import InputError
from unionie.reading import read_text

# jusText's settings for Chinese, which says in 40 characters what takes 100 in English,
# and of whose function words, written without spaces, no list can be kept.
_SETTINGS = {
    "length_low": 15,
    "length_high": 40,
    "stopwords_low": 0.0,
    "stopwords_high": 0.0,
    "max_link_density": 0.3,
}
# Words of menus and imprints, where they are no part of others (版权所有者, ICP备案企业).
_FURNITURE = re.compile(
    r"版权所有(?![者人权])|^copyright|copyright\s*(?:\(c\)|\d{4})|©|icp[备证](?!案[^\W\d号])"
    r"|公网安备(?!案)|all rights reserved|责任编辑\s*[:：]|浏览次数\s*[:：\d]"
    r"|^[上下]一[篇条](?!\w)|打印本页|关闭窗口|您(?:现)?在的位置|当前位置\s*[:：]",
    re.IGNORECASE,
)
_SENTENCE_MARK = re.compile("[。；！？;]")
# jusText takes a single <br> for a space, but it ends a paragraph where pages have no <p>.
_BREAK = re.compile(r"<br\b[^>]*>", re.IGNORECASE)
_CELL = re.compile(r"(.*/tr\[\d+\])/t[dh]\[\d+\]")


def read(path: Path) -> Document:
    """Read an .html file.

    Raises:
        InputError: the file is broken, or there is no running text in it.

    """
    source = _BREAK.sub("<br><br>", read_text(path))
    try:
        found = justext.justext(source, frozenset(), **_SETTINGS) if source.strip() else []
    except (LxmlError, justext.core.JustextError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: broken page ({error}); save its text as .txt") from error
    text, blocks = join_lines(_lines(found))
    if not blocks:
        raise InputError(f"{path}: no running text in this page; save the report's text as .txt")
    return Document(text, blocks, str(path))


def _lines(paragraphs: list[Any]) -> Iterator[list[tuple[str, Part]]]:
    kept = list(_kept(paragraphs))
    number = 0
    for row, group in groupby(kept, key=lambda paragraph: _row(paragraph.xpath)):
        cells = list(group)
        lines = [cells] if row and len(cells) > 1 else [[cell] for cell in cells]
        for line in lines:
            parts: list[tuple[str, Part]] = []
            for cell in line:
                number += 1
                kind: Kind = "cell" if len(line) > 1 else "paragraph"
                text = " ".join(cell.text.split())
                parts.append(("\t" if parts else "", (text, number, kind, None)))
            yield parts


def _row(xpath: str) -> str:
    """Return the table row that a block is a cell of, the empty string if of none."""
    match = _CELL.fullmatch(xpath)
    return match[1] if match else ""


def _kept(paragraphs: list[Any]) -> Iterator[Any]:
    """Yield running text, and the short cells of tables that stand within it."""
    good = [n for n, paragraph in enumerate(paragraphs) if not paragraph.is_boilerplate]
    for number, paragraph in enumerate(paragraphs):
        if _is_furniture(paragraph.text) or not paragraph.text.strip():
            continue
        within = bool(good) and good[0] < number < good[-1]
        short = paragraph.cf_class == "short" and paragraph.links_density() == 0
        if not paragraph.is_boilerplate or (within and short):
            yield paragraph


def _is_furniture(text: str) -> bool:
    """Say whether a block is part of a menu or imprint; those hold no sentences."""
    return bool(_FURNITURE.search(text.strip())) and not _SENTENCE_MARK.search(text)
