"""Worker processes that end in every way."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
import time
from multiprocessing.connection import Connection

import pytest

from unionie.errors import WorkerError
from unionie.workers import count_cores, run


def ready(folder):
    return lambda items: [act(item, folder) for item in items]


def act(item, folder):
    """Be killed always, once, or never, as the item says."""
    mark = folder / str(item)
    if item == "dies" or (item == "dies once" and not mark.exists()):
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    if item == "sleeps":
        time.sleep(0.2)
    return f"{item}!"


@pytest.mark.parametrize("n_process", [1, 3])
def test_results_are_in_order_whichever_is_done_first(tmp_path, n_process):
    groups = [["sleeps", "a"], ["b"], [], ["c", "d"], ["e"]]
    found = list(run(ready, (tmp_path,), groups, n_process=n_process))
    assert found == ["sleeps!", "a!", "b!", "c!", "d!", "e!"]


def test_no_items_need_no_process(tmp_path):
    assert list(run(ready, (tmp_path,), [], n_process=2)) == []


def test_what_a_killed_process_had_is_done_again(tmp_path):
    groups = [["a", "dies once"], ["b"]] + [["c"]] * 20
    found = list(run(ready, (tmp_path,), groups, n_process=2))
    assert found == ["a!", "dies once!", "b!", *["c!"] * 20]


def test_only_what_kills_its_process_fails(tmp_path):
    groups = [["a", "dies", "b"], ["c"], ["dies"], ["d"]]
    found = list(run(ready, (tmp_path,), groups, n_process=2))
    assert [str(r) for r in found if not isinstance(r, WorkerError)] == ["a!", "b!", "c!", "d!"]
    assert [i for i, r in enumerate(found) if isinstance(r, WorkerError)] == [1, 4]
    assert "killed by SIGKILL" in str(found[1])


def test_a_process_that_is_killed_in_the_middle_of_its_result(tmp_path):
    found = list(run(half_sending, (tmp_path,), [["x"], ["y"]], n_process=2))
    assert found == ["x" * 1_000_000, "y" * 1_000_000]


def half_sending(folder):
    def work(items):
        (item,) = items
        if not (folder / item).exists():
            (folder / item).touch()
            Connection._send_bytes = send_half
        return [item * 1_000_000]

    return work


def send_half(pipe, data):
    os.write(pipe.fileno(), struct.pack("!i", len(data)) + bytes(data[:1000]))
    os.kill(os.getpid(), signal.SIGKILL)


def test_groups_are_taken_as_they_are_needed(tmp_path):
    taken = []

    def groups():
        for number in range(1000):
            taken.append(number)
            yield [number]

    found = run(ready, (tmp_path,), groups(), n_process=2)
    assert next(found) == "0!"
    assert len(taken) < 20
    found.close()


def broken(folder):
    raise SystemExit(3)


def test_processes_that_do_not_start_are_an_error(tmp_path):
    with pytest.raises(WorkerError, match="exit status 3"):
        list(run(broken, (tmp_path,), [["a"]], n_process=2))


UNGUARDED = """
import multiprocessing, unionie
multiprocessing.set_start_method("spawn")
list(unionie.extract_many(["会员3人。"] * 3, n_process=2))
"""


def test_a_script_without_a_guard_is_told_so(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(UNGUARDED, encoding="utf-8")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert 'if __name__ == "__main__"' in done.stderr.splitlines()[-1]


def test_cores_are_those_this_process_may_use():
    assert 1 <= count_cores() <= os.cpu_count()
