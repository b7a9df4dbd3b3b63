from __future__ import annotations

import pytest
from rich.table import Table

from unionie.cli_output import print_table, say

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
