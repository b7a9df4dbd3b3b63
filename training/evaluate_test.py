"""Score the bundled pipeline on the written test split.

Besides the usual sections, mentions are split by whether training holds the same
surface with the same label.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import srsly
import typer
from evaluate import gold_paragraphs, score, show, to_json
from train import training_files

import unionie
from unionie.annotation import Paragraph, read_annotations
from unionie.evaluation import annotate, link, score_entities

Surfaces = set[tuple[str, str]]


def surfaces(paragraphs: Iterable[Paragraph]) -> Surfaces:
    """Return every label and surface that is annotated in ``paragraphs``."""
    return {(span.label, p.surface(span)) for p in paragraphs for span in p.spans}


def only(paragraphs: list[Paragraph], known: Surfaces, *, seen: bool) -> list[Paragraph]:
    """Return ``paragraphs`` with the mentions that are in ``known``, or those that are not."""
    return [
        p.with_annotation((s for s in p.spans if ((s.label, p.surface(s)) in known) is seen), ())
        for p in paragraphs
    ]


def main(output: Annotated[Path, typer.Argument(help="The JSON file to write.")]) -> None:
    """Evaluate on the test split and write OUTPUT."""
    nlp = unionie.load()
    gold = gold_paragraphs("corpus", "test")
    found, linked = annotate(nlp, gold), link(nlp, gold)
    sections = score(gold, found, linked)
    files = training_files()
    known = surfaces(paragraph for file in files for paragraph in read_annotations(file))
    for seen, name in ((True, "seen in training"), (False, "unseen in training")):
        due, proposed = only(gold, known, seen=seen), only(found, known, seen=seen)
        sections.append((f"entities, strict, {name}", score_entities(due, proposed, "strict")))
    show(sections, f"Written test split: {len({p.doc for p in gold})} documents")
    srsly.write_json(output, to_json(sections, files))


if __name__ == "__main__":
    typer.run(main)
