"""Going on after a stop, with a real process that is killed."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter

import psutil
import pytest

from unionie.batch import STDIN, Batch
from unionie.report import Report

COUNT = 40


@pytest.fixture
def folder(tmp_path):
    reports = tmp_path / "reports"
    for number in range(COUNT):
        path = reports / str(number % 3) / f"{number:02}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = f"去年,市总工会发展会员{number + 1}人。\n" * 20
        path.write_text(text, encoding="utf-8")
    (reports / "bad.pdf").write_bytes(b"%PDF-1.4 and no more")
    return tmp_path


def lines(path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True) if path.exists() else []


def finished(path) -> int:
    return sum(line.endswith(b"\n") for line in lines(path)) - 1


def test_every_file_once_however_often_it_is_killed(folder):
    command = [sys.executable, "-m", "unionie", "extract", "reports", "-o", "out.jsonl"]
    journal = folder / "out.jsonl.partial.jsonl"
    chance = random.Random(7)
    kills = 0
    for goal in (1, 9, 20, 33):
        process = subprocess.Popen(command, cwd=folder, stderr=subprocess.DEVNULL)
        while process.poll() is None and finished(journal) < goal:
            time.sleep(0.002)
        time.sleep(chance.random() / 50)
        process.send_signal(signal.SIGKILL)
        kills += process.wait() == -signal.SIGKILL
        if goal == 9:  # as when the machine dies within a line
            journal.write_bytes(journal.read_bytes()[:-5])
        if goal == 20:  # a file that was finished changes
            (folder / "reports" / "0" / "00.txt").write_text("发展会员999人。", encoding="utf-8")
    assert kills > 2
    assert not (folder / "out.jsonl").exists()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "bad.pdf: broken" in done.stderr
    assert "reports were finished before" in done.stderr
    assert sorted(os.listdir(folder)) == ["out.jsonl", "reports"]
    records = [json.loads(line) for line in lines(folder / "out.jsonl")]
    assert records.pop()["file"] == "reports/bad.pdf"
    names = [record["file"] for record in records]
    assert Counter(names) == Counter(
        f"reports/{number % 3}/{number:02}.txt" for number in range(COUNT)
    )
    assert names == sorted(names)
    for record in records:
        text = (folder / record["file"]).read_text(encoding="utf-8")
        assert Report.from_dict(record).text == text


def test_no_worker_outlives_a_run_that_is_killed_and_the_next_goes_on(folder):
    command = [sys.executable, "-m", "unionie", "extract", "reports", "-o", "out.csv", "-j", "2"]
    process = subprocess.Popen(command, cwd=folder, stderr=subprocess.DEVNULL)
    while finished(folder / "out.csv.partial.jsonl") < 5:
        time.sleep(0.01)
    workers = psutil.Process(process.pid).children(recursive=True)
    assert len(workers) == 2
    process.kill()
    process.wait()
    assert psutil.wait_procs(workers, timeout=30)[1] == []
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert "reports were finished before" in done.stderr
    with (folder / "out.csv").open(encoding="utf-8-sig", newline="") as stream:
        names = {row["file"] for row in csv.DictReader(stream)}
    assert len(names) == COUNT


def test_failures_are_in_the_order_of_the_files_for_any_number_of_processes(folder):
    paths = [folder / "gone.txt", *sorted((folder / "reports").rglob("*.*")), folder / "no.txt"]
    expected = [str(paths[0]), str(folder / "reports" / "bad.pdf"), str(paths[-1])]
    for number in (1, 2):
        batch = Batch(paths, n_process=number)
        assert len(list(batch.reports())) == COUNT
        assert [failure.file for failure in batch.failures] == expected


def test_what_is_finished_is_not_done_again(folder, monkeypatch):
    paths = sorted((folder / "reports").rglob("*.txt"))[:3]
    output = folder / "out.jsonl"
    monkeypatch.setattr("unionie.batch.write", stop)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            Batch(paths).write(output)
    assert finished(output.with_name("out.jsonl.partial.jsonl")) == 3
    monkeypatch.undo()
    monkeypatch.setattr("unionie.extraction.read_document", stop)
    taken = []
    Batch(paths).write(output, on_start=lambda *numbers: taken.append(numbers))
    assert taken == [(3, 0)]
    assert len(lines(output)) == 3


def stop(*arguments: object, **options: object) -> None:
    raise KeyboardInterrupt


def test_progress_adds_up_to_the_bytes_of_the_files(folder):
    paths = sorted((folder / "reports").rglob("*.*"))[:5]
    (folder / "empty.txt").write_text("\n")
    paths += [folder / "reports" / "bad.pdf", folder / "empty.txt", folder / "gone.txt"]
    done = []
    batch = Batch(paths, on_progress=lambda name, size: done.append(size))
    assert len(list(batch.reports())) == 6
    assert [failure.file for failure in batch.failures] == [str(p) for p in (paths[5], paths[7])]
    assert sum(done) == pytest.approx(batch.size())


def test_processes_give_the_same(folder):
    paths = sorted((folder / "reports").rglob("*.txt"))[:4]
    for number in (1, 2):
        Batch(paths, n_process=number).write(folder / f"{number}.csv")
    assert (folder / "1.csv").read_bytes() == (folder / "2.csv").read_bytes()


def test_standard_input_larger_than_the_limit(monkeypatch):
    monkeypatch.setattr("unionie.reading.MAX_BYTES", 1000)
    stream = io.BytesIO(bytes(9999))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(stream))
    batch = Batch([STDIN])
    assert list(batch.reports()) == []
    (failure,) = batch.failures
    assert str(failure).startswith("standard input: more than")
    assert stream.tell() < 2000


@pytest.mark.skipif(sys.platform != "linux", reason="names are text elsewhere")
def test_a_file_whose_name_is_no_text_costs_nothing(tmp_path):
    good = os.fsencode(tmp_path) + b"/\xff.txt"
    with open(good, "w", encoding="utf-8") as stream:
        stream.write("会员达5人。")
    with open(os.fsencode(tmp_path) + b"/\xfe.pdf", "wb") as stream:
        stream.write(b"%PDF-1.4 and no more")
    paths = [path for path in tmp_path.iterdir() if path.suffix in {".txt", ".pdf"}]
    for suffix in ("jsonl", "csv", "xlsx"):
        Batch(paths).write(tmp_path / f"out.{suffix}")
    report, failure = map(json.loads, lines(tmp_path / "out.jsonl"))
    assert report["file"].endswith("\\udcff.txt")
    assert failure["file"].endswith("\\udcfe.pdf")
