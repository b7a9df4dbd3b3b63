"""Train what ships once more with another random seed, and hold the two side by side.

The second pipeline is kept in ``build/seed1`` and not trained again while it is there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import srsly
import typer
from gold import gold_paragraphs
from train import BUILD, CORPUS, digests, fit, training_files

from unionie.annotation import annotation_files
from unionie.assessment import compare_pipelines

SECOND = BUILD / "seed1"


def main(output: Annotated[Path, typer.Argument(help="The JSON file to write.")]) -> None:
    """Compare the bundled pipeline with one of another seed on the test split."""
    if not (SECOND / "model-last").exists():
        fit(training_files(), annotation_files(CORPUS / "dev"), SECOND, seed=1)
    comparison = compare_pipelines(None, SECOND / "model-last", gold_paragraphs("corpus", "test"))
    rows = {
        section: [difference.to_dict() for difference in differences]
        for section, differences in comparison.sections.items()
    }
    srsly.write_json(output, {**digests(training_files()), "sections": rows})
    for sentence in comparison.sentences():
        print(sentence)


if __name__ == "__main__":
    typer.run(main)
