"""Writing reports: tables for the terminal, JSON Lines, CSV; files appear whole or not at all."""

from __future__ import annotations

import csv
import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Protocol, TextIO

from rich.console import Console
from rich.table import Table

from unionie.figures import Figure
from unionie.report import COLUMNS, Report

#: The columns of a file of figures: the file's name, then those of :meth:`Report.to_frame`.
FILE_COLUMNS = ("file", *COLUMNS)


@dataclass(frozen=True, slots=True)
class NamedReport:
    """A report and the name of the file it came from."""

    name: str
    report: Report


_LEGEND = "(in brackets) inherited from the text around; ≥ at least, ≤ at most, ≈ about, ? unread"


class Writer(Protocol):
    """Writes reports to a text stream."""

    def __call__(self, reports: Iterable[NamedReport], stream: IO[str]) -> None:
        """Write ``reports`` to ``stream``."""


def write_jsonl(reports: Iterable[NamedReport], stream: IO[str]) -> None:
    """Write one JSON object a report: ``file``, then the keys of :meth:`Report.to_dict`."""
    for item in reports:
        record = {"file": item.name} | item.report.to_dict()
        stream.write(json.dumps(record, ensure_ascii=False) + "\n")


def write_csv(reports: Iterable[NamedReport], stream: IO[str]) -> None:
    """Write one row for each figure and indicator, numbers exact and in base units."""
    writer = csv.DictWriter(stream, FILE_COLUMNS, lineterminator="\n")
    writer.writeheader()
    for item in reports:
        for row in item.report.rows():
            writer.writerow({"file": item.name} | {key: _plain(cell) for key, cell in row.items()})


def write_table(reports: Iterable[NamedReport], stream: IO[str]) -> None:
    """Write one table a report for reading on a terminal.

    What a sentence does not state but the text before it does stands in brackets.
    """
    console = Console(file=stream, soft_wrap=False)
    if not console.is_terminal:
        console.width = 160
    for item in reports:
        table = Table(title=item.name, title_justify="left", caption=_LEGEND, expand=False)
        for column in ("indicator", "figure", "value", "unit", "organisation", "period"):
            table.add_column(column, justify="right" if column == "value" else "left")
        table.add_column("programmes")
        for figure in item.report.figures:
            table.add_row(*_cells(figure))
        console.print(table)


#: Format name -> its writer, in the order of the command line's help.
WRITERS: dict[str, Writer] = {"table": write_table, "jsonl": write_jsonl, "csv": write_csv}


def _cells(figure: Figure) -> Iterator[str]:
    yield "、".join(indicator.text for indicator in figure.indicators)
    yield figure.entity.text
    yield _span(figure)
    yield "/".join(part for part in (figure.unit, figure.per) if part)
    for entity, status in (
        (figure.organisation, figure.organisation_status),
        (figure.period, figure.period_status),
    ):
        text = entity.text if entity else ""
        yield f"({text})" if status == "inherited" else text
    yield "、".join(programme.text for programme in figure.programmes)


def _span(figure: Figure) -> str:
    if figure.approx == "unread":
        return "?"
    if figure.approx == "between":
        return f"{figure.low:,} – {figure.high:,}"
    sign = {"exact": "", "about": "≈ ", "at_least": "≥ ", "at_most": "≤ "}[figure.approx]
    return f"{sign}{figure.value:,}"


def _plain(cell: Any) -> Any:
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return round(cell, 4) if isinstance(cell, float) else cell


@contextmanager
def replacing(path: Path, *, encoding: str) -> Iterator[TextIO]:
    """Open a stream whose text takes the place of ``path`` when the block ends well.

    If the block raises, whatever stood at ``path`` stays.
    """
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(handle, "w", encoding=encoding, newline="") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
