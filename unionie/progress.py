"""How far the work is, in lines for where no progress bar is seen."""

from __future__ import annotations

import time
from collections.abc import Callable

#: Seconds between two lines.
INTERVAL = 60.0


class ProgressNotes:
    """Says about once a minute how many files are done, and about how long the rest takes.

    Args:
        say: what prints a line.
        clock: gives seconds.

    """

    def __init__(
        self, say: Callable[[str], object], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._say = say
        self._clock = clock
        self.start(0)

    def start(self, size: int) -> None:
        """Begin to count, with ``size`` bytes to do."""
        self._size = size
        self._done = 0.0
        self._began = self._said = self._clock()

    def advance(self, size: float, done: int, count: int) -> None:
        """Count ``size`` bytes more; ``done`` of ``count`` files are finished."""
        self._done += size
        now = self._clock()
        if now - self._said < INTERVAL:
            return
        self._said = now
        line = f"{done:,} of {count:,} files"
        if 0 < self._done <= self._size:
            seconds = (now - self._began) * (self._size - self._done) / self._done
            line += f", {_duration(seconds)} left"
        self._say(line)


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return "less than a minute"
    if minutes >= 120:
        return f"about {round(minutes / 60):,} hours"
    return f"about {minutes} minute" + ("" if minutes == 1 else "s")
