"""Extracting from many files into one, going on where an earlier run was stopped."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from unionie.digest import digest_folder
from unionie.document import Document
from unionie.errors import InputError, UnionieError
from unionie.extraction import Source, folder_of, load, outcomes
from unionie.files import check_file
from unionie.journal import Journal, Stamp
from unionie.reading import decode, read_stream, writable
from unionie.report import Report
from unionie.writing import Failure, write

#: The path that stands for standard input, and the name of a report from there.
STDIN = Path("-")
STDIN_NAME = "standard input"


class Written(NamedTuple):
    """How much was written.

    Attributes:
        reports: the reports.
        figures: their figures.
        rows: pairs of figure and indicator, the rows of a table.

    """

    reports: int
    figures: int
    rows: int


class Batch:
    """Files to extract from, and what became of them.

    Args:
        paths: the files, each once; ``-`` is standard input.
        model: folder of a pipeline; the bundled one if None.
        n_process: worker processes, which read the files; -1 for one a core.
        on_progress: called with the name of the file at work and the bytes done since the
            last call.

    Attributes:
        failures: what could not be read or processed, so far, in the order of the files.
        left_out: number of figures whose score was too low, so far.
        count: number of the files.
        done: how many of them are finished or failed, so far.

    """

    def __init__(
        self,
        paths: Iterable[Path],
        *,
        model: Path | None = None,
        n_process: int = 1,
        on_progress: Callable[[str, float], None] = lambda name, done: None,
    ) -> None:
        self.failures: list[Failure] = []
        self.left_out = 0
        self._paths = {_name(path): path for path in paths}
        self.count = len(self._paths)
        self.done = 0
        self._folder = folder_of(model)
        self._nlp = load(model) if model else None
        self._n_process = n_process
        self._on_progress = on_progress
        self._stdin = read_stream(sys.stdin.buffer) if STDIN_NAME in self._paths else b""
        self._stamps: dict[str, Stamp] = {}

    def size(self, names: Iterable[str] | None = None) -> int:
        """Return the bytes of the files, all or those of ``names``; what is gone has none."""
        return sum(map(self._size, self._paths if names is None else names))

    def reports(self, *, min_score: float = 0.0) -> Iterator[Report]:
        """Yield the reports of the files, in order; the rest is in :attr:`failures`.

        Args:
            min_score: keep what is at least so probable; :attr:`left_out` counts the rest.

        """
        return self._kept(self._extracted(self._paths), min_score)

    def _kept(self, reports: Iterable[Report], min_score: float) -> Iterator[Report]:
        for report in reports:
            kept = report.at_least(min_score)
            self.left_out += len(report.figures) - len(kept.figures)
            yield kept

    def _extracted(self, names: Iterable[str]) -> Iterator[Report]:
        meter = _Meter(self._on_progress)

        def sources() -> Iterator[Source]:
            for name in names:
                meter.begin(name, self._size(name))
                yield self._source(name)

        for outcome in outcomes(
            sources(), nlp=self._nlp, n_process=self._n_process, on_progress=meter.advance
        ):
            self.done += 1
            name = meter.end()
            if isinstance(outcome, Report):
                yield outcome
            else:
                self.failures.append(Failure(name, _reason(name, outcome)))

    def write(
        self,
        output: Path,
        *,
        format: str | None = None,  # noqa: A002
        min_score: float = 0.0,
        on_start: Callable[[int, int], None] = lambda taken, size: None,
    ) -> Written:
        """Write the reports to ``output``; see :func:`unionie.write`.

        Each finished report goes to a journal beside ``output``, ``NAME.partial.jsonl``.
        A later call takes from there what is of the same files and model, and removes the
        journal when ``output`` is complete.

        Args:
            output: the file to write.
            format: its format; that of its suffix if None.
            min_score: write what is at least so probable; :attr:`left_out` counts the rest,
                and the journal keeps everything.
            on_start: called with the number of reports taken from the journal and the
                bytes of the files that are left to do.

        Raises:
            UnionieError: none of the files could be read, or another run has the journal.

        """
        place = output.with_name(f"{output.name}.partial.jsonl")
        with Journal(place, model=digest_folder(self._folder)) as journal:
            pending = [name for name in self._paths if not self._done(journal, name)]
            self.done = self.count - len(pending)
            on_start(self.done, self.size(pending))
            for report in self._extracted(pending):
                name = report.file or STDIN_NAME
                journal.add(report, name, self._stamps.pop(name))
            failed = {failure.file for failure in self.failures}
            done = [name for name in self._paths if name not in failed]
            if not done:
                journal.remove()
                raise UnionieError("none of the files could be read; nothing was written")
            figures = rows = 0

            def counted() -> Iterator[Report]:
                nonlocal figures, rows
                for kept in self._kept(journal.reports(done), min_score):
                    figures += len(kept.figures)
                    rows += sum(max(len(figure.indicators), 1) for figure in kept.figures)
                    yield kept

            write(counted(), output, failures=self.failures, format=format)
            journal.remove()
            return Written(len(done), figures, rows)

    def _done(self, journal: Journal, name: str) -> bool:
        try:
            return journal.holds(name, self._stamp(name))
        except OSError:
            return False

    def _stamp(self, name: str) -> Stamp:
        return Stamp.of(self._stdin) if name == STDIN_NAME else Stamp.of_file(self._paths[name])

    def _source(self, name: str) -> Source:
        try:
            if name != STDIN_NAME:
                check_file(self._paths[name])
            self._stamps[name] = self._stamp(name)
            if name == STDIN_NAME:
                if not self._stdin:
                    raise InputError(f"{name}: empty, 0 bytes; give a file, or text to read")
                return Document(decode(self._stdin, name=name), file=name)
        except (OSError, UnionieError) as error:
            return error
        return self._paths[name]

    def _size(self, name: str) -> int:
        try:
            return len(self._stdin) if name == STDIN_NAME else self._paths[name].stat().st_size
        except OSError:
            return 0


class _Meter:
    """Turns the characters that are done, in the order of the files, into bytes of files."""

    def __init__(self, tell: Callable[[str, float], None]) -> None:
        self._tell = tell
        self._open: deque[tuple[str, int, float]] = deque()  # name, bytes, bytes left

    def begin(self, name: str, size: int) -> None:
        self._open.append((name, size, size))

    def advance(self, characters: int, whole: int) -> None:
        name, size, left = self._open[0]
        done = min(left, size * characters / max(whole, 1))
        self._open[0] = (name, size, left - done)
        self._tell(name, done)

    def end(self) -> str:
        name, _, left = self._open.popleft()
        self._tell(name, left)
        return name


def _name(path: Path) -> str:
    return STDIN_NAME if path == STDIN else writable(path)


def _reason(name: str, error: Exception) -> str:
    """Return what the error's message says besides the file's name."""
    if isinstance(error, OSError) and error.strerror:
        return writable(error.strerror)
    return writable(error).removeprefix(f"{name}: ")
