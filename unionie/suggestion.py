"""Which paragraphs to annotate next: those that teach the model most for the reading.

A paragraph that the pipeline has annotated is worth its *expected number of errors*: one
minus the score, summed over its spans and relations, and :data:`UNMEASURED` for each
figure that measures nothing, where something without a score was missed.

Ten paragraphs with the same error teach little more than one. So the expected errors are
multiplied by the paragraph's *novelty*: the share of its character trigrams, digits made
equal, that are in no paragraph chosen before and in no surface that is known already,
such as those of the training data. Paragraphs are chosen one by one, each time the one
whose product is highest.

A long paragraph has more room for errors and comes first for it; and the scores are the
model's own, so what it gets wrong with confidence is not found.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from unionie import schema
from unionie.annotation import Link, Paragraph, Span

#: The errors that a figure without MEASURES stands for: nine in ten are one in the
#: validation split.
UNMEASURED = 0.9

#: Spans and relations below this score are named in the reason.
UNSURE = 0.5

_GRAM = 3
_DIGITS = re.compile(r"[0-9０-９]+(?:[.．][0-9０-９]+)?")
_LISTED = 5


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A paragraph worth annotating.

    Attributes:
        paragraph: as the pipeline annotated it.
        errors: the expected number of errors in it.
        novelty: the share of it that is new, 0 to 1, when it was chosen.
        reason: what makes it worth annotating, in words.

    """

    paragraph: Paragraph
    errors: float
    novelty: float
    reason: str


def suggest(
    paragraphs: Iterable[Paragraph], number: int, *, known: Iterable[Paragraph] = ()
) -> list[Suggestion]:
    """Choose up to ``number`` paragraphs, the one to annotate first in front.

    Args:
        paragraphs: annotated by a pipeline, with scores.
        number: how many to choose; fewer come if no other has anything new to teach.
        known: annotated paragraphs whose surfaces the model knows, such as its training data.

    """
    candidates = list(paragraphs)
    errors = [expected_errors(paragraph) for paragraph in candidates]
    grams = [_grams(paragraph.text) for paragraph in candidates]
    words = {p.surface(span) for p in known for span in p.spans}
    seen = {gram for word in words for gram in _grams(word)}
    # Novelty only falls as more is seen, so a value that is still the highest once it is
    # brought up to date is the highest of all.
    heap = [(-_value(errors[i], grams[i], seen), i) for i in range(len(candidates))]
    heapq.heapify(heap)
    chosen: list[Suggestion] = []
    while heap and len(chosen) < number:
        _, index = heapq.heappop(heap)
        value = _value(errors[index], grams[index], seen)
        if heap and -value > heap[0][0]:
            heapq.heappush(heap, (-value, index))
            continue
        if not value:
            break
        paragraph = candidates[index]
        reason = _reason(paragraph, words)
        chosen.append(Suggestion(paragraph, errors[index], value / errors[index], reason))
        seen |= grams[index]
        words |= {paragraph.surface(span) for span in paragraph.spans}
    return chosen


def expected_errors(paragraph: Paragraph) -> float:
    """Return how many errors the scores of ``paragraph`` and its bare figures let expect."""
    unsure = sum(1 - score for score in paragraph.scores.values())
    return unsure + UNMEASURED * len(_unmeasured(paragraph))


def _unmeasured(paragraph: Paragraph) -> list[Span]:
    measuring = {link.head for link in paragraph.links if link.label == schema.MEASURES}
    return [span for span in _figures(paragraph) if span not in measuring]


def _figures(paragraph: Paragraph) -> list[Span]:
    return [span for span in paragraph.spans if span.label in schema.FIGURE_LABELS]


def _grams(text: str) -> set[str]:
    text = _DIGITS.sub("0", text)
    return {text[i : i + _GRAM] for i in range(max(len(text) - _GRAM, 0) + 1)}


def _value(errors: float, grams: set[str], seen: set[str]) -> float:
    return errors * len(grams - seen) / len(grams)


def _reason(paragraph: Paragraph, words: set[str]) -> str:
    figures = _figures(paragraph)
    others = [span for span in paragraph.spans if span not in figures]
    parts = []
    groups: tuple[tuple[str, Sequence[Span | Link]], ...] = (
        ("figure", figures),
        ("other span", others),
        ("relation", paragraph.links),
    )
    for name, items in groups:
        # As it is shown: 0.498 is no "0.50 below 0.5".
        unsure = [item for item in items if round(paragraph.scores.get(item, 1), 2) < UNSURE]
        if unsure:
            places = [_describe(paragraph, item) for item in unsure]
            parts.append(f"{_count(unsure, name)} below {UNSURE}: {_list(places)}")
    if not parts and paragraph.scores:
        _, place = min((score, _describe(paragraph, i)) for i, score in paragraph.scores.items())
        parts.append(f"least sure: {place}")
    if bare := _unmeasured(paragraph):
        surfaces = [paragraph.surface(span) for span in bare]
        parts.append(f"{_count(bare, 'figure')} measuring nothing: {_list(surfaces)}")
    surfaces = list(dict.fromkeys(paragraph.surface(span) for span in others))
    if new := [surface for surface in surfaces if surface not in words]:
        parts.append(f"new words: {_list(new)}")
    return "; ".join(parts)


def _describe(paragraph: Paragraph, item: Span | Link) -> str:
    score = f"({paragraph.scores[item]:.2f})"
    if isinstance(item, Span):
        return f"{paragraph.surface(item)} {score}"
    ends = paragraph.surface(item.head), paragraph.surface(item.tail)
    return f"{ends[0]} {item.label} {ends[1]} {score}"


def _count(items: Sequence[object], name: str) -> str:
    return f"{len(items)} {name}{'s' if len(items) > 1 else ''}"


def _list(surfaces: Sequence[str]) -> str:
    more = ["…"] if len(surfaces) > _LISTED else []
    return "、".join([*surfaces[:_LISTED], *more])
