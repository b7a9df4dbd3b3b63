"""What the commands say on the terminal, and the statuses that they end with."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, NoReturn

import typer
from rich.console import Console

if TYPE_CHECKING:
    from rich.table import Table

#: The rest was done, but something could not be read or breaks the scheme.
INCOMPLETE = 1
NOTHING_DONE = 2
STOPPED = 130

# rich would take the "[/x]" of a name for markup, and the ":100:" of a place for an emoji.
STDERR = Console(stderr=True, markup=False, emoji=False)


def prepare_stdout() -> None:
    """Let no character end a command that standard output cannot hold.

    A file or another program gets UTF-8 and the line ends as written, whatever the
    system's; a terminal keeps its encoding and shows "?" for what that lacks.
    """
    if not isinstance(sys.stdout, io.TextIOWrapper):
        return  # closed, or replaced by who calls us
    if sys.stdout.isatty():
        sys.stdout.reconfigure(errors="replace")
    else:
        # Names of files may hold what is no text.
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", newline="")


def say(line: str) -> None:
    """Print a line on standard error."""
    STDERR.print(line, highlight=False, soft_wrap=True)


def count(number: int, noun: str) -> str:
    """Return a number with its noun, in the singular or the plural."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def complain(failures: Iterable[str]) -> None:
    """Name on standard error what went wrong."""
    for failure in failures:
        STDERR.print(f"error: {failure}", style="red", highlight=False, soft_wrap=True)


def give_up(error: Exception, failures: Iterable[str] = ()) -> NoReturn:
    """End the command because of ``error``, after naming what failed before."""
    complain([*failures, str(error)])
    raise typer.Exit(NOTHING_DONE) from error


def print_table(table: Table, *, width: int) -> None:
    """Print a table, ``width`` characters wide where standard output is no terminal."""
    console = Console(markup=False, emoji=False)
    if not console.is_terminal:
        console.width = width
    console.print(table)
