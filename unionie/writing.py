"""Writing reports: tables for the terminal, CSV, Excel, JSON Lines, spaCy's DocBin.

Files appear whole or not at all.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

from rich.console import Console
from rich.table import Table

from unionie.columns import COLUMNS, MEANINGS
from unionie.durable import replacing
from unionie.errors import UnionieError, needs_extra
from unionie.figure_text import LEGEND, number_text, unit_text, with_status
from unionie.figures import Figure
from unionie.report import Report, check_many


class Format(StrEnum):
    """What reports are written as, in the order of the command line's help."""

    TABLE = "table"
    JSONL = "jsonl"
    CSV = "csv"
    XLSX = "xlsx"
    SPACY = "spacy"


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be read, and why; as a str both, as an error's message has them."""

    file: str
    error: str

    def __str__(self) -> str:
        return f"{self.file}: {self.error}"


# A spreadsheet takes a cell that begins so for a formula, full-width signs included.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
_QUOTE = "'"

_EXCEL_ROWS = 1_048_576
_EXCEL_TEXT = 32_767
# xlsxwriter escapes controls, but not these, and then no program opens the file.
_NO_XML = re.compile("[\ufffe\uffff\ud800-\udfff]")
_WIDTHS = {"file": 28, "region": 18, "indicator": 22, "organisation": 26, "period": 16}
_WIDTHS |= {"figure": 14, "value": 16, "low": 16, "high": 16, "programmes": 26, "sentence": 60}
_WIDTHS |= {"error": 60, "column": 20, "meaning": 110}
_NARROW = 11
_AMOUNTS = {"value", "low", "high"}


def write(
    reports: Iterable[Report],
    path: str | Path,
    *,
    failures: Iterable[Failure] = (),
    format: str | None = None,  # noqa: A002
) -> None:
    """Write reports to a file, in the format of its suffix.

    ``.csv``, ``.xlsx`` and ``.txt`` (a table to look at) hold figures, ``.jsonl`` and
    ``.spacy`` (a DocBin) whole reports. The file appears when it is complete; if this
    raises, whatever stood at ``path`` stays.

    A ``.xlsx`` file holds the meanings of the columns too, in the sheet ``columns``.

    Args:
        reports: taken one after the other; only ``.spacy`` holds all of them at once.
        path: the file to write.
        failures: what could not be read, asked for after the last report. It becomes the
            sheet ``errors`` in ``.xlsx``, lines ``{"file": …, "error": …}`` at the end of
            ``.jsonl``, and the file ``NAME.errors.csv`` beside ``NAME.csv``; that file is
            removed if there are none. Other formats have no room for it.
        format: one of :class:`Format`; by default that of the suffix.

    Raises:
        UnionieError: the suffix or the format is unknown, or the format cannot hold so
            many rows.
        MissingExtraError: the library that writes this format is not installed.
        TypeError: ``reports`` is one Report.

    """
    check_many(reports)
    path = Path(path)
    _FILES[_chosen(path, format)](reports, failures, path)


def check_output(path: Path, format: str | None = None) -> None:  # noqa: A002
    """Raise now what :func:`write` would only raise when the reports are done.

    Raises:
        UnionieError: the folder of ``path`` does not exist, ``path`` is a folder, or the
            suffix or the format is unknown.
        MissingExtraError: the library that writes this format is not installed.

    """
    if not path.absolute().parent.is_dir():
        raise UnionieError(f"{path}: the folder {path.parent} does not exist")
    if path.is_dir():
        raise UnionieError(f"{path}: this is a folder; name a file, as {path / 'figures.xlsx'}")
    if _chosen(path, format) == Format.XLSX:
        _xlsxwriter()


def _chosen(path: Path, format: str | None) -> str:  # noqa: A002
    if format is None:
        return format_of(path)
    if format not in tuple(Format):
        raise UnionieError(f"{format!r} is no format; choose one of {', '.join(Format)}")
    return format


def format_of(path: Path) -> str:
    """Return the format that the suffix of ``path`` stands for.

    Raises:
        UnionieError: it stands for none.

    """
    suffix = path.suffix.lower()
    if suffix not in _SUFFIXES:
        known = ", ".join(_SUFFIXES)
        hint = f"; {_HINTS[suffix]}" if suffix in _HINTS else ""
        raise UnionieError(
            f"{path}: give it one of the suffixes {known}, or choose the format{hint}"
        )
    return _SUFFIXES[suffix]


def write_jsonl(reports: Iterable[Report], stream: IO[str]) -> None:
    """Write one JSON object a report, as of :meth:`Report.to_dict`."""
    for report in reports:
        stream.write(json.dumps(report.to_dict(), ensure_ascii=False) + "\n")


def write_csv(reports: Iterable[Report], stream: IO[str]) -> None:
    """Write one row for each figure and indicator, numbers exact and in base units.

    A text that a spreadsheet would take for a formula, or that begins with ', gets one '
    in front; numbers never do.
    """
    writer = csv.DictWriter(stream, COLUMNS)
    writer.writeheader()
    for report in reports:
        for row in report.rows():
            writer.writerow({key: _plain(cell) for key, cell in row.items()})


def write_table(reports: Iterable[Report], stream: IO[str]) -> None:
    """Write one table a report for reading on a terminal.

    What a sentence does not state but the text before it does stands in brackets.
    """
    # What stands in a report is no markup, and ":100:" in it no emoji.
    console = Console(file=stream, soft_wrap=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = 160
    for report in reports:
        table = Table(title=report.file, title_justify="left", caption=LEGEND, expand=False)
        for column in ("indicator", "figure", "value", "unit", "organisation", "period"):
            table.add_column(column, justify="right" if column == "value" else "left")
        table.add_column("programmes")
        for figure in report.figures:
            table.add_row(*_cells(figure))
        console.print(table)


def _cells(figure: Figure) -> Iterator[str]:
    yield "、".join(indicator.text for indicator in figure.indicators)
    yield figure.entity.text
    yield number_text(figure)
    yield unit_text(figure)
    for entity, status in (
        (figure.organisation, figure.organisation_status),
        (figure.period, figure.period_status),
    ):
        yield with_status(entity.text if entity else "", status)
    yield "、".join(programme.text for programme in figure.programmes)


def _plain(cell: Any) -> Any:
    if isinstance(cell, str):
        return _QUOTE + cell if cell.startswith((*_FORMULA, _QUOTE)) else cell
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return round(cell, 4) if isinstance(cell, float) else cell


def _write_text(
    write_stream: Callable[[Iterable[Report], IO[str]], None],
    reports: Iterable[Report],
    path: Path,
    *,
    encoding: str,
    failures: Iterable[Failure] = (),
) -> None:
    with replacing(path) as binary:
        stream = io.TextIOWrapper(binary, encoding=encoding, newline="")
        write_stream(reports, stream)
        for failure in failures:
            record = {"file": failure.file, "error": failure.error}
            stream.write(json.dumps(record, ensure_ascii=False) + "\n")
        stream.flush()
        stream.detach()


def _table_file(reports: Iterable[Report], failures: Iterable[Failure], path: Path) -> None:
    _write_text(write_table, reports, path, encoding="utf-8")


def _jsonl_file(reports: Iterable[Report], failures: Iterable[Failure], path: Path) -> None:
    _write_text(write_jsonl, reports, path, encoding="utf-8", failures=failures)


def _csv_file(reports: Iterable[Report], failures: Iterable[Failure], path: Path) -> None:
    _write_text(write_csv, reports, path, encoding="utf-8-sig")
    beside = path.with_suffix(".errors.csv")
    rows = [[_plain(failure.file), _plain(failure.error)] for failure in failures]
    if not rows:
        beside.unlink(missing_ok=True)
        return
    with replacing(beside) as binary:
        stream = io.TextIOWrapper(binary, encoding="utf-8-sig", newline="")
        csv.writer(stream).writerows([["file", "error"], *rows])
        stream.flush()
        stream.detach()


def _excel_file(reports: Iterable[Report], failures: Iterable[Failure], path: Path) -> None:
    library = _xlsxwriter()
    with replacing(path) as stream:
        # Rows go to the disk at once; the memory stays that of one row.
        book = library.Workbook(stream, {"constant_memory": True})
        try:
            rows = (row.values() for report in reports for row in report.rows())
            _sheet(book, "figures", COLUMNS, rows, path)
            _sheet(book, "columns", ("column", "meaning"), MEANINGS.items(), path)
            cells = [(failure.file, failure.error) for failure in failures]
            if cells:
                _sheet(book, "errors", ("file", "error"), cells, path)
        finally:
            book.close()


def _xlsxwriter() -> Any:
    with needs_extra("files", "writing .xlsx files"):
        import xlsxwriter
    return xlsxwriter


def _sheet(
    book: Any, name: str, columns: tuple[str, ...], rows: Iterable[Iterable[Any]], path: Path
) -> None:
    """Write a sheet whose strings are strings: no formulas, no links, no numbers."""
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 1)
    head = book.add_format({"bold": True, "bottom": 1})
    # With one format for both, whole numbers would end in a point.
    whole = book.add_format({"num_format": "#,##0"})
    broken = book.add_format({"num_format": "#,##0.####"})
    for column, title in enumerate(columns):
        sheet.set_column(column, column, _WIDTHS.get(title, _NARROW))
        sheet.write_string(0, column, title, head)
    number = 0
    for number, row in enumerate(rows, start=1):
        if number >= _EXCEL_ROWS:
            raise UnionieError(f"{path}: more rows than a sheet can hold; write a .csv file")
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(number, column, _NO_XML.sub("\ufffd", cell)[:_EXCEL_TEXT])
            elif cell is not None:
                amount = float(cell)
                style = whole if amount.is_integer() else broken
                sheet.write_number(
                    number, column, amount, style if columns[column] in _AMOUNTS else None
                )
    sheet.autofilter(0, 0, number, len(columns) - 1)


def _docbin_file(reports: Iterable[Report], failures: Iterable[Failure], path: Path) -> None:
    from spacy.tokens import DocBin

    from unionie.extraction import load
    from unionie.spacy_docs import to_doc

    nlp = load(exclude=["entities", "linker"])
    docs = DocBin(store_user_data=True)
    for report in reports:
        docs.add(to_doc(report, nlp))
    with replacing(path) as stream:
        stream.write(docs.to_bytes())


#: Format -> what writes it to a stream of text.
STREAMS: dict[str, Callable[[Iterable[Report], IO[str]], None]] = {
    Format.TABLE: write_table,
    Format.JSONL: write_jsonl,
    Format.CSV: write_csv,
}
_FILES: dict[str, Callable[[Iterable[Report], Iterable[Failure], Path], None]] = {
    Format.TABLE: _table_file,
    Format.JSONL: _jsonl_file,
    Format.CSV: _csv_file,
    Format.XLSX: _excel_file,
    Format.SPACY: _docbin_file,
}
#: The formats that have a row for each figure and indicator.
TABLES = (Format.CSV, Format.XLSX)
_SUFFIXES = {
    ".csv": Format.CSV,
    ".xlsx": Format.XLSX,
    ".jsonl": Format.JSONL,
    ".txt": Format.TABLE,
    ".spacy": Format.SPACY,
}
# Suffix of another format that is often wanted -> what there is.
_HINTS = {
    ".json": "JSON Lines, one object a report, is .jsonl",
    ".parquet": "in Python, unionie.to_frame(reports).to_parquet(path) writes Parquet",
    ".xls": "Excel is .xlsx",
}
