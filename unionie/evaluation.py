"""Precision, recall and F1 of spans and relations, with bootstrap intervals.

A gold item that was not proposed counts as missed, whatever component should have
proposed it. Strict means equal offsets and label; overlap means the same label and at
least one character in common, each item matched at most once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from unionie import schema
from unionie.annotation import Link, Paragraph, Span
from unionie.bootstrap import bootstrap_interval
from unionie.figures import build_figures
from unionie.own_labels import OWN_LINKER
from unionie.values import Entity, Relation

if TYPE_CHECKING:
    from spacy.language import Language

Mode = Literal["strict", "overlap"]
Item = TypeVar("Item", Span, Link)

_RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Counts:
    """How many items were right, proposed and due."""

    right: int = 0
    proposed: int = 0
    gold: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.right + other.right, self.proposed + other.proposed, self.gold + other.gold
        )

    @property
    def precision(self) -> float:
        """The share of the proposed that is right; 0 if nothing was proposed."""
        return self.right / self.proposed if self.proposed else 0.0

    @property
    def recall(self) -> float:
        """The share of the gold that was found; 0 if there is none."""
        return self.right / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        both = self.proposed + self.gold
        return 2 * self.right / both if both else 0.0


def count_spans(gold: Paragraph, found: Paragraph, label: str, mode: Mode) -> Counts:
    """Compare the spans with ``label`` of two annotations of one text."""
    return _compare(gold.spans, found.spans, label, None if mode == "strict" else _spans_overlap)


def count_links(gold: Paragraph, found: Paragraph, label: str, mode: Mode) -> Counts:
    """Compare the relations with ``label``; both of their spans must match by ``mode``."""
    return _compare(gold.links, found.links, label, None if mode == "strict" else _links_overlap)


def count_figures(gold: Paragraph, found: Paragraph) -> Counts:
    """Compare the figures of two annotations of one text, row by row.

    A figure is right if its span, value and unit, the set of words that it measures and
    the organisation that its sentence states are all those of gold.
    """
    due, proposed = figures_of(gold), figures_of(found)
    return Counts(len(due & proposed), len(proposed), len(due))


def figures_of(paragraph: Paragraph) -> set[tuple[Any, ...]]:
    """Return what :func:`count_figures` compares of each figure of ``paragraph``."""
    entities = {
        span: Entity(span.start, span.end, span.label, paragraph.surface(span), 1.0)
        for span in paragraph.spans
    }
    relations = [
        Relation(entities[link.head], entities[link.tail], link.label, 1.0)
        for link in paragraph.links
    ]
    return {
        (
            (figure.entity.start, figure.entity.end),
            (figure.value, figure.low, figure.high),
            (figure.unit, figure.per, figure.currency),
            frozenset(indicator.text for indicator in figure.indicators),
            figure.organisation.text
            if figure.organisation and figure.organisation_status == "stated"
            else None,
        )
        for figure in build_figures(paragraph.text, tuple(entities.values()), relations, {})
    }


def _compare(
    gold: Sequence[Item],
    found: Sequence[Item],
    label: str,
    overlap: Callable[[Item, Item], bool] | None,
) -> Counts:
    """Count the items with ``label``; those match that are equal or, if it is given, overlap."""
    due: list[Item] = [item for item in gold if item.label == label]
    proposed: list[Item] = [item for item in found if item.label == label]
    if overlap is None:
        return Counts(len({*due} & {*proposed}), len(proposed), len(due))
    # Both lists are sorted. Of flat spans, taking the first that overlaps matches the most;
    # of links, which are pairs, another choice might now and then match one more.
    free = list(proposed)
    for item in due:
        match = next((other for other in free if overlap(item, other)), None)
        if match is not None:
            free.remove(match)
    return Counts(len(proposed) - len(free), len(proposed), len(due))


def _spans_overlap(left: Span, right: Span) -> bool:
    return left.label == right.label and left.start < right.end and right.start < left.end


def _links_overlap(left: Link, right: Link) -> bool:
    return _spans_overlap(left.head, right.head) and _spans_overlap(left.tail, right.tail)


def annotate(nlp: Language, paragraphs: Sequence[Paragraph]) -> list[Paragraph]:
    """Return ``paragraphs`` with what ``nlp`` finds in their bare texts."""
    from unionie.pipeline.annotations import read_doc

    docs = nlp.pipe([paragraph.text for paragraph in paragraphs])
    return [read_doc(doc, paragraph) for doc, paragraph in zip(docs, paragraphs, strict=True)]


def link(nlp: Language, paragraphs: Sequence[Paragraph]) -> list[Paragraph]:
    """Return ``paragraphs`` with the relations that ``nlp`` finds between their own spans."""
    from unionie.pipeline.annotations import read_doc
    from unionie.pipeline.corpus import make_reference

    linkers = [nlp.get_pipe(name) for name in ("linker", OWN_LINKER) if name in nlp.pipe_names]
    linked = []
    for paragraph in paragraphs:
        doc = make_reference(nlp, paragraph.with_annotation(paragraph.spans, ()))
        for linker in linkers:
            doc = linker(doc)
        linked.append(read_doc(doc, paragraph))
    return linked


@dataclass(frozen=True, slots=True)
class Score:
    """One row of an evaluation."""

    name: str
    counts: Counts
    low: float
    high: float

    def to_dict(self) -> dict[str, Any]:
        """Return the row as JSON; ``low`` and ``high`` bound F1 with 95% confidence."""
        return {
            "name": self.name,
            "precision": round(self.counts.precision, 4),
            "recall": round(self.counts.recall, 4),
            "f1": round(self.counts.f1, 4),
            "f1_low": round(self.low, 4),
            "f1_high": round(self.high, 4),
            "support": self.counts.gold,
            "proposed": self.counts.proposed,
        }


def score_entities(
    gold: Sequence[Paragraph],
    found: Sequence[Paragraph],
    mode: Mode,
    *,
    labels: Sequence[str] = schema.ENTITY_LABELS,
    seed: int = 0,
) -> list[Score]:
    """Score spans: first all labels together, then each label."""
    return to_scores("entities", entity_counts(gold, found, mode, labels=labels), seed=seed)


def score_relations(
    gold: Sequence[Paragraph],
    found: Sequence[Paragraph],
    mode: Mode,
    *,
    labels: Sequence[str] = schema.RELATION_LABELS,
    seed: int = 0,
) -> list[Score]:
    """Score relations: first all labels together, then each label."""
    return to_scores("relations", relation_counts(gold, found, mode, labels=labels), seed=seed)


#: Label -> counts, shape (documents, 3): right, proposed and gold in each document.
CountTable = dict[str, NDArray[np.int64]]


def entity_counts(
    gold: Sequence[Paragraph],
    found: Sequence[Paragraph],
    mode: Mode,
    *,
    labels: Sequence[str] = schema.ENTITY_LABELS,
) -> CountTable:
    """Count the spans of each label in each document."""
    return _count_labels(gold, found, labels, partial(count_spans, mode=mode))


def relation_counts(
    gold: Sequence[Paragraph],
    found: Sequence[Paragraph],
    mode: Mode,
    *,
    labels: Sequence[str] = schema.RELATION_LABELS,
) -> CountTable:
    """Count the relations of each label in each document."""
    return _count_labels(gold, found, labels, partial(count_links, mode=mode))


def figure_counts(gold: Sequence[Paragraph], found: Sequence[Paragraph]) -> CountTable:
    """Count the figures in each document, under the label ``figures``."""
    return {"figures": _by_document(gold, found, count_figures)}


def to_scores(together: str, counts: CountTable, *, seed: int = 0) -> list[Score]:
    """Return the scores of all of ``counts``, named ``together``, then those of each label.

    A label with the name ``together`` is itself what all come to.
    """
    rows = {together: np.sum([*counts.values()], axis=0)} | counts
    return [
        Score(
            name,
            Counts(*map(int, table.sum(axis=0))),
            *bootstrap_interval(f1_of, table, resamples=_RESAMPLES, seed=seed),
        )
        for name, table in rows.items()
    ]


def _count_labels(
    gold: Sequence[Paragraph],
    found: Sequence[Paragraph],
    labels: Sequence[str],
    count: Callable[..., Counts],
) -> CountTable:
    return {label: _by_document(gold, found, partial(count, label=label)) for label in labels}


def _by_document(
    gold: Sequence[Paragraph],
    found: Sequence[Paragraph],
    count: Callable[[Paragraph, Paragraph], Counts],
) -> NDArray[np.int64]:
    documents = {name: place for place, name in enumerate(dict.fromkeys(p.doc for p in gold))}
    table = np.zeros((len(documents), 3), dtype=np.int64)
    for due, proposed in zip(gold, found, strict=True):
        counts = count(due, proposed)
        table[documents[due.doc]] += (counts.right, counts.proposed, counts.gold)
    return table


def f1_of(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return F1 of counts of shape (..., 3): right, proposed and gold; 0 where all are 0."""
    right, proposed, gold = np.moveaxis(counts, -1, 0)
    return 2 * right / np.maximum(proposed + gold, 1)
