from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from unionie.annotation import Link, Paragraph, Span, dump_annotations
from unionie.cli import app
from unionie.columns import COLUMNS
from unionie.files import read_document
from unionie.report import Report

TEXT = "5年来,武威市总工会帮扶困难职工3496户、1588万元。"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    (tmp_path / "b.txt").write_bytes(TEXT.replace("武威", "张掖").encode("gb18030"))
    return tmp_path


def run(*arguments: object, **options):
    return CliRunner().invoke(app, list(map(str, arguments)), **options)


def test_table_on_screen(folder):
    result = run("extract", folder / "a.txt")
    assert result.exit_code == 0
    for cell in ("帮扶困难职工", "3496户", "15,880,000", "武威市总工会", "5年来"):
        assert cell in result.stdout


def test_csv_opens_in_excel_and_holds_exact_numbers(folder):
    result = run("extract", folder / "a.txt", folder / "b.txt", "-o", folder / "out.csv")
    assert result.exit_code == 0
    data = (folder / "out.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert tuple(rows[0]) == COLUMNS
    assert [(row["file"], row["value"]) for row in rows] == [
        (name, value)
        for name in (str(folder / "a.txt"), str(folder / "b.txt"))
        for value in ("3496", "15880000")
    ]


def test_min_score_leaves_rows_out(folder):
    everything = run("extract", "-f", "jsonl", folder / "a.txt")
    scores = [f["score"] for f in json.loads(everything.stdout)["figures"]]
    result = run(
        "extract", folder / "a.txt", "--min-score", min(scores) + 0.001, "-o", folder / "o.csv"
    )
    assert result.exit_code == 0
    rows = list(csv.DictReader(io.StringIO((folder / "o.csv").read_text(encoding="utf-8-sig"))))
    assert len(rows) == len(scores) - 1
    left_out = f"1 figure with a score below {min(scores) + 0.001:g} left out\n"
    assert result.stderr == f"{folder / 'o.csv'}: 1 report, {len(rows)} figure; {left_out}"
    shown = run("extract", folder / "a.txt", "--min-score", min(scores) + 0.001)
    assert shown.stderr == left_out
    assert run("extract", folder / "a.txt", "--min-score", "2").exit_code == 2


def test_jsonl_gives_the_reports_back(folder):
    result = run("extract", "-f", "jsonl", folder)
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert [record["file"] for record in records] == [
        str(folder / "a.txt"),
        str(folder / "b.txt"),
    ]
    assert Report.from_dict(records[0]).text == TEXT


@pytest.mark.parametrize("form", ["csv", "jsonl", "table"])
def test_what_is_redirected_is_utf_8(folder, form):
    (folder / "a.txt").write_text(f"😀{TEXT}", encoding="utf-8")
    result = CliRunner(charset="cp1252").invoke(app, ["extract", str(folder / "a.txt"), "-f", form])
    assert result.exit_code == 0
    printed = result.stdout_bytes.decode("utf-8")
    assert "帮扶困难职工" in printed
    assert ("😀" in printed) == (form != "table")


@pytest.mark.parametrize("arguments", [[], ["-"]])
def test_standard_input(arguments):
    result = run("extract", *arguments, "--format", "csv", input=TEXT.encode())
    assert "3496" in result.stdout


def test_empty_standard_input_is_an_error():
    result = run("extract", input=b"")
    assert result.exit_code == 1
    assert result.stderr == (
        "error: standard input: empty, 0 bytes; give a file, or text to read\n"
    )


def test_who_sits_at_a_terminal_is_told_that_it_is_read(monkeypatch, capsys):
    class Terminal(io.TextIOWrapper):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal(io.BytesIO(TEXT.encode())))
    app(["extract", "-f", "csv"], standalone_mode=False)
    assert "reading standard input; end it with Ctrl-" in capsys.readouterr().err


def test_bad_files_are_named_and_the_rest_goes_on(folder):
    (folder / "bad.txt").write_bytes(b"\x00\x01")
    result = run("extract", folder / "bad.txt", folder / "gone.txt", folder / "a.txt", "-f", "csv")
    assert result.exit_code == 1
    assert "3496" in result.stdout
    assert "bad.txt: holds zero bytes" in result.stderr
    assert "gone.txt: No such file" in result.stderr


def test_nothing_readable_leaves_the_output_alone(folder):
    output = folder / "out.csv"
    output.write_text("earlier")
    result = run("extract", folder / "gone.txt", "-o", output)
    assert result.exit_code == 2
    assert output.read_text() == "earlier"
    assert "none of the files could be read" in result.stderr


def test_missing_model_is_named(folder):
    result = run("extract", folder / "a.txt", "-m", folder / "nowhere")
    assert result.exit_code == 2
    assert "no trained pipeline" in result.stderr


@pytest.mark.parametrize(
    "command",
    ["extract a.txt", "export a.txt --to doccano -o x.jsonl", "suggest a.txt", "evaluate gold"],
)
def test_bundled_names_the_shipped_pipeline(folder, write_annotations, monkeypatch, command):
    write_annotations("gold/a", "[职工|I1][5人|C1:I1]。")
    monkeypatch.chdir(folder)
    name, *arguments = command.split()
    option = [] if name == "evaluate" else ["-m"]
    result = run(name, *option, "bundled", *arguments)
    assert result.exit_code == 0, result.stderr


def test_output_into_a_missing_folder(folder):
    result = run("extract", folder / "a.txt", "-o", folder / "no" / "out.csv")
    assert result.exit_code == 2
    assert "does not exist" in result.stderr
    result = run("extract", folder / "a.txt", "-f", "csv", "-o", folder)
    assert result.exit_code == 2
    assert "this is a folder; name a file" in result.stderr


def test_empty_folder_is_named(folder):
    (folder / "empty").mkdir()
    result = run("extract", folder / "empty")
    assert result.exit_code == 2
    assert "no .txt, .docx" in result.stderr


def test_unknown_suffix_is_refused(folder):
    result = run("extract", folder / "a.txt", "-o", folder / "out.docx")
    assert result.exit_code == 2
    assert "one of the suffixes .csv" in result.stderr
    assert not (folder / "out.docx").exists()


def test_excel_of_a_folder_with_subfolders_and_bad_files(folder):
    (folder / "sub").mkdir()
    (folder / "sub" / "bad.docx").write_bytes(b"no archive")
    output = folder / "table.xlsx"
    result = run("extract", folder, "-o", output, "-j", 1)
    assert result.exit_code == 1
    assert "bad.docx: broken" in result.stderr
    book = openpyxl.load_workbook(output)
    assert book["figures"].max_row == 5
    assert [cell.value for cell in book["errors"]["A"]][1:] == [str(folder / "sub" / "bad.docx")]
    assert not (folder / "table.xlsx.partial.jsonl").exists()


def test_the_end_says_what_was_written_and_what_was_not_read(folder):
    output = folder / "table.csv"
    result = run("extract", folder, "-o", output)
    assert result.stderr == f"{output}: 2 reports, 4 figures\n"
    assert result.stdout == ""

    for name in ("old.doc", "1.jpg", "2.jpg", "books.xlsx", "~$x.docx", ".hidden"):
        (folder / name).write_bytes(b"\xd0\xcf\x11\xe0")
    result = run("extract", folder, "-o", output, "--min-score", 1)
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "passed over (no documents): 2 .jpg, 1 .xlsx",
        f"error: {folder / 'old.doc'}: .doc is not read; save it as .docx",
        f"{output}: 2 reports, 0 figures; 4 figures with a score below 1 left out; "
        "1 file could not be read, see above",
    ]
    rows = (folder / "table.errors.csv").read_text(encoding="utf-8-sig").splitlines()
    assert rows == ["file,error", f"{folder / 'old.doc'},.doc is not read; save it as .docx"]


def test_rows_are_counted_where_they_are_more_than_the_figures(folder):
    both = folder / "both.txt"
    both.write_text("去年,市总工会评选劳动模范和先进工作者53人。", encoding="utf-8")
    for name, rows in (("table.csv", ", 2 rows"), ("table.xlsx", ", 2 rows"), ("table.jsonl", "")):
        result = run("extract", both, "-o", folder / name)
        assert result.stderr == f"{folder / name}: 1 report, 1 figure{rows}\n"


def test_a_stopped_command_says_how_to_go_on(folder, monkeypatch):
    def stop(path):
        if path.name == "b.txt":
            raise KeyboardInterrupt
        return read_document(path)

    files = [folder / "a.txt", folder / "b.txt"]
    output = folder / "table.csv"
    monkeypatch.setattr("unionie.extraction.read_document", stop)
    result = run("extract", *files, "-o", output)
    assert result.exit_code == 130
    assert result.stderr == "stopped after 1 of 2 files; give the same command again to go on\n"
    result = run("extract", *files)
    assert result.stderr == (
        "stopped after 1 of 2 files; with -o FILE, a command that is given again goes on\n"
    )
    monkeypatch.undo()
    result = run("extract", *files, "-o", output)
    assert result.exit_code == 0
    assert result.stderr.splitlines()[0] == "1 report was finished before"


def test_progress_is_seen_where_there_is_no_terminal(folder, monkeypatch):
    monkeypatch.setattr("unionie.progress.INTERVAL", 0)
    result = run("extract", folder, "-o", folder / "table.csv")
    assert "1 of 2 files, less than a minute left" in result.stderr.splitlines()


@pytest.mark.parametrize("name", ["甘肃[final]报告.txt", "d[/x].txt"])
def test_the_progress_bar_shows_names_as_they_are(folder, monkeypatch, name):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(TEXT, encoding="utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stderr", errors := Terminal())
    monkeypatch.setattr("unionie.cli.STDERR.is_interactive", True)
    app(["extract", name, "-o", "out.csv"], standalone_mode=False)
    assert f"{name} ━" in errors.getvalue()


def test_standard_output_is_an_output_too(folder):
    assert run("extract", folder / "a.txt", "-o", "-", "-f", "csv").stdout.count("\n") == 3
    result = run("extract", folder / "a.txt", "-o", "-")
    assert result.exit_code == 2
    assert "say in which format: --format table, jsonl, csv" in result.stderr


def test_an_earlier_table_in_the_folder_is_no_report(folder):
    output = folder / "table.txt"
    for _ in range(2):
        assert run("extract", folder, "-o", output).exit_code == 0
        assert "table.txt" not in output.read_text(encoding="utf-8")


def test_what_is_no_text_does_not_go_to_the_screen(folder):
    result = run("extract", folder, "-f", "xlsx")
    assert result.exit_code == 2
    assert "name a file with -o" in result.stderr


def test_a_missing_library_is_named_before_the_work(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    result = run("extract", folder, "-o", folder / "table.xlsx")
    assert result.exit_code == 2
    assert 'pip install "unionie[files]"' in result.stderr
    assert not (folder / "table.xlsx.partial.jsonl").exists()


def test_check(folder):
    good = {"text": "会员增加", "entities": [], "relations": []}
    (folder / "good.jsonl").write_text(json.dumps(good) + "\n")
    (folder / "bad.jsonl").write_text("{}\n")
    result = run("check", folder / "good.jsonl")
    assert (result.exit_code, result.stderr) == (0, "1 file: 0 errors, 0 places to review\n")
    result = run("check", folder)
    assert result.exit_code == 1
    assert "bad.jsonl:1: error format" in result.stdout
    assert run("check", folder / "nowhere").exit_code == 2


def test_check_takes_each_file_once_and_goes_on_after_one_that_cannot_be_read(folder, monkeypatch):
    (folder / "x.jsonl").mkdir()
    locked, bad = folder / "x.jsonl" / "a.jsonl", folder / "x.jsonl" / "b.jsonl"
    for file in (locked, bad):
        file.write_text("{}\n")
    open_ = Path.open

    def refuse(path, *arguments):
        if path == locked:
            raise PermissionError(13, "Permission denied", str(path))
        return open_(path, *arguments)

    monkeypatch.setattr(Path, "open", refuse)
    result = run("check", folder, bad)
    assert result.exit_code == 1
    assert f"error: {locked}: Permission denied" in result.stderr
    assert "2 files: 2 errors" in result.stderr


def test_version_and_module(root):
    assert run("--version").stdout.startswith("unionie 0.")
    help_ = subprocess.run(
        [sys.executable, "-m", "unionie", "--help"], capture_output=True, text=True, check=True
    )
    assert "extract" in help_.stdout


@pytest.mark.parametrize("command", [[], ["extract"], ["export"], ["train"], ["evaluate"]])
def test_help_loads_nothing_heavy(command):
    code = (
        "import sys; from unionie.cli import app; "
        f"app({[*command, '--help']}, standalone_mode=False); print(*sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    loaded = set(result.stdout.split())
    assert "unionie.cli" in loaded
    heavy = {"spacy", "numpy", "pandas", "datasets", "sklearn", "onnx", "ray", "docx", "lxml"}
    assert not loaded & {*heavy, "unionie.extraction", "unionie.training"}


def test_train_evaluate_and_compare(tmp_path, small_model, write_annotations):
    lines = [f"[去年|P1]走访[职工|I1][{n}人|C1:I1,P1]。" for n in (31, 32)]
    report = write_annotations("report", *lines)
    model = tmp_path / "model"
    result = run("train", report, "-o", model, "--base", small_model, "--epochs", 2)
    assert result.exit_code == 0, result.stderr
    for words in (
        "annotations: 1 document, 2 paragraphs",
        "epoch 2, loss",
        f"writing {model} …",
        f"written: {model}",
    ):
        assert words in result.stderr
    assert "before" not in result.stderr  # without held-out documents there is no score
    assert run("train", report, "-o", model, "--base", small_model).exit_code == 2

    result = run("evaluate", model, report, "--json", tmp_path / "o.json", "--html", tmp_path / "o")
    assert result.exit_code == 0, result.stderr
    assert "figures from raw text" in result.stdout
    assert "was trained on 1 of the 1 documents" in result.stderr
    assert json.loads((tmp_path / "o.json").read_text())["paragraphs"] == 2
    assert "sentences with errors" in (tmp_path / "o").read_text()

    result = run("compare", small_model, model, report)
    assert result.exit_code == 0, result.stderr
    assert "With fewer than 9 documents" in result.stdout
    assert result.stderr.count("was trained on") == 1


def test_unknown_labels_and_relations_are_named_when_they_are_scored(tmp_path, small_model):
    person, count = Span(0, 2, "PERSON"), Span(2, 4, "COUNT")
    wrong = Paragraph("职工五人。", (person, count), (Link(count, person, "NEAR"),))
    path = tmp_path / "typo.jsonl"
    path.write_text("\n" + dump_annotations([wrong, wrong]), encoding="utf-8")
    for command in (["evaluate", small_model], ["compare", small_model, small_model]):
        result = run(*command, path)
        assert result.exit_code == 0, result.stderr
        for name in ("PERSON", "NEAR"):
            assert f"warning: {name} is known neither" in result.stderr
        place = f"the first is at {path}:2"
        assert result.stderr.count(f"all 2 that are annotated count as missed; {place}") == 2


@pytest.mark.parametrize("option", ["--json", "--html"])
def test_the_files_of_an_evaluation_are_checked_before_it(
    tmp_path, small_model, write_annotations, monkeypatch, option
):
    report = write_annotations("report", "[职工|I1][5人|C1:I1]。")
    monkeypatch.setattr("unionie.assessment.evaluate", None)
    for file, complaint in ((tmp_path / "no" / "out", "does not exist"), (tmp_path, "a folder")):
        result = run("evaluate", small_model, report, option, file)
        assert result.exit_code == 2
        assert complaint in result.stderr


def test_wrong_annotations_stop_a_training_before_it_starts(tmp_path, small_model):
    (tmp_path / "bad.jsonl").write_text("{}\n[]\n")
    result = run("train", tmp_path / "bad.jsonl", "-o", tmp_path / "model", "--base", small_model)
    assert result.exit_code == 2
    assert "bad.jsonl:1" in result.stderr
    assert "bad.jsonl:2" in result.stderr
    assert not (tmp_path / "model").exists()


def test_cross_validation_has_its_own_options(small_model, write_annotations):
    report = write_annotations("report", "[职工|I1][5人|C1:I1]。")
    result = run("evaluate", small_model, report, "--epochs", 3)
    assert result.exit_code == 2
    assert "need --cross-validate" in result.stderr
    result = run("evaluate", small_model, report, "--cross-validate", 3)
    assert "1 documents cannot be dealt into 3 folds" in result.stderr


def test_a_place_in_a_file_is_no_emoji(tmp_path, small_model):
    path = tmp_path / "bad.jsonl"
    path.write_text("\n" * 99 + "{}\n")
    result = run("evaluate", small_model, path)
    assert result.exit_code == 2
    assert "bad.jsonl:100: error format" in result.stderr
