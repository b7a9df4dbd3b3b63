"""Every example that is printed is run."""

from __future__ import annotations

import doctest
import json
import re

import docx
import pandas as pd
import pytest

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


def test_examples_of_bulk(root, tmp_path, monkeypatch):
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "a.txt").write_text("会员达3万人。", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    page = (root / "docs" / "bulk.md").read_text(encoding="utf-8")
    local, on_ray = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    scope: dict = {"unionie": unionie}
    exec(local, scope)
    assert len(scope["report"].figures) == 1
    compile(on_ray, "bulk.md", "exec")  # run by test_ray_data


def test_the_estimate_for_ten_million_reports_follows_from_what_was_measured(root):
    measured = json.loads((root / "docs" / "results" / "bulk.json").read_text(encoding="utf-8"))
    page = (root / "docs" / "bulk.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| ([\d,]+) \| ([\d.]+) \|$", page, re.MULTILINE))
    assert list(rows) == ["64", "512", "4,096"]
    for cores, hours in rows.items():
        whole = 1e7 * measured["cpu_seconds_per_document"] / 3600
        assert float(hours) == round(whole / int(cores.replace(",", "")), 1)
    for key in (
        "documents_per_core_second",
        "characters_per_document",
        "startup_cpu_seconds",
        "cpu_ratio_two_to_one",
        "clock_ratio_two_to_one",
        "parent_cpu_seconds_per_document",
        "writing_cpu_seconds_per_document",
    ):
        assert f"{measured[key]:,}" in page, key


def test_readme_names_only_files_that_exist(readme, root):
    for path in re.findall(r"`((?:unionie|training|annotations|seeds|docs)/[\w./-]*)`", readme):
        assert (root / path).exists(), path


def test_every_rule_of_the_checker_is_described(root):
    card = (root / "annotations" / "README.md").read_text(encoding="utf-8")
    for name, _, _ in RULES:
        assert f"`{name}`" in card
