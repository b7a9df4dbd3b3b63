"""Every example that is printed is run."""

from __future__ import annotations

import doctest
import json
import re

import docx
import pandas as pd
import pytest
import spacy

import unionie
from unionie import quantities
from unionie.check import RULES


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


def test_the_example_of_trust_and_the_figures_of_fuzzing(root, tmp_path, monkeypatch, nlp):
    nlp.to_disk(tmp_path / "my-pipeline")
    monkeypatch.chdir(tmp_path)
    page = (root / "docs" / "trust.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    scope: dict = {"unionie": unionie, "spacy": spacy}
    exec(code, scope)
    assert scope["report"].text == "会员达5人。"
    done = json.loads((root / "docs" / "results" / "fuzz.json").read_text(encoding="utf-8"))
    for name in ("surfaces", "texts", "damaged_files", "damaged_files_refused", "failures"):
        assert f"| {done[name]:,} |" in page, name


def test_readme_names_only_files_that_exist(readme, root):
    for path in re.findall(r"`((?:unionie|training|annotations|seeds|docs)/[\w./-]*)`", readme):
        assert (root / path).exists(), path


def test_every_rule_of_the_checker_is_described(root):
    card = (root / "annotations" / "README.md").read_text(encoding="utf-8")
    for name, _, _ in RULES:
        assert f"`{name}`" in card
