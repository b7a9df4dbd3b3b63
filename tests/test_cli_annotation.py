from __future__ import annotations

import json
import os
import sys

import pytest
from inline import parse_inline
from typer.testing import CliRunner

from unionie.annotation import Link, Paragraph, Span, dump_annotations, read_annotations
from unionie.cli import app
from unionie.cli_annotation import _table
from unionie.cli_output import print_table
from unionie.exchange.formats import FORMATS, read_export
from unionie.exchange.labels import LABEL_FILES
from unionie.schema import SHIPPED
from unionie.suggestion import Suggestion

TEXT = "5年来,武威市总工会帮扶困难职工3496户。\n\n凝心聚力\n"
PARAGRAPHS = [
    parse_inline("𠮷[市总工会|O1]发展[会员|I1][22万人|C1:I1,O1]", doc="a", source="s", number=4),
    parse_inline("凝心聚力", doc="a", source="s", number=2),
    parse_inline("[会员|I1]增加", doc="b", source="s", number=1),
]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "a.txt").write_text(TEXT, encoding="utf-8")
    (tmp_path / "reports" / "b.txt").write_bytes(TEXT.encode("gb18030"))
    (tmp_path / "mine.jsonl").write_text(dump_annotations(PARAGRAPHS), encoding="utf-8")
    return tmp_path


def run(*arguments: object):
    return CliRunner().invoke(app, list(map(str, arguments)))


def test_reports_are_annotated_with_scores_and_origin(folder):
    result = run("export", folder / "reports", "--to", "label-studio", "-o", folder / "x.json")
    assert result.exit_code == 0, result.stderr
    assert "4 paragraphs of 2 documents" in result.stderr
    tasks = json.loads((folder / "x.json").read_bytes())
    assert [(task["data"]["doc"], task["data"]["line"]) for task in tasks] == [
        ("a", 1), ("a", 3), ("b", 1), ("b", 3),
    ]  # fmt: skip
    assert tasks[0]["data"]["source"] == (folder / "reports" / "a.txt").as_posix()
    result = tasks[0]["predictions"][0]["result"]
    assert {item["type"] for item in result} == {"labels", "relation"}
    assert all(0 <= item["score"] <= 1 for item in result)


def test_two_reports_of_one_name_are_two_documents(folder):
    (folder / "more").mkdir()
    (folder / "more" / "a.txt").write_text("凝心聚力", encoding="utf-8")
    run("export", folder / "reports", folder / "more", "--to", "doccano", "-o", folder / "x.jsonl")
    docs = {paragraph.doc for paragraph in read_annotations(folder / "x.jsonl")}
    assert docs == {"b", (folder / "reports/a").as_posix(), (folder / "more/a").as_posix()}


def test_reports_are_found_and_read_as_extract_does(folder):
    (folder / "reports" / "sub").mkdir()
    (folder / "reports" / "sub" / "c.html").write_text(f"<p>{TEXT * 9}</p>", encoding="utf-8")
    (folder / "reports" / "a.html").write_text(f"<p>{TEXT * 9}</p>", encoding="utf-8")
    (folder / "reports" / "old.doc").write_bytes(b"x")
    (folder / "reports" / "1.jpg").write_bytes(b"x")
    result = run("export", folder / "reports", "--to", "doccano", "-o", folder / "x.jsonl")
    assert result.exit_code == 1
    assert "passed over (no documents): 1 .jpg" in result.stderr
    assert f"error: {folder / 'reports' / 'old.doc'}: .doc is not read" in result.stderr
    docs = {paragraph.doc for paragraph in read_annotations(folder / "x.jsonl")}
    a = (folder / "reports" / "a").as_posix()
    assert docs == {f"{a}.txt", f"{a}.html", "b", "c"}


@pytest.mark.skipif(sys.platform != "linux", reason="names are text elsewhere")
def test_a_report_whose_name_is_no_text_is_annotated(folder):
    report = folder / os.fsdecode(b"\xff.txt")
    report.write_text(TEXT, encoding="utf-8")
    result = run("export", report, "--to", "doccano", "-o", folder / "x.jsonl")
    assert result.exit_code == 0, result.stderr
    assert {paragraph.doc for paragraph in read_annotations(folder / "x.jsonl")} == {r"\udcff"}


@pytest.mark.parametrize("command", ["extract", "export", "import", "labels", "suggest", "train"])
def test_help_breaks_no_word_of_what_may_be_given(command):
    result = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "80"})
    assert result.exit_code == 0
    assert "spac│" not in result.stdout.replace(" ", "")
    words = {"extract": "jsonl, csv, xlsx, spacy", "train": "may be repeated"}
    tools = "label-studio, doccano, brat, prodigy, spacy"
    shown = " ".join(result.stdout.replace("│", " ").split())
    assert words.get(command, tools if command != "suggest" else "may be repeated") in shown


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "label-studio"])
def test_annotations_go_out_and_come_back(folder, name):
    path = folder / f"out{FORMATS[name].suffix}"
    assert run("export", folder / "mine.jsonl", "--to", name, "-o", path).exit_code == 0
    result = run("import", path, "--from", name, "-o", folder / "back")
    assert result.exit_code == 0, result.stderr
    assert sorted(file.name for file in (folder / "back").iterdir()) == ["a.jsonl", "b.jsonl"]
    assert list(read_annotations(folder / "back")) == [PARAGRAPHS[i] for i in (1, 0, 2)]
    assert "warning: " in result.stderr
    assert "b.jsonl:1:0-2: error measured: “会员” is an INDICATOR" in result.stderr


def test_import_tells_the_tool_and_never_overwrites_unasked(folder, root):
    export = root / "tests" / "data" / "exchange" / "label-studio-1.23.2.json"
    assert run("import", export, "-o", folder / "new" / "mine").exit_code == 0
    file = folder / "new" / "mine" / "report-a.jsonl"
    file.write_text("mine")
    (folder / "new" / "mine" / "report-b.jsonl").unlink()
    result = run("import", export, "-o", folder / "new" / "mine")
    assert result.exit_code == 2
    assert "report-a.jsonl: is there already; nothing was written" in result.stderr
    assert [path.name for path in file.parent.iterdir()] == ["report-a.jsonl"]
    assert file.read_text() == "mine"
    assert run("import", export, "-o", folder / "new" / "mine", "--overwrite").exit_code == 0
    assert "text" in file.read_text(encoding="utf-8")


def test_what_is_broken_is_named_and_the_rest_is_imported(folder):
    task = json.loads(FORMATS["prodigy"].dump(PARAGRAPHS[1:2]))
    lines = [task | {"answer": "reject"}, task | {"spans": 1}, task]
    (folder / "x.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    result = run("import", folder / "x.jsonl", "-o", folder / "back")
    assert result.exit_code == 1
    assert "x.jsonl:1: answered with reject" in result.stderr
    assert "x.jsonl:2: field 'spans' must be list" in result.stderr
    assert list(read_annotations(folder / "back")) == PARAGRAPHS[1:2]


def test_a_second_annotator_who_differs_is_named(folder):
    other = PARAGRAPHS[0].with_annotation((), ())
    (folder / "x.spacy").write_bytes(FORMATS["spacy"].dump([PARAGRAPHS[0], other, PARAGRAPHS[0]]))
    result = run("import", folder / "x.spacy", "-o", folder / "back")
    assert result.exit_code == 1
    assert "a:4: annotated twice, and differently" in result.stderr
    assert list(read_annotations(folder / "back")) == PARAGRAPHS[:1]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["export", "gone.txt", "--to", "doccano", "-o", "x.jsonl"], "No such file"),
        (["export", "empty", "--to", "doccano", "-o", "x.jsonl"], "no .txt, .docx"),
        (["export", "mixed", "--to", "doccano", "-o", "x.jsonl"], "both reports and .jsonl"),
        (["export", "mine.jsonl", "--to", "doccano", "-o", "no/x.jsonl"], "does not exist"),
        (["import", "gone.json", "-o", "back"], "no such file"),
        (["import", "mine.jsonl", "-o", "back"], "say it with --from: label-studio, doccano"),
        (["suggest", "reports", "-o", "x.csv"], "name it .jsonl or .txt"),
        (["suggest", "mine.jsonl"], ".jsonl is not read"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said(folder, monkeypatch, arguments, complaint):
    (folder / "empty").mkdir()
    (folder / "mixed").mkdir()
    (folder / "mixed" / "a.txt").touch()
    (folder / "mixed" / "a.jsonl").touch()
    monkeypatch.chdir(folder)
    before = sorted(folder.rglob("*"))
    result = run(*arguments)
    assert result.exit_code == 2
    assert complaint in result.stderr
    assert sorted(folder.rglob("*")) == before


def test_labels_are_printed_or_written(folder):
    assert run("labels", "--for", "label-studio").stdout.startswith("<View>")
    printed = run("labels", "--for", "brat").stdout
    assert printed.startswith("==> annotation.conf <==\n[entities]")
    run("labels", "--for", "brat", "-o", folder / "brat")
    assert {file.name for file in (folder / "brat").iterdir()} == {*LABEL_FILES["brat"](SHIPPED)}


def test_a_tool_that_needs_no_labels_is_told_so():
    result = run("labels", "--for", "spacy")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "needs no configuration" in result.stderr


def test_labels_of_ones_own_are_known_to_every_command(folder):
    own = folder / "own.toml"
    own.write_text('labels = ["PLACE"]\n[relations.AT]\ntails = ["PLACE"]\n')
    place, figure = Span(0, 2, "PLACE"), Span(2, 4, "COUNT")
    annotated = Paragraph("东山5个", (place, figure), (Link(figure, place, "AT"),), "a", "s")
    (folder / "x.spacy").write_bytes(FORMATS["spacy"].dump([annotated]))
    arguments = ["import", folder / "x.spacy", "-o", folder / "back"]
    assert "unknown label PLACE" in run(*arguments).stderr
    assert "warning" not in run(*arguments, "--overwrite", "--labels", own).stderr
    assert run("check", folder / "back").exit_code == 1
    assert run("check", folder / "back", "--labels", own).exit_code == 0
    assert "PLACE" in run("labels", "--for", "prodigy", "--labels", own).stdout


@pytest.mark.parametrize("command", ["check {}", "import {} -o back", "labels --for brat"])
def test_a_broken_declaration_of_labels_is_named(folder, command):
    arguments = command.format(folder / "mine.jsonl").split()
    result = run(*arguments, "--labels", folder / "none.toml")
    assert result.exit_code == 2
    assert "none.toml: no such file" in result.stderr


def test_suggestions_as_table_and_as_input_of_export(folder, root):
    result = run("suggest", folder / "reports", "-n", 1, "--known", root / "annotations" / "seeds")
    assert result.exit_code == 0, result.stderr
    assert "a:1" in result.stdout
    run("suggest", folder / "reports", "-o", folder / "next.jsonl")
    (paragraph,) = read_annotations(folder / "next.jsonl")
    assert paragraph.scores
    assert (
        run("export", folder / "next.jsonl", "--to", "spacy", "-o", folder / "n.spacy").exit_code
        == 0
    )
    assert list(read_export(folder / "n.spacy", FORMATS["spacy"])) == [paragraph]
    run("suggest", folder / "reports", "-o", folder / "next.txt")
    assert (folder / "next.txt").read_text(encoding="utf-8") == TEXT.splitlines()[0] + "\n"


def test_the_table_of_suggestions_cuts_nothing_and_says_what_it_shows(capsys):
    reason = "；".join(f"第{number}处不确定的红色堡垒户" for number in range(60))
    paragraph = Paragraph("字" * 60, doc="某市总工会二〇二一年工作报告", line=3)
    print_table(_table([Suggestion(paragraph, 2.5, 0.25, reason)]), width=100)
    rows = [line.split("│") for line in capsys.readouterr().out.splitlines() if "│" in line]
    assert "".join(row[4].strip() for row in rows) == reason
    assert "".join(row[1].strip() for row in rows) == f"{paragraph.doc}:3"
