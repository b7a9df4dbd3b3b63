"""Measure what correcting half a report and training on it is worth.

For each seed report, a pipeline that was trained without it goes on from the first half
of the report, with the corpus beside it and without, by what ``unionie train`` does. All
three read the rest of the report, and the validation documents, from raw text.

The pipelines are kept in ``build/retraining`` and, like what OUTPUT holds already, are not
made again; delete both to start anew.
"""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import srsly
import typer
from rich.console import Console
from rich.progress import track
from train import BUILD, CORPUS, SEEDS, digests, fit, stored, training_files

import unionie
from unionie.annotation import Paragraph, annotation_files, dump_annotations, read_annotations
from unionie.assessment import Evaluation, compare_pipelines
from unionie.training import Training

DEV = CORPUS / "dev"
BASES = BUILD / "retraining"

#: What is measured -> the section of an evaluation.
SECTIONS = {
    "entities": "entities, strict",
    "relations": "relations from raw text, strict",
    "figures": "figures from raw text",
}


def sources() -> list[Path]:
    """Return the annotation files that the results depend on."""
    return training_files() + annotation_files(DEV)


def base_of(report: Path) -> Path:
    """Return where the pipeline trained without ``report`` is kept."""
    return BASES / f"without-{report.stem}"


def base_without(report: Path) -> Path:
    """Return the pipeline trained without ``report``, after making it if it is not there."""
    base = base_of(report)
    if not base.exists():
        train = [file for file in training_files() if file != report]
        with tempfile.TemporaryDirectory() as folder:
            with (Path(folder) / "log").open("w") as log:
                fit(train, annotation_files(DEV), Path(folder), log=log)
            shutil.copytree(Path(folder) / "model-last", base)
    return base


def halves(report: Path) -> tuple[list[Paragraph], list[Paragraph]]:
    """Return the paragraphs up to half of the characters of ``report``, and the rest."""
    paragraphs = list(read_annotations(report))
    half = sum(len(paragraph.text) for paragraph in paragraphs) / 2
    first: list[Paragraph] = []
    while sum(len(paragraph.text) for paragraph in first) < half:
        first.append(paragraphs[len(first)])
    return first, paragraphs[len(first) :]


def retrain(base: Path, corrected: Path, output: Path, corpus: Sequence[Path]) -> list[str]:
    """Train as the command does, and return what it says."""
    training = Training([corrected], output, base=base, corpus=corpus, dev=[DEV] if corpus else [])
    said = [line.replace(str(base), base.name) for line in training.plan()]
    said += map(str, training.epochs())
    training.finish()
    return said


def counts(evaluation: Evaluation) -> dict[str, dict[str, int]]:
    """Return how many items of each kind were right, proposed and due."""
    return {name: asdict(evaluation.score(part).counts) for name, part in SECTIONS.items()}


def measure(report: Path) -> dict[str, Any]:
    """Correct the first half of ``report``, train, and return everything that was measured."""
    base = base_without(report)
    first, rest = halves(report)
    corpus = [file for file in training_files() if file != report]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corrected, together, alone = (folder / part for part in ("mine.jsonl", "mymodel", "alone"))
        corrected.write_text(dump_annotations(first), encoding="utf-8")
        said = retrain(base, corrected, together, corpus)
        retrain(base, corrected, alone, [])
        pipelines = {"before": base, "with the corpus": together, "without it": alone}
        scores = {
            title: {
                "rest of the report": counts(unionie.evaluate(path, rest)),
                "other reports": counts(unionie.evaluate(path, DEV)),
            }
            for title, path in pipelines.items()
        }
        comparison = "\n".join(compared(base, together))
    return {
        "characters": sum(len(paragraph.text) for paragraph in first),
        "rest": sum(len(paragraph.text) for paragraph in rest),
        "scores": scores,
        "said": said,
        "comparison": comparison,
    }


def compared(base: Path, other: Path) -> Iterator[str]:
    """Yield what ``unionie compare`` prints for the two on the validation documents."""
    comparison = compare_pipelines(base, other, DEV)
    console = Console(file=io.StringIO(), width=100)
    console.print(comparison.table())
    for line in console.file.getvalue().splitlines():
        yield line.replace(str(base), base.name).rstrip()
    for line in comparison.sentences():
        yield line.replace(str(base), base.name).replace(str(other), other.name)


def main(output: Annotated[Path, typer.Argument(help="The JSON file to write.")]) -> None:
    """Measure every seed report that is not in OUTPUT yet."""
    result = stored(output, digests(sources()))
    result.setdefault("reports", {})
    due = [file for file in annotation_files(SEEDS) if file.stem not in result["reports"]]
    due.sort(key=lambda report: not base_of(report).exists())
    for report in track(due, "retraining"):
        result["reports"][report.stem] = measure(report)
        result["reports"] = dict(sorted(result["reports"].items()))
        srsly.write_json(output, result)


if __name__ == "__main__":
    typer.run(main)
