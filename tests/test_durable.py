from __future__ import annotations

import os

import pytest

from unionie.durable import replacing


def test_writing_is_all_or_nothing(tmp_path):
    target = tmp_path / "out.txt"
    target.write_text("earlier")

    def fail() -> None:
        with replacing(target) as stream:
            stream.write(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert os.listdir(tmp_path) == ["out.txt"]
    assert target.read_text() == "earlier"


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("no/out.txt", FileNotFoundError, "folder does not exist: '.*no'"),
        ("", IsADirectoryError, "name a file: "),
    ],
)
def test_an_error_names_the_path_that_was_given(tmp_path, name, error, message):
    with pytest.raises(error, match=message), replacing(tmp_path / name):
        pass
    assert os.listdir(tmp_path) == []
