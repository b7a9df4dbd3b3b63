"""Score the bundled pipeline on the written test split."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from evaluate import run, write
from gold import gold_paragraphs
from train import training_files

import unionie


def main(output: Annotated[Path, typer.Argument(help="The JSON file to write.")]) -> None:
    """Evaluate on the test split and write OUTPUT and a page of the errors beside it."""
    gold = gold_paragraphs("corpus", "test")
    files = training_files()
    documents = len({paragraph.doc for paragraph in gold})
    title = f"written test split, {documents} documents"
    write(output, [run(unionie.load(), gold, files)], files, title=title)


if __name__ == "__main__":
    typer.run(main)
