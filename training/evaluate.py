"""Leave one seed report out: train on the others and the written corpus, test on it.

Prints a table and writes it as JSON together with the digest of the data it came from.
Gold annotations are read with Hugging Face ``datasets``, through the dataset card.
"""

from __future__ import annotations

import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Annotated, Any

import srsly
import typer
from datasets import load_dataset
from rich.console import Console
from rich.table import Table
from train import CONFIG, CORPUS, ROOT, SEEDS, fit

from unionie.annotation import Paragraph, annotation_files
from unionie.digest import digest_files
from unionie.evaluation import Score, annotate, link, score_entities, score_relations

Section = tuple[str, list[Score]]


def gold_paragraphs(name: str, split: str = "train") -> list[Paragraph]:
    """Return the gold paragraphs of one configuration of the dataset."""
    rows = load_dataset(str(ROOT / "annotations"), name, split=split)
    return [Paragraph.from_dict(row) for row in rows]


def run_fold(test: Path, gold: list[Paragraph], seed: int) -> tuple[list[Paragraph], ...]:
    """Train without ``test`` and return its paragraphs: annotated from text, and linked."""
    train = [file for file in annotation_files(SEEDS) if file != test]
    train += annotation_files(CORPUS / "train")
    with tempfile.TemporaryDirectory() as folder:
        with (Path(folder) / "log").open("w") as log:
            nlp = fit(train, [test], Path(folder), seed=seed, log=log)
        return annotate(nlp, gold), link(nlp, gold)


def score(gold: list[Paragraph], found: list[Paragraph], linked: list[Paragraph]) -> list[Section]:
    """Return the sections of an evaluation."""
    return [
        ("entities, strict", score_entities(gold, found, "strict")),
        ("entities, overlap", score_entities(gold, found, "overlap")),
        ("relations from raw text, strict", score_relations(gold, found, "strict")),
        ("relations from raw text, overlap", score_relations(gold, found, "overlap")),
        ("relations given gold entities", score_relations(gold, linked, "strict")),
    ]


def show(sections: list[Section], title: str) -> None:
    """Print the sections as tables."""
    console = Console(width=100)
    console.print(title)
    for name, scores in sections:
        table = Table(title=name, title_justify="left")
        table.add_column("")
        for column in ("precision", "recall", "F1", "95% interval", "support"):
            table.add_column(column, justify="right")
        for row in scores:
            table.add_row(
                row.name,
                f"{row.counts.precision:.3f}",
                f"{row.counts.recall:.3f}",
                f"{row.counts.f1:.3f}",
                f"{row.low:.3f}–{row.high:.3f}",
                str(row.counts.gold),
            )
        console.print(table)


def to_json(sections: list[Section], files: list[Path], **more: Any) -> dict[str, Any]:
    """Return the sections with the digests of data and config."""
    return {
        "data_digest": digest_files((file.resolve() for file in files), root=ROOT),
        "config_digest": digest_files([CONFIG], root=ROOT),
        **more,
        "sections": {name: [row.to_dict() for row in scores] for name, scores in sections},
    }


def main(
    output: Annotated[Path, typer.Argument(help="The JSON file to write.")],
    workers: Annotated[int, typer.Option(help="Folds trained at once.")] = 2,
    seed: Annotated[int, typer.Option(help="The random seed.")] = 0,
) -> None:
    """Cross-validate over the seed reports."""
    tests = annotation_files(SEEDS)
    gold = gold_paragraphs("seeds")
    by_test = {test: [p for p in gold if p.doc == test.stem] for test in tests}
    with ProcessPoolExecutor(workers) as pool:
        jobs = [pool.submit(run_fold, test, by_test[test], seed) for test in tests]
        folds = [job.result() for job in jobs]
    due = [paragraph for test in tests for paragraph in by_test[test]]
    found = [paragraph for fold in folds for paragraph in fold[0]]
    linked = [paragraph for fold in folds for paragraph in fold[1]]
    sections = score(due, found, linked)
    show(sections, f"Leave one report out: {len(tests)} seed reports, all folds pooled")
    documents = {
        test.stem: {
            "entities": score(by_test[test], *fold)[0][1][0].to_dict(),
            "relations": score(by_test[test], *fold)[2][1][0].to_dict(),
        }
        for test, fold in zip(tests, folds, strict=True)
    }
    files = tests + annotation_files(CORPUS / "train")
    output.parent.mkdir(parents=True, exist_ok=True)
    srsly.write_json(output, to_json(sections, files, documents=documents))


if __name__ == "__main__":
    typer.run(main)
