from __future__ import annotations

import os
from pathlib import Path

import portalocker
import pytest

import unionie
from unionie.journal import Journal, Stamp
from unionie.report import Report

STAMP = Stamp.of("会员".encode())


@pytest.fixture
def place(tmp_path):
    path = tmp_path / "x.partial.jsonl"
    with Journal(path, model="m") as journal:
        journal.add(Report("一", file="a"), "a", STAMP)
        journal.add(Report("二", file="b"), "b", STAMP)
    return path


def held(path, model: str = "m") -> list[str]:
    with Journal(path, model=model) as journal:
        names = [name for name in "abc" if journal.holds(name, STAMP)]
        return [report.text for report in journal.reports(names)]


def test_what_is_finished_is_there_again(place):
    assert held(place) == ["一", "二"]


def test_a_file_that_changed_is_not(place):
    with Journal(place, model="m") as journal:
        assert not journal.holds("a", Stamp.of(b"changed"))
        journal.add(Report("三", file="a"), "a", STAMP)
    assert held(place) == ["三", "二"]


@pytest.mark.parametrize(("model", "version"), [("other", None), ("m", "9.9")])
def test_another_model_or_version_starts_afresh(place, monkeypatch, model, version):
    if version:
        monkeypatch.setattr(unionie, "__version__", version)
    assert held(place, model) == []
    assert len(place.read_bytes().splitlines()) == 1


def test_a_torn_end_is_dropped_wherever_it_is_torn(place):
    whole = place.read_bytes()
    ends = [n + 1 for n, byte in enumerate(whole) if byte == ord("\n")]
    for length in range(len(whole)):
        place.write_bytes(whole[:length])
        complete = sum(end <= length for end in ends)
        assert held(place) == ["一", "二"][: max(complete - 1, 0)]
        with Journal(place, model="m") as journal:
            journal.add(Report("三", file="c"), "c", STAMP)
        assert held(place)[-1] == "三"


@pytest.mark.parametrize("line", [b"[]\n", b"{}\n", b'{"file": "c"}\n', b"\xff\n", b"1\n"])
def test_what_is_no_entry_ends_the_journal(place, line):
    place.write_bytes(place.read_bytes() + line)
    assert held(place) == ["一", "二"]


def test_two_runs_do_not_share_a_journal(place, monkeypatch):
    monkeypatch.setattr("unionie.locking._LOCK_SECONDS", 0)
    with Journal(place, model="m") as journal:
        with pytest.raises(unionie.UnionieError, match="another run"):
            Journal(place, model="other")
        journal.add(Report("三", file="c"), "c", STAMP)
    assert held(place) == ["一", "二", "三"]


def test_a_journal_that_another_run_removes_is_made_anew(place, monkeypatch):
    first = Journal(place, model="m")
    steps = iter([first.remove])
    lock = portalocker.lock

    def remove_and_lock(*arguments) -> None:
        next(steps, lambda: None)()  # when the second run has opened the file
        lock(*arguments)

    monkeypatch.setattr("portalocker.lock", remove_and_lock)
    monkeypatch.setattr("unionie.locking._LOCK_SECONDS", 0)
    with Journal(place, model="m") as second:
        with pytest.raises(unionie.UnionieError, match="another run"):
            Journal(place, model="m")
        second.add(Report("三", file="c"), "c", STAMP)
    assert held(place) == ["三"]


@pytest.mark.skipif(os.name == "nt", reason="an open file cannot be deleted there")
def test_a_journal_is_locked_until_it_is_removed(place, monkeypatch):
    monkeypatch.setattr("unionie.locking._LOCK_SECONDS", 0)
    journal = Journal(place, model="m")
    tries = []

    def unlink(path: Path, **options: bool) -> None:
        with pytest.raises(unionie.UnionieError, match="another run"):
            Journal(path, model="m")
        tries.append(path)

    monkeypatch.setattr(Path, "unlink", unlink)
    journal.remove()
    assert tries == [place]


def test_removing(place):
    journal = Journal(place, model="m")
    journal.remove()
    assert not place.exists()


def test_stamp_of_a_file_is_that_of_its_content(tmp_path):
    (tmp_path / "x").write_bytes("会员".encode())
    assert Stamp.of_file(tmp_path / "x") == STAMP
