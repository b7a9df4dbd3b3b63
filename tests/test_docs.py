"""Every example that is printed is run."""

from __future__ import annotations

import doctest
import re
import shutil

import pandas as pd
import pytest
from typer.testing import CliRunner

import unionie
from unionie import quantities
from unionie.check import RULES
from unionie.cli import app


@pytest.fixture
def readme(root) -> str:
    return (root / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("module", [unionie, quantities])
def test_examples_in_docstrings(module):
    assert doctest.testmod(module).attempted > 0
    assert doctest.testmod(module).failed == 0


def test_first_example_of_the_readme_gives_the_table_below_it(readme):
    code, table = re.search(r"```python\n(>>> .*?)```\n\n(.*?)\n\n", readme, re.DOTALL).groups()
    lines = [line[4:] for line in code.splitlines()]
    scope: dict = {}
    exec("\n".join(lines[:-1]), scope)
    frame = eval(lines[-1], scope)
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in table.splitlines()
        if not line.startswith("|---")
    ]
    expected = pd.DataFrame(rows[1:], columns=rows[0])
    expected["value"] = expected["value"].astype("float64")
    assert frame.astype(object).values.tolist() == expected.astype(object).values.tolist()
    assert list(frame.columns) == list(expected.columns)


def test_readme_names_only_files_that_exist(readme, root):
    for path in re.findall(r"`((?:unionie|training|annotations|seeds|docs)/[\w./-]*)`", readme):
        assert (root / path).exists(), path


def test_every_rule_of_the_checker_is_described(root):
    card = (root / "annotations" / "README.md").read_text(encoding="utf-8")
    for name, _, _ in RULES:
        assert f"`{name}`" in card


def test_commands_of_the_page_on_annotation_tools_run(root, tmp_path, monkeypatch):
    page = (root / "docs" / "annotation-tools.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```bash\n(.*?)```", page, re.DOTALL)
    commands = [
        line.split("#")[0].split()[1:]
        for block in blocks
        for line in block.splitlines()
        if line.startswith("unionie ")
    ]
    exchange = root / "tests" / "data" / "exchange"
    for name in ("reports", "annotations", "data"):
        (tmp_path / name).mkdir()
    (tmp_path / "reports" / "a.txt").write_text("市总工会发展会员22万人。", encoding="utf-8")
    shutil.copy(exchange / "reports.jsonl", tmp_path / "annotations")
    shutil.copy(exchange / "label-studio-1.23.2.json", tmp_path / "export.json")
    monkeypatch.chdir(tmp_path)
    for command in commands:
        result = CliRunner().invoke(app, command)
        assert result.exit_code == 0, (command, result.stderr)
    assert {command[0] for command in commands} == {"labels", "export", "import", "suggest"}
