"""Measure the roles that pkuseg's words can play, on the validation split.

As tokens: a gold span that a word boundary cuts can never be found; the share of such
spans is the loss. As features of characters: entity F1 with the words and without them.
"""

from __future__ import annotations

import tempfile
from concurrent.futures import ProcessPoolExecutor
from itertools import accumulate
from pathlib import Path
from typing import Annotated, Any

import spacy
import srsly
import typer
from evaluate import gold_paragraphs
from train import BUILD, CORPUS, fit, training_files

from unionie.annotation import Paragraph, annotation_files
from unionie.evaluation import annotate, score_entities
from unionie.pipeline.tokenizer import CharTokenizer

_FEATURES = "components.entities.model.embed.*.characters"

#: Name of the setting -> what it changes in the config.
SETTINGS: dict[str, dict[str, Any]] = {
    "characters with words as features": {},
    "characters alone": {f"{_FEATURES}.attrs": ["NORM"], f"{_FEATURES}.rows": [3000]},
}


def share_cut(gold: list[Paragraph]) -> float:
    """Return the share of gold spans that start or end inside a word of pkuseg."""
    tokenizer = CharTokenizer(spacy.blank("xx").vocab)
    tokenizer.initialize(pkuseg_model=BUILD / "segmenter")
    cut = total = 0
    for paragraph in gold:
        edges = {0, *accumulate(map(len, tokenizer.words(paragraph.text)))}
        total += len(paragraph.spans)
        cut += sum(not {span.start, span.end} <= edges for span in paragraph.spans)
    return cut / total


def f1(overrides: dict[str, Any]) -> dict[str, Any]:
    """Train with ``overrides`` and return the strict entity score on the validation split."""
    gold = gold_paragraphs("corpus", "validation")
    with tempfile.TemporaryDirectory() as folder:
        with (Path(folder) / "log").open("w") as log:
            dev = annotation_files(CORPUS / "dev")
            nlp = fit(training_files(), dev, Path(folder), log=log, overrides=overrides)
        return score_entities(gold, annotate(nlp, gold), "strict")[0].to_dict()


def main(output: Annotated[Path, typer.Argument(help="The JSON file to write.")]) -> None:
    """Compare the roles and write OUTPUT."""
    result: dict[str, Any] = {
        "gold spans cut by words": round(share_cut(gold_paragraphs("corpus", "validation")), 4)
    }
    with ProcessPoolExecutor(2) as pool:
        result |= dict(zip(SETTINGS, pool.map(f1, SETTINGS.values()), strict=True))
    print(srsly.json_dumps(result, indent=2))
    srsly.write_json(output, result)


if __name__ == "__main__":
    typer.run(main)
