"""Every example that is printed is run."""

from __future__ import annotations

import doctest
import re
import shutil
from pathlib import Path

import docx
import pytest
from printed_examples import run_page

import unionie
from unionie import quantities
from unionie.check import RULES

ROOT = Path(__file__).parent.parent
READMES = ["README.md", "README.zh.md"]
PAGES = [*READMES, *sorted(f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md"))]


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> Path:
    """Return a folder with the files that pages name in their examples."""
    folder = tmp_path_factory.mktemp("files")
    shutil.copytree(ROOT / "seeds", folder / "seeds")
    seeds = sorted((ROOT / "seeds").glob("*.txt"))
    reports = folder / "reports"
    reports.mkdir()
    shutil.copy(seeds[0], folder / "report.txt")
    shutil.copy(seeds[3], reports / "江苏省新区总工会2022年.txt")
    for place in (folder / "report.docx", reports / "武威市总工会2021年工作报告.docx"):
        word = docx.Document()
        word.add_paragraph("5年来,武威市总工会帮扶困难职工3496户、1588万元。")
        word.add_paragraph("全市工会会员22.21万人。")
        word.save(str(place))
    return folder


@pytest.mark.parametrize("page", PAGES)
def test_printed_examples_run(page, root, files, tmp_path, monkeypatch):
    shutil.copytree(files, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    run_page(root / page)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("```python\n1 / 0\n```\n", ZeroDivisionError),
        ("```python\n>>> 1 + 1\n3\n```\n", AssertionError),
        ("```console\n$ unionie extract nowhere.txt\n```\n", AssertionError),
        ("```console\n$ unionie --version\nunionie 99\n```\n", AssertionError),
        ("```console\n$ rm report.txt\n```\n", AssertionError),
        ("<!-- skip: next -->\n```python\n1 / 0\n```\n", AssertionError),
        (
            "```python\n>>> import pandas as pd\n>>> pd.DataFrame({'a': [1]})\n```\n\n"
            "| a |\n|---|\n| 2 |\n",
            AssertionError,
        ),
    ],
)
def test_an_example_that_has_gone_wrong_is_seen(tmp_path, text, complaint):
    page = tmp_path / "page.md"
    page.write_text(text, encoding="utf-8")
    with pytest.raises(complaint):
        run_page(page)


def test_an_example_is_skipped_for_a_reason(tmp_path):
    page = tmp_path / "page.md"
    page.write_text('<!-- skip: next "fails" -->\n```python\n1 / 0\n```\n', encoding="utf-8")
    run_page(page)


@pytest.mark.parametrize("module", [unionie, quantities])
def test_examples_in_docstrings(module):
    assert doctest.testmod(module).attempted > 0
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("name", READMES)
def test_readme_shows_what_comes_out_of_its_first_example(name, root):
    text = (root / name).read_text(encoding="utf-8")
    block = re.search(r"```python\n>>> .*?```\n\n\|", text, re.DOTALL)
    assert block
    assert text.index("```") == block.start()


@pytest.mark.parametrize("name", READMES)
def test_readme_names_only_files_that_exist(name, root):
    text = (root / name).read_text(encoding="utf-8")
    for path in re.findall(r"`((?:unionie|training|annotations|seeds|docs)/[\w./-]*)`", text):
        assert (root / path).exists(), path


def test_every_rule_of_the_checker_is_described(root):
    card = (root / "annotations" / "README.md").read_text(encoding="utf-8")
    for name, _, _ in RULES:
        assert f"`{name}`" in card
