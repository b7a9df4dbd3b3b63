from __future__ import annotations

import codecs

import pytest

from unionie.errors import InputError
from unionie.reading import decode, read_text

TEXT = "5年来，市总工会已建立基层工会组织3.9万个。\r\n会员435万人。\n"


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        TEXT.encode("gb18030"),
        TEXT.encode("utf-16"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
    ],
    ids=["utf-8", "utf-8 with BOM", "gb18030", "utf-16", "utf-16-be"],
)
def test_encodings_are_told_apart(tmp_path, data):
    file = tmp_path / "报告.txt"
    file.write_bytes(data)
    assert read_text(file) == TEXT


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00", "zero bytes"),
        ("déjà vu, façade, garçon".encode("latin-1"), "not text in UTF-8 or GB18030"),
        (b"\xe4\xb8\xff\xff\xff", "not text"),
        (codecs.BOM_UTF16_LE + b"a", "not text in UTF-16"),
    ],
)
def test_what_is_no_text_is_refused(data, complaint):
    with pytest.raises(InputError, match=f"x.bin: .*{complaint}"):
        decode(data, name="x.bin")


def test_empty_file_is_an_empty_text(tmp_path):
    file = tmp_path / "empty.txt"
    file.touch()
    assert read_text(file) == ""


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_text(tmp_path / "nowhere.txt")


def test_file_larger_than_the_limit(tmp_path, monkeypatch):
    monkeypatch.setattr("unionie.reading.MAX_BYTES", 10)
    file = tmp_path / "large.txt"
    file.write_text(TEXT)
    with pytest.raises(InputError, match="split the file"):
        read_text(file)
