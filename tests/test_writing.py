from __future__ import annotations

import csv
import json
import os
import sys
from dataclasses import replace
from decimal import Decimal

import openpyxl
import pandas as pd
import pytest

import unionie
from unionie.columns import COLUMNS, MEANINGS
from unionie.report import Report
from unionie.writing import Failure, write

TEXT = "5年来,武威市总工会帮扶困难职工3496户、1588万元。"
FAILURES = [Failure("=bad.pdf", "broken")]


@pytest.fixture(scope="module")
def report() -> Report:
    return replace(unionie.extract(TEXT), file="a.txt")


def odd(report: Report, text: str) -> Report:
    """Return a report whose first figure has this text for a sentence, and a negative value."""
    figure = replace(report.figures[0], sentence=text, value=Decimal("-12.5"))
    return replace(report, figures=(figure,))


def rows_of(path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+86",
        "-3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "'=1",
        "＝1",
        "=cmd|' /C calc'!A0",
        "会员",
    ],
)
def test_csv_cells_are_no_formulas_and_can_be_undone(report, tmp_path, text):
    write([odd(report, text)], tmp_path / "x.csv")
    (row,) = rows_of(tmp_path / "x.csv")
    cell = row["sentence"]
    assert cell[0] not in "=+-@\t\r\n＝"
    assert cell.removeprefix("'") == text
    assert row["value"] == "-12.5"


@pytest.mark.parametrize("column", ["file", "region", "organisation", "period", "unit", "sentence"])
def test_every_text_of_a_row_is_kept_from_being_a_formula(report, tmp_path, column, monkeypatch):
    row = next(iter(report.rows())) | {column: "=1+1"}
    monkeypatch.setattr(Report, "rows", lambda self: [row])
    write([report], tmp_path / "x.csv")
    assert rows_of(tmp_path / "x.csv")[0][column] == "'=1+1"
    write([report], tmp_path / "x.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "x.xlsx")["figures"]
    assert sheet.cell(2, COLUMNS.index(column) + 1).data_type == "s"


def test_csv_names_what_failed_in_a_file_beside_it(report, tmp_path):
    write([report], tmp_path / "x.csv", failures=FAILURES)
    assert rows_of(tmp_path / "x.errors.csv") == [{"file": "'=bad.pdf", "error": "broken"}]
    write([report], tmp_path / "x.csv")
    assert os.listdir(tmp_path) == ["x.csv"]


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "=cmd|'/C calc'!A0",
        "{=1+1}",
        "@SUM(A1)",
        "http://example.com",
        "file:///etc/passwd",
        "007",
        "会员",
        "_x0041_",
        "\x00\x01\x0b\x1f",
        "\ufffe\uffff",
        "长" * 40_000,
    ],
)
def test_excel_cells_are_typed(report, tmp_path, text):
    write([odd(report, text)], tmp_path / "x.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "x.xlsx")["figures"]
    assert tuple(cell.value for cell in sheet[1]) == COLUMNS
    cells = dict(zip(COLUMNS, sheet[2], strict=True))
    assert cells["sentence"].data_type == "s"
    assert cells["sentence"].hyperlink is None
    if text.isprintable() and not text.startswith("_x"):  # openpyxl leaves escapes as they are
        assert cells["sentence"].value == text[:32_767]
    assert (cells["value"].data_type, cells["value"].value) == ("n", -12.5)
    assert cells["low"].value == 3496
    assert cells["page"].value is None
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref.startswith("A1:")


def test_excel_has_a_sheet_for_what_failed(report, tmp_path):
    write([report], tmp_path / "x.xlsx", failures=FAILURES)
    book = openpyxl.load_workbook(tmp_path / "x.xlsx")
    assert book.sheetnames == ["figures", "columns", "errors"]
    assert [cell.value for cell in book["errors"][2]] == ["=bad.pdf", "broken"]


def test_excel_says_what_its_columns_mean(report, tmp_path):
    write([report], tmp_path / "x.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "x.xlsx")["columns"]
    assert list(sheet.values) == [("column", "meaning"), *MEANINGS.items()]


def test_excel_shows_amounts_plainly_and_years_without_separators(report, tmp_path):
    write([odd(report, "会员"), report], tmp_path / "x.xlsx")
    rows = list(openpyxl.load_workbook(tmp_path / "x.xlsx")["figures"].iter_rows(min_row=2))
    formats = [
        {name: cell.number_format for name, cell in zip(COLUMNS, row, strict=True)} for row in rows
    ]
    assert formats[0]["value"] == "#,##0.####"  # -12.5
    assert formats[1]["value"] == "#,##0"  # 3496, which the other would show as 3,496.
    assert formats[1]["low"] == "#,##0"
    assert formats[1]["paragraph"] == "General"


def test_pandas_reads_the_excel_file(report, tmp_path):
    write([report], tmp_path / "x.xlsx")
    assert list(pd.read_excel(tmp_path / "x.xlsx")["value"]) == [3496, 15_880_000]


def test_excel_without_figures_is_a_head(tmp_path):
    write([], tmp_path / "x.xlsx")
    assert openpyxl.load_workbook(tmp_path / "x.xlsx")["figures"].max_row == 1


def test_more_figures_than_a_sheet_can_hold(report, tmp_path, monkeypatch):
    monkeypatch.setattr("unionie.writing._EXCEL_ROWS", 2)
    with pytest.raises(unionie.UnionieError, match=r"write a \.csv"):
        write([report], tmp_path / "x.xlsx")
    assert os.listdir(tmp_path) == []


def test_a_missing_library_names_the_command(report, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(unionie.MissingExtraError, match=r'pip install "unionie\[files\]"'):
        write([report], tmp_path / "x.xlsx")


def test_jsonl_gives_reports_back_and_ends_with_what_failed(report, tmp_path):
    write([report], tmp_path / "x.jsonl", failures=FAILURES)
    lines = [json.loads(line) for line in (tmp_path / "x.jsonl").read_text("utf-8").splitlines()]
    assert Report.from_dict(lines[0]) == report
    assert lines[1] == {"file": "=bad.pdf", "error": "broken"}


def test_unknown_suffix(report, tmp_path):
    with pytest.raises(unionie.UnionieError, match=r"one of the suffixes \.csv"):
        write([report], tmp_path / "x.docx")


def test_unknown_format(report, tmp_path):
    with pytest.raises(unionie.UnionieError, match=r"'nope' is no format; .* table, jsonl, csv"):
        write([report], tmp_path / "x.csv", format="nope")


@pytest.mark.parametrize(
    ("suffix", "hint"), [("json", r"\.jsonl"), ("parquet", "to_parquet"), ("xls", r"is \.xlsx")]
)
def test_a_suffix_that_is_near_gets_a_hint(report, tmp_path, suffix, hint):
    with pytest.raises(unionie.UnionieError, match=f"x.{suffix}: .*{hint}"):
        write([report], tmp_path / f"x.{suffix}")


def test_a_table_shows_texts_as_they_are(report, tmp_path):
    odd_text = "会员[b]比:100:[/b][/i]"
    figure = report.figures[0]
    indicator = replace(figure.indicators[0], text=odd_text)
    figures = (replace(figure, indicators=(indicator,)),)
    write([replace(report, file="[red]a.txt", figures=figures)], tmp_path / "out.txt")
    table = (tmp_path / "out.txt").read_text(encoding="utf-8")
    assert odd_text in table
    assert "[red]a.txt" in table


def test_one_report_is_not_many(report, tmp_path):
    with pytest.raises(TypeError, match=r"put it in a list: \[report\]"):
        write(report, tmp_path / "x.csv")
    with pytest.raises(TypeError, match=r"put it in a list"):
        unionie.to_frame(report)
