"""Measure how quality grows with training text, on the seed reports.

Pipelines are trained on larger and larger parts of the written corpus, without any seed
report, and read the five seed reports from raw text. The last row leaves out what was
written later in the style of newspaper surveys, to show what style is worth beside size.
What is measured already stays; delete the JSON file to start anew.
"""

from __future__ import annotations

import tempfile
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Annotated, Any

import srsly
import typer
from gold import gold_paragraphs
from train import CORPUS, SEEDS, digests, fit, stored

from unionie.annotation import annotation_files, read_annotations
from unionie.evaluation import annotate, score_entities, score_relations

_STEPS = (16, 8, 4, 2, 1)
_FIRST_ROUND = tuple(f"W{number:02}" for number in range(1, 11))


def sources() -> list[Path]:
    """Return the annotation files that the results depend on."""
    return annotation_files(CORPUS / "train") + annotation_files(SEEDS)


def parts() -> dict[str, list[Path]]:
    """Return the name of each row and the files it is trained on."""
    files = annotation_files(CORPUS / "train")
    rows = {f"1/{step}" if step > 1 else "all": files[::step] for step in _STEPS}
    rows["the first round alone"] = [f for f in files if f.stem[:3] in _FIRST_ROUND]
    return rows


def measure(train: list[Path]) -> dict[str, Any]:
    """Train on ``train`` and return the scores on the seed reports."""
    gold = gold_paragraphs("seeds")
    with tempfile.TemporaryDirectory() as folder:
        with (Path(folder) / "log").open("w") as log:
            dev = annotation_files(CORPUS / "dev")
            nlp = fit(train, dev, Path(folder), log=log)
        found = annotate(nlp, gold)
    return {
        "documents": len(train),
        "characters": sum(len(p.text) for file in train for p in read_annotations(file)),
        "entities_strict": score_entities(gold, found, "strict")[0].to_dict(),
        "entities_overlap": score_entities(gold, found, "overlap")[0].to_dict(),
        "relations": score_relations(gold, found, "strict")[0].to_dict(),
    }


def main(
    output: Annotated[Path, typer.Argument(help="The JSON file to write.")],
    workers: Annotated[int, typer.Option(help="Trainings at once.")] = 2,
) -> None:
    """Train and score every row that is not in OUTPUT yet."""
    rows = parts()
    result = stored(output, digests(sources()))
    result.setdefault("rows", {})
    with ProcessPoolExecutor(workers) as pool:
        due = [name for name in rows if name not in result["rows"]]
        jobs = {pool.submit(measure, rows[name]): name for name in due}
        for job in as_completed(jobs):
            result["rows"][jobs[job]] = row = job.result()
            print(jobs[job], row["characters"], row["entities_strict"]["f1"], flush=True)
            result["rows"] = {name: result["rows"][name] for name in rows if name in result["rows"]}
            srsly.write_json(output, result)


if __name__ == "__main__":
    typer.run(main)
