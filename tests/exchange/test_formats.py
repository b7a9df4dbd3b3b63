from __future__ import annotations

import json
from pathlib import Path

import pytest

from unionie.annotation import Paragraph
from unionie.cli_annotation import Tool
from unionie.errors import AnnotationError
from unionie.exchange.formats import FORMATS, guess_format, read_export, write_export

PARAGRAPH = Paragraph("好", doc="d", source="s", line=3)


def put(tmp_path: Path, name: str, content: bytes) -> Path:
    """Write a file and return it, or the folder that ``name`` puts it in."""
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)
    return file if file.parent == tmp_path else file.parent


def test_the_command_line_knows_every_format():
    assert list(Tool) == list(FORMATS)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("x.json", b"[]", "label-studio"),
        ("x.spacy", b"", "spacy"),
        ("x.jsonl", b'{"text": "a", "spans": []}', "prodigy"),
        ("x.jsonl", b'{"text": "a", "answer": "accept"}', "prodigy"),
        ("x.jsonl", b'{"id": 1, "text": "a", "entities": [], "Comments": []}', "doccano"),
        ("folder/x.ann", b"", "brat"),
        ("folder/admin.jsonl", b'{"id": 1, "entities": []}', "doccano"),
    ],
)
def test_guess(tmp_path, name, content, expected):
    assert guess_format(put(tmp_path, name, content)).name == expected


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("x.jsonl", json.dumps(PARAGRAPH.to_dict()).encode(), "cannot tell .* say it with --from"),
        ("x.jsonl", b"", "cannot tell"),
        ("x.jsonl", b"{", "cannot tell"),
        ("x.zip", b"", "unpack it first"),
        ("x.csv", b"", "no known annotation tool"),
        ("folder/x.csv", b"", "no file of an annotation tool"),
    ],
)
def test_what_is_ambiguous_or_unknown_is_not_guessed(tmp_path, name, content, complaint):
    path = put(tmp_path, name, content)
    with pytest.raises(AnnotationError, match=complaint):
        guess_format(path)


def test_a_folder_of_exports_is_read_and_a_broken_file_does_not_stop_it(tmp_path):
    write_export([PARAGRAPH], tmp_path / "b.spacy", FORMATS["spacy"])
    (tmp_path / "a.spacy").write_bytes(b"nonsense")
    broken, read = read_export(tmp_path, FORMATS["spacy"])
    assert "a.spacy: no DocBin" in str(broken)
    assert read == PARAGRAPH


@pytest.mark.parametrize(
    ("path", "name", "complaint"),
    [
        ("gone", "doccano", "no such file"),
        ("", "doccano", r"no \.jsonl file in this folder"),
        ("", "brat", r"no \.ann file in this folder"),
        ("x.ann", "brat", "brat takes a folder"),
    ],
)
def test_nothing_to_read(tmp_path, path, name, complaint):
    if path == "x.ann":
        (tmp_path / path).touch()
    with pytest.raises(FileNotFoundError, match=complaint):
        list(read_export(tmp_path / path, FORMATS[name]))


def test_brats_files_are_people_s_work_and_stay(tmp_path):
    folder = tmp_path / "brat"
    write_export([PARAGRAPH], folder, FORMATS["brat"])
    (folder / "d.ann").write_text("T1\tORG 0 1\t好\n", encoding="utf-8")
    with pytest.raises(FileExistsError, match=r"is there already; give --overwrite"):
        write_export([PARAGRAPH], folder, FORMATS["brat"])
    assert "ORG" in (folder / "d.ann").read_text()
    write_export([PARAGRAPH], folder, FORMATS["brat"], overwrite=True)
    assert not (folder / "d.ann").read_text()
