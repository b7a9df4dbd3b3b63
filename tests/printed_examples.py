"""Running the examples that a Markdown page prints, one after the other.

* ``python`` blocks and the cells of notebooks are executed. A block that begins with
  ``>>>`` is a doctest; if its last line prints nothing and a table follows, it gives that table.
* ``console`` blocks hold ``$ unionie …`` and, if it matters, what is printed then, where
  ``...`` stands for anything. In ``bash`` blocks the lines that begin with ``unionie`` are run
  too; the others set things up and are not.
* What cannot be run says why: ``<!-- skip: next "needs a browser" -->`` above the block.
"""

from __future__ import annotations

import doctest
import re
import shlex
from contextlib import suppress
from pathlib import Path
from unittest import SkipTest

import pandas as pd
from sybil import Example, Sybil
from sybil.parsers.myst import CodeBlockParser, SkipParser
from typer.testing import CliRunner

import unionie
from unionie.cli import app

_LENIENT = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
_TABLE = re.compile(r"\s*((?:\|.*\|\n)+)")
_RULE = re.compile(r"\|(?:\s*:?-+:?\s*\|)+")
_COMMAND = re.compile(r"^\$ (.*)\n?((?:(?!\$ ).*\n?)*)", re.MULTILINE)
_REASON = re.compile(r"<!--+\s*skip:\s*(?:next|start)(?!\s+\S*\")")


def run_page(page: Path) -> None:
    """Run every example of ``page`` in the current folder.

    Raises:
        AssertionError: an example fails, or is skipped without a reason.

    """
    assert not _REASON.search(page.read_text(encoding="utf-8")), f"{page}: a skip without reason"
    parsers = [
        CodeBlockParser("python", _run_python),
        CodeBlockParser("console", _run_console),
        CodeBlockParser("bash", _run_bash),
        SkipParser(),
    ]
    document = Sybil(parsers, path=str(page.parent)).parse(page)
    document.namespace["unionie"] = unionie
    for example in document.examples():
        with suppress(SkipTest):
            example.evaluate()


def _run_python(example: Example) -> str | None:
    source = str(example.parsed)
    if not source.startswith(">>>"):
        lines = "\n" * (example.line + example.parsed.line_offset)
        exec(compile(lines + source, example.path, "exec"), example.namespace)
        return None
    steps = doctest.DocTestParser().get_examples(source)
    table = _TABLE.match(example.document.text, example.end)
    shown = steps.pop() if table and not steps[-1].want else None
    test = doctest.DocTest(steps, {}, example.path, example.path, example.line, None)
    test.globs = example.namespace
    complaints: list[str] = []
    doctest.DocTestRunner(optionflags=_LENIENT).run(test, out=complaints.append, clear_globs=False)
    if table and shown:
        complaints += _compare(eval(shown.source, example.namespace), table[1])
    return "".join(complaints) or None


def _compare(frame: pd.DataFrame, table: str) -> list[str]:
    head, *rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in table.splitlines()
        if not _RULE.fullmatch(line)
    ]
    cells = [["" if pd.isna(cell) else _printed(cell) for cell in row] for row in frame.to_numpy()]
    got = [list(map(str, frame.columns)), *cells]
    return [] if got == [head, *rows] else [f"the table is now {got}"]


def _printed(cell: object) -> str:
    return f"{cell:.15g}" if isinstance(cell, float) else str(cell)


def _run_console(example: Example) -> str | None:
    for command, expected in _COMMAND.findall(str(example.parsed)):
        if complaint := _run_command(command, expected):
            return complaint
    return None


def _run_bash(example: Example) -> str | None:
    for command in str(example.parsed).splitlines():
        if command.startswith("unionie ") and (complaint := _run_command(command, "")):
            return complaint
    return None


def _run_command(command: str, expected: str) -> str | None:
    name, *arguments = shlex.split(command, comments=True)
    if name != "unionie":
        return f"only unionie is run in a console block, not {name}"
    result = CliRunner().invoke(app, arguments)
    if result.exit_code:
        return f"{command}\nends with {result.exit_code}: {result.output}{result.exception!r}"
    example = doctest.Example(command, expected)
    checker = doctest.OutputChecker()
    if expected.strip() and not checker.check_output(example.want, result.output, _LENIENT):
        return checker.output_difference(example, result.output, _LENIENT)
    return None
