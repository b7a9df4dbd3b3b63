"""Every example that is printed is run."""

from __future__ import annotations

import doctest
import re
import shlex
import shutil

import docx
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

import unionie
from unionie import quantities
from unionie.annotation import dump_annotations
from unionie.check import RULES
from unionie.cli import app
from unionie.own_labels import read_labels


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


def test_examples_of_files(root, tmp_path, monkeypatch):
    (tmp_path / "reports").mkdir()
    for place in (tmp_path / "武威市总工会2021年工作报告.docx", tmp_path / "reports" / "a.docx"):
        word = docx.Document()
        word.add_paragraph("5年来,武威市总工会帮扶困难职工3496户、1588万元。")
        word.save(str(place))
    monkeypatch.chdir(tmp_path)
    page = (root / "docs" / "files.md").read_text(encoding="utf-8")
    scope: dict = {"unionie": unionie}
    for code in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(code, scope)
    assert (tmp_path / "table.xlsx").exists()
    assert unionie.from_doc(scope["doc"]) == scope["report"]


def test_example_of_the_notebook_page_writes_a_page(root, tmp_path, monkeypatch):
    page = (root / "docs" / "notebook.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    scope: dict = {}
    exec(code, scope)
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == scope["page"]


def test_readme_names_only_files_that_exist(readme, root):
    for path in re.findall(r"`((?:unionie|training|annotations|seeds|docs)/[\w./-]*)`", readme):
        assert (root / path).exists(), path


def test_every_rule_of_the_checker_is_described(root):
    card = (root / "annotations" / "README.md").read_text(encoding="utf-8")
    for name, _, _ in RULES:
        assert f"`{name}`" in card


def commands(text: str) -> list[list[str]]:
    blocks = re.findall(r"```bash\n(.*?)```", text, re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("unionie ")]


@pytest.mark.parametrize("page", ["retrain.md", "evaluate.md"])
def test_commands_in_the_guides_are_understood(root, page):
    found = commands((root / "docs" / page).read_text(encoding="utf-8"))
    assert found
    group = typer.main.get_command(app)
    for name, *arguments in found:
        group.commands[name].make_context(name, arguments)


def test_the_declaration_in_the_guide_is_one(root, tmp_path):
    page = (root / "docs" / "retrain.md").read_text(encoding="utf-8")
    (declaration,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    (tmp_path / "mine.toml").write_text(declaration, encoding="utf-8")
    assert read_labels(tmp_path / "mine.toml").added_single == ("AT",)


def test_the_guide_to_evaluation_runs(root, tmp_path, small_model, paragraphs, monkeypatch):
    page = (root / "docs" / "evaluate.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (tmp_path / "test").mkdir()
    text = dump_annotations(paragraphs)
    (tmp_path / "test" / "gold.jsonl").write_text(text, encoding="utf-8")
    (tmp_path / "mymodel").symlink_to(small_model)
    monkeypatch.chdir(tmp_path)
    scope: dict = {"unionie": unionie}
    exec(code, scope)
    assert scope["evaluation"].score("entities, strict").counts.f1 == 1


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
