"""A journal of finished reports, from which an extraction that was stopped goes on.

It is a JSON Lines file. The first line names the version and the model; each other line
holds one report with its file's size and digest. A line counts when it is complete and
ends in a line break. A process that is killed loses nothing that it has added; a machine
that stops loses what was added in the last second.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import inf
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any, Self

import unionie
from unionie.durable import sync_folder
from unionie.locking import open_locked
from unionie.report import Report

_SYNC_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a file was when it was read: its size in bytes and its SHA-256."""

    size: int
    sha256: str

    @classmethod
    def of(cls, data: bytes) -> Stamp:
        """Return the stamp of a file's content."""
        return cls(len(data), hashlib.sha256(data).hexdigest())

    @classmethod
    def of_file(cls, path: Path) -> Stamp:
        """Return the stamp of a file, read in bounded memory."""
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256")
            return cls(stream.tell(), digest.hexdigest())


class Journal:
    """An open journal; a context manager that closes it and leaves it on the disk.

    Reports of another model or version are dropped when it is opened, and so is what
    stands after the first line that is broken.

    Raises:
        UnionieError: another run has this journal open.

    """

    def __init__(self, path: Path, *, model: str) -> None:
        self.path = path
        self._places: dict[str, tuple[Stamp, int]] = {}
        head = {"unionie": unionie.__version__, "model": model}
        self._stream = open_locked(path)
        self._synced = -inf
        self._stream.seek(0)
        end = self._recover(head)
        self._stream.seek(end)
        self._stream.truncate()
        if end == 0:
            self._append(head)
            sync_folder(path.absolute().parent)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stream.close()

    def holds(self, file: str, stamp: Stamp) -> bool:
        """Say whether the report of ``file`` is there and the file is still the same."""
        return file in self._places and self._places[file][0] == stamp

    def add(self, report: Report, file: str, stamp: Stamp) -> None:
        """Add a finished report; it takes the place of an earlier one."""
        entry = {"file": file, "size": stamp.size, "sha256": stamp.sha256}
        place = self._append(entry | {"report": report.to_dict()})
        self._places[file] = (stamp, place)

    def reports(self, files: Iterable[str]) -> Iterator[Report]:
        """Yield the reports of ``files`` in their order, one in memory at a time."""
        for file in files:
            self._stream.seek(self._places[file][1])
            yield Report.from_dict(json.loads(self._stream.readline())["report"])

    def remove(self) -> None:
        """Close the journal and delete it."""
        if os.name == "nt":  # where what is open cannot be deleted
            self._stream.close()
        self.path.unlink(missing_ok=True)
        self._stream.close()

    def _recover(self, head: dict[str, str]) -> int:
        """Read what is there; return where its good part ends."""
        end = 0
        for line in self._stream:
            entry = _entry(line)
            if entry is None or (end == 0 and entry != head):
                break
            if end and "report" in entry:
                stamp = Stamp(entry["size"], entry["sha256"])
                self._places[entry["file"]] = (stamp, end)
            end += len(line)
        return end

    def _append(self, entry: dict[str, Any]) -> int:
        place = self._stream.seek(0, os.SEEK_END)
        self._stream.write(json.dumps(entry, ensure_ascii=False).encode() + b"\n")
        self._stream.flush()
        if monotonic() - self._synced > _SYNC_SECONDS:
            os.fsync(self._stream.fileno())
            self._synced = monotonic()
        return place


def _entry(line: bytes) -> dict[str, Any] | None:
    """Return what a line holds, None if it is torn or is no line of a journal."""
    try:
        entry = json.loads(line) if line.endswith(b"\n") else None
    except ValueError:
        return None
    known = ({"unionie", "model"}, {"file", "size", "sha256", "report"})
    return entry if isinstance(entry, dict) and set(entry) in known else None
