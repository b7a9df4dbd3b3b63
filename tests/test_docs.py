"""Every example that is printed is run."""

from __future__ import annotations

import doctest
import json
import re
import shlex
import shutil
from pathlib import Path
from types import SimpleNamespace

import docx
import openpyxl
import pandas as pd
import pytest
import typer
from printed_examples import run_page
from typer.testing import CliRunner

import unionie
from unionie import quantities
from unionie.annotation import dump_annotations
from unionie.check import RULES
from unionie.cli import app
from unionie.cli_output import INCOMPLETE, NOTHING_DONE, STOPPED
from unionie.columns import MEANINGS
from unionie.extraction import BUNDLED_MODEL
from unionie.files import REMEDIES, SUFFIXES
from unionie.own_labels import read_labels
from unionie.values import Entity, Relation

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
    shutil.copytree(BUNDLED_MODEL, folder / "my-pipeline")
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


def test_the_figures_of_fuzzing_are_those_of_the_results(root):
    page = (root / "docs" / "trust.md").read_text(encoding="utf-8")
    done = json.loads((root / "docs" / "results" / "fuzz.json").read_text(encoding="utf-8"))
    for name in ("surfaces", "texts", "damaged_files", "damaged_files_refused", "failures"):
        assert f"| {done[name]:,} |" in page, name


@pytest.mark.parametrize("name", READMES)
def test_readme_names_only_files_that_exist(name, root):
    text = (root / name).read_text(encoding="utf-8")
    for path in re.findall(r"`((?:unionie|training|annotations|seeds|docs)/[\w./-]*)`", text):
        assert (root / path).exists(), path


@pytest.mark.parametrize("page", [*PAGES, "CONTRIBUTING.md"])
def test_install_commands_work_in_every_shell(page, root):
    """cmd takes single quotes for a part of the name, and zsh brackets for a pattern."""
    text = (root / page).read_text(encoding="utf-8")
    for line in re.findall(r"pip install[^`\n]*\[.*", text):
        assert re.search(r'pip install [^\'`\[]*"[\w.]+\[[\w,]+\]"', line), line


def test_the_page_on_files_names_every_kind(root):
    page = (root / "docs" / "files.md").read_text(encoding="utf-8")
    (read,) = re.findall(r"\| suffix \|.*?\n\n", page, re.DOTALL)
    assert re.findall(r"`(\.\w+)`", read) == list(SUFFIXES)
    (others,) = re.findall(r"\| other documents: (.*?) \|", page)
    assert re.findall(r"`(\.\w+)`", others) == list(REMEDIES)


def test_the_page_on_files_names_every_exit_status(root):
    page = (root / "docs" / "files.md").read_text(encoding="utf-8")
    (table,) = re.findall(r"\| status \|.*?\n\n", page, re.DOTALL)
    own = {INCOMPLETE, NOTHING_DONE, STOPPED}
    assert {int(status) for status in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)} == {0, *own}


def test_the_page_on_the_table_gives_the_meanings_that_excel_files_hold(root):
    page = (root / "docs" / "table.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| \w+ \| (.*) \|$", page, re.MULTILINE)
    assert [(name, meaning.replace("`", "")) for name, meaning in rows] == list(MEANINGS.items())


def test_the_units_that_the_page_on_limits_calls_unread_are(root):
    page = (root / "docs" / "limits.md").read_text(encoding="utf-8")
    (surfaces,) = re.findall(r"units in traditional characters \((.*?)\)", page)
    for surface in surfaces.split(", "):
        (figure,) = unionie.extract(f"去年,市總工會幫扶困難職工{surface}。").figures
        assert (figure.entity.text, figure.value, figure.approx) == (surface, None, "unread")


def test_every_rule_of_the_checker_is_described(root):
    card = (root / "annotations" / "README.md").read_text(encoding="utf-8")
    for name, _, _ in RULES:
        assert f"`{name}`" in card


def commands(text: str) -> list[list[str]]:
    blocks = re.findall(r"```bash\n(.*?)```", text, re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("unionie ")]


def test_texts_stay_texts_in_the_excel_files_of_the_examples(root, tmp_path, monkeypatch):
    pages = "".join((root / page).read_text(encoding="utf-8") for page in PAGES)
    blocks = re.findall(r"```\S* ?python\n(.*?)```", pages, re.DOTALL)
    (code,) = [block for block in blocks if ".to_excel(" in block]
    monkeypatch.chdir(tmp_path)
    cells = ["=1+1", "https://example.org", "@SUM(1)"]
    exec(code, {"chosen": pd.DataFrame({"sentence": cells})})
    (file,) = tmp_path.iterdir()
    sheet = openpyxl.load_workbook(file).active
    assert [(cell.value, cell.data_type) for cell in sheet["A"][1:]] == [(c, "s") for c in cells]
    assert not any(cell.hyperlink for cell in sheet["A"])


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


def test_the_table_of_a_relation_of_ones_own_in_the_guide(root, monkeypatch):
    page = (root / "docs" / "retrain.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    figure = Entity(7, 9, "COUNT", "8个", 1)
    relations = [Relation(figure, Entity(1, 3, "PLACE", "东山", 1), "AT", 0.9)]
    relations.append(Relation(figure, Entity(5, 7, "INDICATOR", "驿站", 1), "MEASURES", 0.9))
    monkeypatch.setattr(unionie, "load", lambda path: None)
    monkeypatch.setattr(unionie, "extract", lambda text, nlp: SimpleNamespace(relations=relations))
    scope: dict = {}
    exec(code, scope)
    assert scope["table"].to_dict("list") == {"figure": ["8个"], "place": ["东山"], "score": [0.9]}


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
    (tmp_path / "mine.toml").write_text('labels = ["PLACE"]', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for command in commands:
        result = CliRunner().invoke(app, command)
        assert result.exit_code == 0, (command, result.stderr)
    assert {command[0] for command in commands} == {"labels", "export", "import", "suggest"}
