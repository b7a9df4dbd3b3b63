"""Work in several processes: lazily, in order, and whatever becomes of a process.

Each worker has a pipe of its own and one task at a time. So the end of a worker is seen
at once, even in the middle of a message, and it is known what the worker was doing; the
pools of the standard library promise neither.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, TypeVar

from unionie.errors import WorkerError

Item = TypeVar("Item")
Result = TypeVar("Result")

#: What a worker does with the items of a task.
Work = Callable[[list[Item]], list[Result]]

# What set_up is and gets. It goes through a worker's pipe if it has to be pickled: a
# process that ends while Python itself starts it with much to read blocks its parent.
_Start = tuple[Callable[..., Any], tuple[Any, ...]]

_AWAKE, _READY = "awake", "ready"
_AHEAD = 4  # groups a process that may wait for a slower one before them

# A process forked between another's pipe and its start would keep that pipe open.
_starting = threading.Lock()


def count_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run(
    set_up: Callable[..., Work[Item, Result]],
    arguments: tuple[Any, ...],
    groups: Iterable[list[Item]],
    *,
    n_process: int,
) -> Iterator[Result | WorkerError]:
    """Yield the result of each item, in order.

    Processes are started in the way that is set with ``multiprocessing``. When one is
    killed, a new one does its items again, one by one; an item whose process is killed
    twice gives a WorkerError.

    Args:
        set_up: called in each process with ``arguments``; returns what does the work, a
            function from a list of items to the list of their results.
        arguments: of ``set_up``; pickled where processes are not forked.
        groups: lists of items that are sent together; taken as they are needed.
        n_process: how many processes.

    Raises:
        WorkerError: no process could be started.

    """
    crew = _Crew(set_up, arguments, groups, n_process)
    try:
        yield from crew.results()
    finally:
        crew.stop()


@dataclass(slots=True)
class _Task(Generic[Item]):
    """Items under their numbers."""

    items: dict[int, Item]
    again: bool = False


class _Worker(Generic[Item]):
    """A process and the task it has."""

    def __init__(self, start: _Start) -> None:
        with _starting:
            self.pipe, theirs = multiprocessing.Pipe()
            forked = multiprocessing.get_start_method() == "fork"
            self.process = multiprocessing.Process(
                target=_serve, args=(theirs, start if forked else None), daemon=True
            )
            self.process.start()
            theirs.close()
        self.ready = False
        self.task: _Task[Item] | None = None

    def send(self, message: object) -> None:
        try:
            self.pipe.send(message)
        except OSError:  # it is gone, which the next look at its pipe will find
            return

    def stop(self) -> None:
        self.process.kill()
        self.process.join()
        self.process.close()
        self.pipe.close()


class _Crew(Generic[Item, Result]):
    """The workers, what is still to do and what is done before its turn."""

    def __init__(
        self,
        set_up: Callable[..., Work[Item, Result]],
        arguments: tuple[Any, ...],
        groups: Iterable[list[Item]],
        size: int,
    ) -> None:
        self._start = (set_up, arguments)
        self._groups = iter(groups)
        self._size = size
        self._workers: list[_Worker[Item]] = []
        self._again: deque[_Task[Item]] = deque()
        self._done: dict[int, Result | WorkerError] = {}
        self._due = 0
        self._taken = 0
        self._ends: deque[int] = deque()  # of the groups that are not all yielded
        self._started = False

    def results(self) -> Iterator[Result | WorkerError]:
        self._hand_out()
        while busy := {worker.pipe: worker for worker in self._workers if worker.task}:
            for pipe in wait(list(busy)):
                self._look_at(busy[pipe])  # type: ignore[index]
            self._hand_out()  # before the results are used, which takes time
            while self._due in self._done:
                result = self._done.pop(self._due)
                self._due += 1
                yield result
            self._hand_out()

    def stop(self) -> None:
        for worker in self._workers:
            worker.stop()

    def _hand_out(self) -> None:
        idle = deque(worker for worker in self._workers if worker.ready and not worker.task)
        while idle or len(self._workers) < self._size:
            task = self._next_task()
            if task is None:
                return
            if idle:
                worker = idle.popleft()
                worker.send(list(task.items.values()))
            else:
                worker = _Worker(self._start)
                self._workers.append(worker)
            worker.task = task

    def _next_task(self) -> _Task[Item] | None:
        if self._again:
            return self._again.popleft()
        while self._ends and self._ends[0] <= self._due:
            self._ends.popleft()
        if len(self._ends) >= _AHEAD * self._size:
            return None
        group = next(self._groups, None)
        if group is None:
            return None
        first, self._taken = self._taken, self._taken + len(group)
        self._ends.append(self._taken)
        return _Task(dict(enumerate(group, first)))

    def _look_at(self, worker: _Worker[Item]) -> None:
        """Take a worker's message, or note that it is gone."""
        task = worker.task
        assert task is not None
        try:
            message = worker.pipe.recv()
        except (EOFError, OSError):
            self._replace(worker, task)
            return
        if worker.ready:
            self._done.update(zip(task.items, message, strict=True))
            worker.task = None
        elif message == _AWAKE:
            worker.send(self._start)
        else:
            self._started = worker.ready = True
            worker.send(list(task.items.values()))

    def _replace(self, worker: _Worker[Item], task: _Task[Item]) -> None:
        worker.process.join()
        end = _end(worker.process.exitcode)
        self._workers.remove(worker)
        worker.stop()
        if not self._started:
            raise WorkerError(
                f"the worker processes do not start ({end}); a script that uses several must "
                'do its work under `if __name__ == "__main__":`, or use one process'
            )
        for number, item in task.items.items():
            if task.again:
                self._done[number] = WorkerError(
                    f"two worker processes ended over this ({end}); if memory ran out, use "
                    "fewer processes or split the text"
                )
            else:
                self._again.append(_Task({number: item}, again=True))


def _end(code: int | None) -> str:
    if code is not None and code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"exit status {code}"


def _serve(pipe: Connection, start: _Start | None) -> None:
    """Work until the pipe or the parent ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if start is None:
        pipe.send(_AWAKE)
        start = pipe.recv()
    set_up, arguments = start
    work = set_up(*arguments)
    pipe.send(_READY)
    while True:
        try:
            items = pipe.recv()
        except EOFError:
            return
        pipe.send(work(items))


def _end_with_parent() -> None:
    # Forked siblings keep each other's pipes open, so a parent that is killed is no
    # end of file there.
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
