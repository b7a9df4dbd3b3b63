"""Send generated inputs through the readers and the pipeline, and count what goes wrong.

The inputs follow from the seed and their number alone, so every failure can be had again.
What was done is written after every part; the same command goes on from there.
"""

from __future__ import annotations

import contextlib
import json
import platform
import random
import re
import resource
import tempfile
import time
import traceback
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer
from damage import FORMATS, check_damaged
from properties import (
    check_known,
    check_quantity,
    check_refusal,
    check_report,
    has_surrogate,
    require,
)
from rich.progress import track
from texts import choose, known

import unionie
from unionie.digest import digest_files

ROUNDS = 1_000  # each does a thousandth of everything
HERE = Path(__file__).resolve().parent
GENERATORS = ("texts.py", "damage.py")
_KEPT = 100  # failures written out; all are counted
_VERSIONS = ("spacy", "thinc", "numpy", "spacy-pkuseg", "lxml", "pdfminer.six", "python-docx")


class Campaign:
    """The counts and failures so far, and the file that they are kept in."""

    def __init__(self, output: Path, seed: int) -> None:
        self.output = output
        self.state: dict[str, Any] = {
            "seed": seed,
            "generators": {name: digest_files([HERE / name], root=HERE) for name in GENERATORS},
            "surfaces": 0,
            "surfaces_by_strategy": {},
            "surfaces_read": 0,
            "known_numbers_read": 0,
            "texts": 0,
            "texts_by_strategy": {},
            "entities": 0,
            "damaged_files": 0,
            "damaged_files_by_format": {},
            "damaged_files_refused": 0,
            "failures": 0,
            "failures_shown": [],
            "mended": [],
            "peak_memory_mb": 0,
            "seconds": 0.0,
        }
        if output.exists():
            earlier = json.loads(output.read_text(encoding="utf-8"))
            own, theirs = self.state["generators"], earlier["generators"]
            if earlier["seed"] != seed or own["texts.py"] != theirs["texts.py"]:
                raise typer.BadParameter(f"{output} is of other inputs; delete it first")
            if own["damage.py"] != theirs["damage.py"]:  # files of the old kinds do not count
                earlier = {k: v for k, v in earlier.items() if not k.startswith("damaged")}
            self.state |= earlier | {"generators": own}
        self._begun = time.monotonic() - self.state["seconds"]

    def count(self, table: str, name: str) -> None:
        """Count one more of ``name`` in ``table``."""
        self.state[table][name] = self.state[table].get(name, 0) + 1

    def fail(self, where: str, number: int, given: object) -> None:
        """Keep the exception at hand as a failure."""
        self.state["failures"] += 1
        if len(self.state["failures_shown"]) < _KEPT:
            lines = traceback.format_exc().strip().splitlines()
            self.state["failures_shown"].append(
                {"where": where, "number": number, "input": ascii(given)[:300], "error": lines[-1]}
            )

    def save(self) -> None:
        """Write the summary."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        self.state["peak_memory_mb"] = max(peak, self.state["peak_memory_mb"])
        self.state["seconds"] = round(time.monotonic() - self._begun)
        self.state["versions"] = {"python": platform.python_version()} | {
            name: version(name) for name in ("unionie", *_VERSIONS)
        }
        text = json.dumps(self.state, ensure_ascii=False, indent=1) + "\n"
        self.output.write_text(text, encoding="utf-8")


def write_page(state: dict[str, Any], page: Path) -> None:
    """Put the counts into the page, between its marks."""
    rows = (
        ("inputs to the figure reader", f"{state['surfaces']:,}"),
        (
            "surfaces of known numbers, read as those",
            f"{state['known_numbers_read']:,} of {state['surfaces']:,}",
        ),
        ("inputs to the pipeline", f"{state['texts']:,}"),
        ("damaged files", f"{state['damaged_files']:,}"),
        ("of them refused", f"{state['damaged_files_refused']:,}"),
        ("failures", f"{state['failures']:,}"),
        ("failures of earlier runs, mended since", f"{len(state['mended']):,}"),
        ("most memory, MB", f"{state['peak_memory_mb']:,}"),
    )
    table = "".join(f"| {name} | {value} |\n" for name, value in (("", ""), ("---", "---:"), *rows))
    marks = re.compile("(<!-- fuzz:start -->\n).*?(<!-- fuzz:end -->)", re.DOTALL)
    text = page.read_text(encoding="utf-8")
    page.write_text(marks.sub(lambda m: m[1] + table + m[2], text), encoding="utf-8")


def run_surfaces(campaign: Campaign, first: int, last: int) -> None:
    """Send the inputs numbered ``first`` to ``last`` through the figure reader."""
    state = campaign.state
    for number in range(first, last):
        rng = random.Random(f"{state['seed']}:surface:{number}")
        strategy, text = choose(rng)
        surface, value = known(rng)
        campaign.count("surfaces_by_strategy", strategy)
        try:
            state["surfaces_read"] += check_quantity(text).approx != "unread"
            state["known_numbers_read"] += check_known(surface, value)
        except Exception:
            campaign.fail("figure reader", number, [text, surface])


def run_texts(nlp: Any, campaign: Campaign, first: int, last: int) -> None:
    """Send the inputs numbered ``first`` to ``last`` through the pipeline."""
    state = campaign.state
    texts = []
    for number in range(first, last):
        rng = random.Random(f"{state['seed']}:text:{number}")
        strategy, text = choose(rng)
        texts.append(text)
        campaign.count("texts_by_strategy", strategy)
    refused: dict[int, Exception] = {}
    reports = iter([*unionie.extract_many(texts, nlp=nlp, on_error=refused.__setitem__)])
    for index, text in enumerate(texts):
        try:
            if index in refused:
                check_refusal(text, refused[index])
            else:
                require(not has_surrogate(text), "a lone surrogate was not refused")
                report = next(reports)
                state["entities"] += len(report.entities)
                check_report(text, report)
        except Exception:
            campaign.fail("pipeline", first + index, text)


def run_files(campaign: Campaign, first: int, last: int) -> None:
    """Send the damaged files numbered ``first`` to ``last`` through their readers."""
    state = campaign.state
    names = list(FORMATS)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(first, last):
            rng = random.Random(f"{state['seed']}:file:{number}")
            (name,) = rng.choices(names, [FORMATS[name] for name in names])
            campaign.count("damaged_files_by_format", name)
            try:
                state["damaged_files_refused"] += check_damaged(name, rng, Path(folder))
            except Exception:
                campaign.fail(name, number, None)


def retry(campaign: Campaign, runs: dict[str, Callable[[Campaign, int, int], None]]) -> None:
    """Run what failed in earlier runs again, and put down as mended what no longer fails."""
    state = campaign.state
    for failure in [*state["failures_shown"]]:
        with tempfile.TemporaryDirectory() as folder:
            again = Campaign(Path(folder) / "again.json", state["seed"])
            run = runs.get(failure["where"], runs["files"])
            run(again, failure["number"], failure["number"] + 1)
        if not again.state["failures"]:
            state["failures"] -= 1
            state["failures_shown"].remove(failure)
            state["mended"].append(failure)


def main(
    output: Annotated[Path, typer.Option("-o", help="The summary, and where to go on.")],
    inputs: Annotated[int, typer.Option(help="Inputs to the figure reader in all.")] = 1_000_000,
    texts: Annotated[int, typer.Option(help="Inputs to the pipeline in all.")] = 1_000_000,
    files: Annotated[int, typer.Option(help="Damaged files in all.")] = 100_000,
    seed: Annotated[int, typer.Option()] = 1,
    page: Annotated[Path | None, typer.Option(help="A page to put the counts into.")] = None,
) -> None:
    """Run up to so many inputs, those of earlier runs included."""
    campaign = Campaign(output, seed)
    nlp = unionie.load()
    phases: list[tuple[str, int, Callable[[Campaign, int, int], None]]] = [
        ("surfaces", inputs, run_surfaces),
        ("damaged_files", files, run_files),
        ("texts", texts, partial(run_texts, nlp)),
    ]
    retry(
        campaign,
        {"figure reader": run_surfaces, "pipeline": partial(run_texts, nlp), "files": run_files},
    )
    with contextlib.suppress(KeyboardInterrupt):
        for number in track(range(1, ROUNDS + 1), "fuzzing"):
            for name, wanted, run in phases:
                first, last = campaign.state[name], wanted * number // ROUNDS
                if first < last:
                    run(campaign, first, last)
                    campaign.state[name] = last
                    campaign.save()
    campaign.save()
    if page is not None:
        write_page(campaign.state, page)
    typer.echo(f"{campaign.state['failures']} failures; see {output}")
    raise typer.Exit(1 if campaign.state["failures"] else 0)


if __name__ == "__main__":
    typer.run(main)
