"""Do scores keep what they promise? Reliability and coverage of scored answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from unionie.annotation import Link, Paragraph, Span
from unionie.bootstrap import bootstrap_interval
from unionie.matching import right_figures, right_links, right_spans
from unionie.report import Report
from unionie.values import Entity

Kind = Literal["entity", "relation", "figure"]

_RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Answer:
    """One thing that a pipeline found: its score, and whether gold agrees.

    A figure is right if its row is: the figure itself and all that its sentence states
    of it, no more and no less.
    """

    doc: str
    kind: Kind
    label: str
    score: float
    right: bool


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers with about the same score: what was promised and what was kept."""

    score: float
    precision: float
    low: float
    high: float
    answers: int

    def to_dict(self) -> dict[str, Any]:
        """Return the bin as JSON; ``low`` and ``high`` bound the precision with 95%."""
        return _rounded(self, ("score", "precision", "low", "high", "answers"))


@dataclass(frozen=True, slots=True)
class Point:
    """What is left when only answers with at least ``min_score`` are kept."""

    min_score: float
    coverage: float
    precision: float
    low: float
    high: float
    answers: int

    def to_dict(self) -> dict[str, Any]:
        """Return the point as JSON; ``low`` and ``high`` bound the precision with 95%."""
        names = ("min_score", "coverage", "precision", "low", "high", "answers")
        return _rounded(self, names)


def collect_answers(gold: Sequence[Paragraph], reports: Iterable[Report]) -> Iterator[Answer]:
    """Yield every entity, relation and figure of ``reports``, one for each of ``gold``."""
    for paragraph, report in zip(gold, reports, strict=True):
        found = annotation_of(report)
        figures = [figure.entity.label for figure in report.figures]
        scored: list[tuple[Kind, list[str], list[float], list[bool]]] = [
            (
                "entity",
                [entity.label for entity in report.entities],
                [entity.score for entity in report.entities],
                right_spans(paragraph, found),
            ),
            (
                "relation",
                [relation.label for relation in report.relations],
                [relation.score for relation in report.relations],
                right_links(paragraph, found),
            ),
            (
                "figure",
                figures,
                [figure.score for figure in report.figures],
                right_figures(paragraph, found),
            ),
        ]
        for kind, labels, scores, right in scored:
            for label, score, is_right in zip(labels, scores, right, strict=True):
                yield Answer(paragraph.doc, kind, label, score, is_right)


def annotation_of(report: Report) -> Paragraph:
    """Return the entities and relations of ``report`` as an annotated paragraph."""

    def span(entity: Entity) -> Span:
        return Span(entity.start, entity.end, entity.label)

    return Paragraph(
        report.text,
        tuple(map(span, report.entities)),
        tuple(Link(span(r.head), span(r.tail), r.label) for r in report.relations),
    )


def reliability(answers: Sequence[Answer], bins: int = 10, *, seed: int = 0) -> list[Bin]:
    """Return ``answers`` in ``bins`` of equal number, by rising score."""
    return [
        Bin(_score(part), _precision(part), *_interval(part, seed), len(part))
        for part in _binned(answers, bins)
    ]


def coverage(
    answers: Sequence[Answer], min_scores: Iterable[float], *, seed: int = 0
) -> list[Point]:
    """Return a point for each of ``min_scores`` that leaves any answer."""
    points = []
    for min_score in min_scores:
        kept = [answer for answer in answers if answer.score >= min_score]
        if kept:
            low, high = _interval(kept, seed)
            share = len(kept) / len(answers)
            points.append(Point(min_score, share, _precision(kept), low, high, len(kept)))
    return points


def calibration_error(answers: Sequence[Answer], bins: int = 10) -> float:
    """Return the mean distance between score and precision over bins of equal number."""
    parts = _binned(answers, bins)
    far = sum(abs(_score(part) - _precision(part)) * len(part) for part in parts)
    return far / max(len(answers), 1)


def _binned(answers: Sequence[Answer], bins: int) -> list[list[Answer]]:
    ranked = sorted(answers, key=lambda answer: answer.score)
    edges = np.linspace(0, len(ranked), min(bins, len(ranked)) + 1).astype(int)
    return [ranked[start:end] for start, end in pairwise(edges)]


def _score(answers: Sequence[Answer]) -> float:
    return float(np.mean([answer.score for answer in answers]))


def _precision(answers: Sequence[Answer]) -> float:
    return sum(answer.right for answer in answers) / len(answers)


def _interval(answers: Sequence[Answer], seed: int) -> tuple[float, float]:
    names = sorted({answer.doc for answer in answers})
    place = {name: number for number, name in enumerate(names)}
    counts = np.zeros((len(names), 2))
    for answer in answers:
        counts[place[answer.doc]] += (answer.right, 1)
    return bootstrap_interval(_share_right, counts, resamples=_RESAMPLES, seed=seed)


def _share_right(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    right, total = np.moveaxis(counts, -1, 0)
    return right / total


def _rounded(item: Any, names: Sequence[str]) -> dict[str, Any]:
    return {name: round(getattr(item, name), 4) for name in names}
