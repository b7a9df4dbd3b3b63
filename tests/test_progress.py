from __future__ import annotations

import pytest

from unionie.progress import ProgressNotes

CASES = [
    # seconds, bytes done of 1200; the line
    (60, 0, "12 of 1,200 files"),
    (60, 300, "12 of 1,200 files, about 3 minutes left"),
    (60, 600, "12 of 1,200 files, about 1 minute left"),
    (60, 1190, "12 of 1,200 files, less than a minute left"),
    (60, 1, "12 of 1,200 files, about 20 hours left"),
]


@pytest.mark.parametrize(("seconds", "size", "line"), CASES)
def test_a_line_says_how_far_the_work_is(seconds, size, line):
    times = iter([0, 0, seconds])
    said = []
    notes = ProgressNotes(said.append, clock=lambda: next(times))
    notes.start(1200)
    notes.advance(size, 12, 1200)
    assert said == [line]


def test_lines_come_about_once_a_minute():
    now = 0.0
    said = []
    notes = ProgressNotes(said.append, clock=lambda: now)
    notes.start(1000)
    for number in range(100):
        now += 5
        notes.advance(1, number, 100)
    assert len(said) == 500 // 60
