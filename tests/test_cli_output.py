from __future__ import annotations

import io

import pytest
from rich.table import Table

from unionie.cli_output import prepare_stdout, print_table, say

NAMES = ["d[/x].txt", "甘肃[final]报告.txt", "a.txt:100:0"]


@pytest.mark.parametrize("name", NAMES)
def test_names_are_no_markup(capsys, name):
    say(name)
    table = Table("label", title=name)
    table.add_row(name)
    print_table(table, width=60)
    captured = capsys.readouterr()
    assert captured.err == f"{name}\n"
    assert captured.out.count(name) == 2


class Output(io.TextIOWrapper):
    """Standard output of a system whose encoding is not UTF-8 and whose line end is not \\n."""

    def __init__(self, encoding: str, *, terminal: bool) -> None:
        super().__init__(io.BytesIO(), encoding=encoding, newline="\r\n")
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


@pytest.mark.parametrize(
    ("encoding", "terminal", "printed"),
    [
        ("gbk", False, "职工😀\\udcff\r\n".encode()),
        ("cp1252", False, "职工😀\\udcff\r\n".encode()),
        ("gbk", True, "职工??\r\r\n".encode("gbk")),
        ("cp1252", True, b"????\r\r\n"),
    ],
)
def test_no_character_ends_a_command(monkeypatch, encoding, terminal, printed):
    output = Output(encoding, terminal=terminal)
    monkeypatch.setattr("sys.stdout", output)
    prepare_stdout()
    print("职工😀\udcff\r")
    output.flush()
    assert output.buffer.getvalue() == printed
