from __future__ import annotations

import sys

import docx
import pytest

import unionie
from unionie.errors import InputError, MissingExtraError
from unionie.files import SUFFIXES, find_files, read_document

TEXT = "5年来,武威市总工会帮扶困难职工3496户、1588万元。"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "b" / "2021").mkdir(parents=True)
    (tmp_path / "a.txt").write_text("会员\n" + TEXT, encoding="utf-8")
    word = docx.Document()
    word.add_paragraph("工作报告")
    word.add_paragraph(TEXT)
    word.save(str(tmp_path / "b" / "2021" / "c.DOCX"))
    (tmp_path / "b" / "~$c.docx").write_bytes(b"lock")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "d.txt").write_text(TEXT)
    (tmp_path / "notes.md").write_text(TEXT)
    return tmp_path


def test_read_gives_a_report_with_its_places(folder):
    report = unionie.read(folder / "b" / "2021" / "c.DOCX")
    assert report.file == str(folder / "b" / "2021" / "c.DOCX")
    assert {row["paragraph"] for row in report.rows()} == {2}
    assert unionie.Report.from_dict(report.to_dict()) == report
    assert {row["paragraph"] for row in unionie.read(folder / "a.txt").rows()} == {2}
    assert {row["file"] for row in unionie.extract(TEXT).rows()} == {None}


def test_folders_are_searched_at_any_depth_and_nothing_is_read_twice(folder):
    found = find_files([folder / "a.txt", folder])
    assert found == [folder / "a.txt", folder / "b" / "2021" / "c.DOCX"]


def test_documents_that_cannot_be_read_are_found_and_other_files_are_not(folder):
    (folder / "b" / "old.DOC").touch()
    (folder / "scan.jpg").touch()
    others = []
    found = find_files([folder], on_other=others.append)
    assert found == [folder / "a.txt", folder / "b" / "2021" / "c.DOCX", folder / "b" / "old.DOC"]
    assert others == [folder / "notes.md", folder / "scan.jpg"]
    failed = []
    list(unionie.read_many(folder, on_error=lambda path, error: failed.append(str(error))))
    assert failed == [f"{folder / 'b' / 'old.DOC'}: .doc is not read; save it as .docx"]


@pytest.mark.parametrize(
    ("names", "complaint"),
    [
        ((), r"no \.txt, .* file in this folder$"),
        (("1.jpg", "2.JPG", "x.zip", "x", ".y"), r"only 2 \.jpg, 1 without suffix, 1 \.zip$"),
    ],
)
def test_a_folder_without_reports(tmp_path, names, complaint):
    for name in names:
        (tmp_path / name).touch()
    with pytest.raises(InputError, match=complaint):
        find_files([tmp_path])


def test_a_folder_and_a_missing_file_are_no_reports(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "2021.txt").mkdir()
    with pytest.raises(IsADirectoryError, match=r"folder; unionie\.read_many .*'2021\.txt'"):
        unionie.read("2021.txt")
    with pytest.raises(FileNotFoundError, match=f"No such file in {tmp_path}: '报告.txt'"):
        unionie.read("报告.txt")
    with pytest.raises(FileNotFoundError, match=f"No such folder: {tmp_path / 'no'}"):
        unionie.read("no/报告.txt")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_any_path_and_encoding(tmp_path, encoding):
    path = tmp_path / "我的 报告 [1]" / "武威市 总工会.TXT"
    path.parent.mkdir()
    path.write_text(TEXT, encoding=encoding)
    (report,) = unionie.read_many(path.parent)
    assert (report.text, report.file) == (TEXT, str(path))


def test_read_many_goes_on_after_a_bad_file(folder):
    bad = folder / "b" / "bad.pdf"
    bad.write_bytes(b"%PDF-1.4 and no more")
    failed = []
    reports = list(unionie.read_many(folder, on_error=lambda path, error: failed.append(path)))
    assert [len(report.figures) for report in reports] == [2, 2]
    assert failed == [bad]
    with pytest.raises(InputError, match=r"bad\.pdf"):
        list(unionie.read_many([bad]))


@pytest.mark.parametrize(
    ("name", "data", "complaint"),
    [
        ("x.doc", b"", r"x\.doc: \.doc is not read; save it as \.docx"),
        ("x.wps", b"", r"\.wps is not read; save it as \.docx"),
        ("x.ofd", b"", r"\.ofd is not read; save it as \.pdf"),
        *((f"x{suffix}", b"", f"x{suffix}: empty, 0 bytes; save") for suffix in SUFFIXES),
        ("x", b"", "no suffix is not read; give a file of one of these"),
        ("x.csv", b"", r"\.csv is not read"),
        ("x.txt", b"%PDF-1.4", r"this is no \.txt but a \.pdf file; rename it to \.pdf"),
        ("x.pdf", b"PK\x03\x04", r"no \.pdf but a \.docx file"),
        ("x.docx", b"%PDF-1.4", r"no \.docx but a \.pdf file"),
        ("x.docx", b"\xd0\xcf\x11\xe0", r"\.doc file; save it as \.docx, without a password"),
        ("x.pdf", b"{\\rtf1", r"a \.rtf file; save it as \.docx"),
    ],
)
def test_suffixes_that_are_unknown_or_wrong(tmp_path, name, data, complaint):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(InputError, match=complaint):
        read_document(path)


def test_a_word_document_of_pictures_only(tmp_path):
    docx.Document().save(str(tmp_path / "scan.docx"))
    with pytest.raises(InputError, match=r"scan\.docx: no text in it; .* run OCR"):
        read_document(tmp_path / "scan.docx")


def test_a_file_larger_than_the_limit(folder, monkeypatch):
    monkeypatch.setattr("unionie.reading.MAX_BYTES", 10)
    with pytest.raises(InputError, match="split the file"):
        read_document(folder / "b" / "2021" / "c.DOCX")


def test_a_missing_library_names_the_command(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "docx", None)
    monkeypatch.delitem(sys.modules, "unionie.documents.docx", raising=False)
    with pytest.raises(MissingExtraError, match=r'pip install "unionie\[files\]"'):
        read_document(folder / "b" / "2021" / "c.DOCX")
