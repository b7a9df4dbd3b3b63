"""Measure the roles that pkuseg's words can play, on the validation split.

As tokens: a gold span that a word boundary cuts can never be found; it is left out of
training and counts as missed. As features of characters: with the words and without.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from itertools import accumulate
from pathlib import Path
from typing import Annotated, Any

import spacy
import srsly
import typer
from evaluate import gold_paragraphs
from spacy.language import Language
from spacy.tokens import Doc
from train import BUILD, CORPUS, fit, training_files

from unionie.annotation import Paragraph, annotation_files, dump_annotations, read_annotations
from unionie.evaluation import annotate, score_entities
from unionie.pipeline.tokenizer import CharTokenizer

_FEATURES = "components.entities.model.embed.*.characters"

WORDS = "unionie_training.WordTokenizer.v1"


class WordTokenizer(CharTokenizer):
    """Tokens are pkuseg's words, with the same attributes as the characters have."""

    def __call__(self, text: str) -> Doc:
        """Return the Doc of ``text``."""
        chars = super().__call__(text)
        words = self.words(text)
        starts = [0, *accumulate(map(len, words))][:-1]
        sentences = {sentence.start for sentence in chars.sents} if len(chars) else set()
        return Doc(
            self.vocab,
            words=words,
            spaces=[False] * len(words),
            lemmas=words,
            tags=[chars[start].tag_ for start in starts],
            sent_starts=[
                bool(sentences.intersection(range(start, start + len(word))))
                for start, word in zip(starts, words, strict=True)
            ],
        )


@spacy.registry.tokenizers(WORDS)
def make_word_tokenizer() -> Callable[[Language], WordTokenizer]:
    """Return the factory of the word tokenizer."""
    return lambda nlp: WordTokenizer(nlp.vocab)


#: Name of the setting -> what it changes in the config.
SETTINGS: dict[str, dict[str, Any]] = {
    "characters with words as features": {},
    "words": {"nlp.tokenizer.@tokenizers": WORDS},
    "characters alone": {f"{_FEATURES}.attrs": ["NORM"], f"{_FEATURES}.rows": [3000]},
}


def load_tokenizer() -> CharTokenizer:
    """Return a tokenizer with the segmentation model that the training built."""
    tokenizer = CharTokenizer(spacy.blank("xx").vocab)
    tokenizer.initialize(pkuseg_model=BUILD / "segmenter")
    return tokenizer


def uncut(paragraph: Paragraph, tokenizer: CharTokenizer) -> Paragraph:
    """Return ``paragraph`` without the spans that start or end inside a word."""
    edges = {0, *accumulate(map(len, tokenizer.words(paragraph.text)))}
    spans = {span for span in paragraph.spans if {span.start, span.end} <= edges}
    links = [link for link in paragraph.links if {link.head, link.tail} <= spans]
    return paragraph.with_annotation(spans, links)


def share_cut(gold: list[Paragraph]) -> float:
    """Return the share of gold spans that start or end inside a word of pkuseg."""
    tokenizer = load_tokenizer()
    kept = sum(len(uncut(paragraph, tokenizer).spans) for paragraph in gold)
    return 1 - kept / sum(len(paragraph.spans) for paragraph in gold)


def uncut_files(files: list[Path], folder: Path) -> list[Path]:
    """Write annotation files without the spans that words cut, and return their paths."""
    tokenizer = load_tokenizer()
    folder.mkdir()
    written = []
    for file in files:
        paragraphs = [uncut(paragraph, tokenizer) for paragraph in read_annotations(file)]
        written.append(folder / file.name)
        written[-1].write_text(dump_annotations(paragraphs), encoding="utf-8")
    return written


def f1(overrides: dict[str, Any]) -> dict[str, Any]:
    """Train with ``overrides`` and return the strict entity score on the validation split."""
    gold = gold_paragraphs("corpus", "validation")
    with tempfile.TemporaryDirectory() as folder:
        train, dev = training_files(), annotation_files(CORPUS / "dev")
        if WORDS in overrides.values():
            train = uncut_files(train, Path(folder) / "train")
            dev = uncut_files(dev, Path(folder) / "dev")
        with (Path(folder) / "log").open("w") as log:
            nlp = fit(train, dev, Path(folder), log=log, overrides=overrides)
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
