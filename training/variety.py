"""Measure how varied the annotated corpus is, and whether its splits hold near copies.

Counts distinct surfaces by label, the last words of indicators, character 8-grams that
come back within a document and across documents, and how figures stand to what they
measure. ``near_copies`` is what the tests use to refuse a test document that training
has seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import srsly
import typer
from gold import gold_paragraphs
from rich.console import Console
from rich.table import Table
from train import CORPUS, SEEDS, digests

import unionie
from unionie import schema
from unionie.annotation import Paragraph, Span, annotation_files, group_by_document

SIZE = 8

#: A document is a near copy of another if this share of its 8-grams is in the other.
NEAR_COPY = 0.2

Documents = dict[str, list[Paragraph]]


def sources() -> list[Path]:
    """Return the annotation files of every split."""
    return annotation_files(SEEDS) + annotation_files(CORPUS)


def read_splits() -> dict[str, Documents]:
    """Return the documents of every split, read through the dataset card."""
    names = {"seeds": ("seeds", "train")}
    names |= {split: ("corpus", split) for split in ("train", "validation", "test")}
    return {name: group_by_document(gold_paragraphs(*which)) for name, which in names.items()}


def grams(document: Iterable[Paragraph]) -> Counter[str]:
    """Count the character 8-grams of a document, within its paragraphs."""
    return Counter(
        paragraph.text[start : start + SIZE]
        for paragraph in document
        for start in range(len(paragraph.text) - SIZE + 1)
    )


def near_copies(splits: dict[str, Documents]) -> Iterator[tuple[str, str, float]]:
    """Yield pairs of documents of different splits that share too many 8-grams."""
    profiles = {
        name: {title: set(grams(doc)) for title, doc in documents.items()}
        for name, documents in splits.items()
    }
    for left, right in ((a, b) for a in profiles for b in profiles if a < b):
        for one, own in profiles[left].items():
            for other, theirs in profiles[right].items():
                smaller = min(len(own), len(theirs))
                share = len(own & theirs) / smaller if smaller else 0.0
                if share > NEAR_COPY:
                    yield one, other, share


def pattern(paragraph: Paragraph, figure: Span) -> str:
    """Say where what a figure measures stands."""
    tails = [
        link.tail
        for link in paragraph.links
        if link.head == figure and link.label == schema.MEASURES
    ]
    if not tails:
        return "nothing measured"
    if len(tails) > 1:
        return "several conjuncts"
    (tail,) = tails
    if tail.end == figure.start:
        return "touching before"
    if tail.start == figure.end:
        return "touching after"
    return "apart before" if tail.end < figure.start else "apart after"


def measure(splits: dict[str, Documents]) -> dict[str, Any]:
    """Return every measure of variety as JSON."""
    documents = {name: doc for docs in splits.values() for name, doc in docs.items()}
    paragraphs = [paragraph for document in documents.values() for paragraph in document]
    tokenizer = unionie.load().tokenizer
    surfaces: dict[str, Counter[str]] = {label: Counter() for label in schema.ENTITY_LABELS}
    heads: Counter[str] = Counter()
    patterns: Counter[str] = Counter()
    relations: Counter[str] = Counter()
    for paragraph in paragraphs:
        relations.update(link.label for link in paragraph.links)
        for span in paragraph.spans:
            surface = paragraph.surface(span)
            surfaces[span.label][surface] += 1
            if span.label == schema.INDICATOR:
                heads[tokenizer.words(surface)[-1]] += 1
            if span.label in schema.FIGURE_LABELS:
                patterns[pattern(paragraph, span)] += 1
    within = across = total = 0
    seen: Counter[str] = Counter()
    profiles = [grams(document) for document in documents.values()]
    for profile in profiles:
        seen.update(profile.keys())
    for profile in profiles:
        total += profile.total()
        within += sum(count - 1 for count in profile.values())
        across += sum(count for gram, count in profile.items() if seen[gram] > 1)
    figures = patterns.total()
    return {
        "splits": {
            name: {
                "documents": len(docs),
                "paragraphs": sum(map(len, docs.values())),
                "characters": sum(len(p.text) for doc in docs.values() for p in doc),
            }
            for name, docs in splits.items()
        },
        "labels": {
            label: {"mentions": counter.total(), "distinct": len(counter)}
            for label, counter in surfaces.items()
        },
        "relations": dict(sorted(relations.items())),
        "indicator_heads": len(heads),
        "grams_repeated_within": round(within / total, 4),
        "grams_shared_across": round(across / total, 4),
        "patterns": {name: round(n / figures, 4) for name, n in patterns.most_common()},
    }


def main(output: Annotated[Path, typer.Argument(help="The JSON file to write.")]) -> None:
    """Print the variety of the corpus and write it to OUTPUT."""
    splits = read_splits()
    result = {"data_digest": digests(sources())["data_digest"], **measure(splits)}
    result["near_copies"] = [list(pair) for pair in near_copies(splits)]
    console = Console(width=100)
    table = Table("label", "mentions", "distinct")
    for label, counts in result["labels"].items():
        table.add_row(label, str(counts["mentions"]), str(counts["distinct"]))
    console.print(table)
    console.print_json(data={k: v for k, v in result.items() if k != "labels"})
    output.parent.mkdir(parents=True, exist_ok=True)
    srsly.write_json(output, result)


if __name__ == "__main__":
    typer.run(main)
