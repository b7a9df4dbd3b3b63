"""Measure what extraction costs in bulk: seconds, memory, and what a second process brings.

Other work on the machine takes clock time from a run, but hardly changes its processor
time. So what counts is the processor's: the ratio of two processes to one is the seconds
of the one to those of the busier of the two, its start included.
"""

from __future__ import annotations

import multiprocessing
import os
import platform
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import psutil
import srsly
import typer

import unionie
from unionie.document import Document
from unionie.journal import Journal, Stamp
from unionie.report import Report
from unionie.workers import count_cores

ROOT = Path(__file__).parent.parent


def main(
    output: Annotated[Path, typer.Argument(help="JSON to write.")],
    copies: Annotated[int, typer.Option(help="How often each seed report is read.")] = 4,
    rounds: Annotated[int, typer.Option(help="Of which the median is taken.")] = 3,
) -> None:
    """Read the seed reports again and again with one process and with two."""
    started = time.process_time()
    nlp = unionie.load()
    unionie.extract("会员3人。", nlp=nlp)
    startup = time.process_time() - started
    reports = [
        Document(unionie.read_text(path), file=f"{copy}.txt")
        for copy in range(copies)
        for path in sorted((ROOT / "seeds").glob("*.txt"))
    ]
    ways = {"one": (1, "fork"), "two_forked": (2, "fork"), "two_spawned": (2, "spawn")}
    runs: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
    for _ in range(rounds):  # one after the other, so that noise meets all of them
        for way, (processes, method) in ways.items():
            runs[way].append(run(reports, nlp, processes, method))
    extracted = list(unionie.extract_many(reports, nlp=nlp))
    write_all(extracted)  # loads what writing needs
    writing = write_all(extracted)
    middle = {
        name: {key: round(median(single[key] for single in of), 4) for key in of[0]}
        for name, of in runs.items()
    }
    cost = middle["one"]["cpu_seconds"] / len(reports)
    share = middle["two_forked"]["parent_cpu_seconds"] / len(reports)
    result = {
        "documents": len(reports),
        "characters_per_document": round(sum(len(r.text) for r in reports) / len(reports)),
        "rounds": rounds,
        "machine": {
            "processor": platform.machine(),
            "cores": count_cores(),
            "load_average": round(os.getloadavg()[0], 1),
        },
        "startup_cpu_seconds": round(startup, 2),
        "cpu_seconds_per_document": round(cost, 4),
        "documents_per_core_second": round(1 / cost, 2),
        "parent_cpu_seconds_per_document": round(share, 5),
        "writing_cpu_seconds_per_document": round(writing / len(reports), 4),
        "clock_ratio_two_to_one": round(
            median(
                one["clock_seconds"] / two["clock_seconds"]
                for one, two in zip(runs["one"], runs["two_forked"], strict=True)
            ),
            2,
        ),
        "cpu_ratio_two_to_one": round(
            median(
                one["cpu_seconds"] / two["busiest_process_cpu_seconds"]
                for one, two in zip(runs["one"], runs["two_forked"], strict=True)
            ),
            2,
        ),
        "medians": middle,
    }
    srsly.write_json(output, result)


def run(reports: list[Document], nlp: Any, processes: int, method: str) -> dict[str, float]:
    """Return the seconds and the memory of one run."""
    multiprocessing.set_start_method(method, force=True)
    here = psutil.Process()
    clock, own = time.monotonic(), time.process_time()
    workers: list[dict[str, float]] = []
    for number, _ in enumerate(unionie.extract_many(reports, nlp=nlp, n_process=processes)):
        if number == len(reports) - 1:
            workers = [
                use_of(child) for child in here.children() if "resource_tracker" not in name(child)
            ]
    parent = time.process_time() - own
    workers = workers or [use_of(here) | {"cpu": parent}]
    return {
        "clock_seconds": time.monotonic() - clock,
        "cpu_seconds": sum(worker["cpu"] for worker in workers) + parent * (processes > 1),
        "busiest_process_cpu_seconds": max(worker["cpu"] for worker in workers),
        "parent_cpu_seconds": parent,
        "own_megabytes_of_a_worker": max(worker["megabytes"] for worker in workers),
    }


def use_of(process: psutil.Process) -> dict[str, float]:
    """Return the processor seconds of a process and the memory it shares with no other."""
    times = process.cpu_times()
    return {
        "cpu": times.user + times.system,
        "megabytes": process.memory_full_info().uss / 1e6,
    }


def name(process: psutil.Process) -> str:
    """Return the command of a process."""
    return " ".join(process.cmdline())


def write_all(reports: list[Report]) -> float:
    """Return the processor seconds of keeping reports in a journal and writing a table."""
    with TemporaryDirectory() as folder:
        place = Path(folder)
        started = time.process_time()
        with Journal(place / "journal", model="") as journal:
            for number, report in enumerate(reports):
                journal.add(report, str(number), Stamp.of(b""))
            unionie.write(journal.reports(map(str, range(len(reports)))), place / "table.csv")
        return time.process_time() - started


if __name__ == "__main__":
    typer.run(main)
