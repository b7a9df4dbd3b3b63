"""Extract for an hour in one process, and watch its memory.

Each text is new: paragraphs of the annotated reports, shuffled, with words that no report
holds, so that a vocabulary that kept them would show.
"""

from __future__ import annotations

import gc
import json
import random
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import psutil
import typer
from rich.progress import track

import unionie
from unionie.annotation import annotation_files, read_annotations

ROOT = Path(__file__).resolve().parent.parent.parent
_PARAGRAPHS = 20
_UNHEARD = range(0x4E00, 0x9FA6)  # the Chinese characters of Unicode 1.1


def texts(rng: random.Random) -> Iterator[str]:
    """Yield reports without end, of about 1,500 characters, none of which came before."""
    paragraphs = [
        paragraph.text
        for file in annotation_files(ROOT / "annotations" / "corpus")
        for paragraph in read_annotations(file)
    ]
    while True:
        name = "".join(map(chr, rng.choices(_UNHEARD, k=4)))
        yield "\n".join(f"{name}{text}" for text in rng.sample(paragraphs, _PARAGRAPHS))


def main(
    output: Annotated[Path, typer.Option("-o", help="The JSON file to write.")],
    minutes: Annotated[int, typer.Option(help="How long.")] = 60,
    seed: Annotated[int, typer.Option()] = 1,
) -> None:
    """Extract for so many minutes and write the memory after each."""
    nlp = unionie.load()
    process = psutil.Process()
    reports = unionie.extract_many(texts(random.Random(seed)), nlp=nlp)
    rows: list[dict[str, Any]] = []
    number = characters = 0
    begun = time.monotonic()
    for minute in track(range(1, minutes + 1), "soaking"):
        while time.monotonic() - begun < 60 * minute:
            for report in islice(reports, 10):
                number += 1
                characters += len(report.text)
        gc.collect()
        memory = process.memory_info().rss // 2**20
        rows.append(
            {
                "minute": minute,
                "reports": number,
                "characters": characters,
                "megabytes": memory,
                "strings": len(nlp.vocab.strings),
            }
        )
        output.write_text(json.dumps({"seed": seed, "minutes": rows}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    typer.run(main)
