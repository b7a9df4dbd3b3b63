"""Leave one seed report out: train on the others and the written corpus, test on it.

Prints a table and writes it as JSON together with the digest of the data it came from,
and a page of the errors beside it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import srsly
import typer
from gold import gold_paragraphs
from rich.console import Console
from spacy.language import Language
from train import CORPUS, SEEDS, digests, fit

import unionie
from unionie.annotation import Paragraph, annotation_files, read_annotations
from unionie.assessment import Evaluation, pool_evaluations, score_table
from unionie.confidence import (
    Answer,
    annotation_of,
    calibration_error,
    collect_answers,
    coverage,
    reliability,
)
from unionie.error_page import error_page, error_tables
from unionie.evaluation import Score, link, score_entities

Sections = dict[str, list[Score]]
Surfaces = set[tuple[str, str]]

_MIN_SCORES = [round(0.05 * step, 2) for step in range(20)] + [0.98, 0.99]


@dataclass(frozen=True, slots=True)
class Run:
    """What a pipeline made of gold paragraphs.

    Attributes:
        evaluation: the paragraphs, and the same as the pipeline annotated and linked them.
        answers: everything that it found, with its score.
        known: the labels and surfaces that the pipeline's training text holds.

    """

    evaluation: Evaluation
    answers: list[Answer]
    known: Surfaces


def run(nlp: Language, gold: list[Paragraph], train: Sequence[Path]) -> Run:
    """Let ``nlp``, which was trained on ``train``, annotate ``gold``."""
    reports = list(unionie.extract_many([paragraph.text for paragraph in gold], nlp=nlp))
    found = [
        paragraph.with_annotation(own.spans, own.links)
        for paragraph, own in zip(gold, map(annotation_of, reports), strict=True)
    ]
    known = surfaces(paragraph for file in train for paragraph in read_annotations(file))
    evaluation = Evaluation(nlp.meta["name"], tuple(gold), tuple(found), tuple(link(nlp, gold)))
    return Run(evaluation, list(collect_answers(gold, reports)), known)


def surfaces(paragraphs: Iterable[Paragraph]) -> Surfaces:
    """Return every label and surface that is annotated in ``paragraphs``."""
    return {(span.label, p.surface(span)) for p in paragraphs for span in p.spans}


def run_fold(test: Path, gold: list[Paragraph], seed: int) -> Run:
    """Train without ``test`` and return what that pipeline makes of it."""
    train = [file for file in annotation_files(SEEDS) if file != test]
    train += annotation_files(CORPUS / "train")
    with tempfile.TemporaryDirectory() as folder:
        with (Path(folder) / "log").open("w") as log:
            nlp = fit(train, annotation_files(CORPUS / "dev"), Path(folder), seed=seed, log=log)
        return run(nlp, gold, train)


def score(runs: Sequence[Run]) -> Sections:
    """Return the sections of an evaluation of all ``runs`` together."""
    sections = dict(pool_evaluations([one.evaluation for one in runs], "").sections)
    for seen, name in ((True, "seen in training"), (False, "unseen in training")):
        due = [only(p, one.known, seen=seen) for one in runs for p in one.evaluation.gold]
        proposed = [only(p, one.known, seen=seen) for one in runs for p in one.evaluation.found]
        sections[f"entities, strict, {name}"] = score_entities(due, proposed, "strict")
    return sections


def only(paragraph: Paragraph, known: Surfaces, *, seen: bool) -> Paragraph:
    """Return ``paragraph`` with the mentions that are in ``known``, or those that are not."""
    kept = [s for s in paragraph.spans if ((s.label, paragraph.surface(s)) in known) is seen]
    return paragraph.with_annotation(kept, ())


def trust(answers: Sequence[Answer]) -> dict[str, Any]:
    """Return how far scores keep their promise, for each kind of answer."""
    kinds = {
        kind: [a for a in answers if a.kind == kind] for kind in ("entity", "relation", "figure")
    }
    return {
        kind: {
            "calibration_error": round(calibration_error(own), 4),
            "reliability": [part.to_dict() for part in reliability(own)],
            "coverage": [point.to_dict() for point in coverage(own, _MIN_SCORES)],
        }
        for kind, own in kinds.items()
    }


def show(sections: Sections, title: str) -> None:
    """Print the sections as tables."""
    console = Console(width=100)
    console.print(title)
    for name, scores in sections.items():
        console.print(score_table(name, scores))


def to_json(sections: Sections, files: list[Path], **more: Any) -> dict[str, Any]:
    """Return the sections with the digests of data and config."""
    return {
        **digests(files),
        **more,
        "sections": {name: [row.to_dict() for row in scores] for name, scores in sections.items()},
    }


def write(output: Path, runs: Sequence[Run], files: list[Path], *, title: str, **more: Any) -> None:
    """Print the evaluation of ``runs`` and write OUTPUT and a page of the errors beside it."""
    sections = score(runs)
    show(sections, title)
    whole = pool_evaluations([one.evaluation for one in runs], title)
    pairs = list(zip(whole.gold, whole.found, strict=True))
    output.parent.mkdir(parents=True, exist_ok=True)
    result = to_json(
        sections,
        files,
        scores=trust([answer for one in runs for answer in one.answers]),
        errors=[table.to_dict() for table in error_tables(pairs)],
        **more,
    )
    srsly.write_json(output, result)
    page = output.with_name(f"errors_{output.stem}.html")
    page.write_text(error_page(pairs, title=f"Errors: {title}"), encoding="utf-8")


def main(
    output: Annotated[Path, typer.Argument(help="The JSON file to write.")],
    workers: Annotated[int, typer.Option(help="Folds trained at once.")] = 2,
    seed: Annotated[int, typer.Option(help="The random seed.")] = 0,
) -> None:
    """Cross-validate over the seed reports."""
    tests = annotation_files(SEEDS)
    gold = gold_paragraphs("seeds")
    with ProcessPoolExecutor(workers) as pool:
        jobs = [
            pool.submit(run_fold, test, [p for p in gold if p.doc == test.stem], seed)
            for test in tests
        ]
        runs = []
        for test, job in zip(tests, jobs, strict=True):
            runs.append(job.result())
            print(f"{test.stem}: trained without it and tested", flush=True)
    documents = {}
    for test, one in zip(tests, runs, strict=True):
        own = one.evaluation
        documents[test.stem] = {
            "entities": own.score("entities, strict").to_dict(),
            "relations": own.score("relations from raw text, strict").to_dict(),
        }
    files = tests + annotation_files(CORPUS / "train")
    title = f"leave one report out, {len(tests)} seed reports, all folds pooled"
    write(output, runs, files, title=title, documents=documents, seed=seed)


if __name__ == "__main__":
    typer.run(main)
