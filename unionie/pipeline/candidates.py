"""Which figure may relate to which span, and what can be seen of the pair.

Every pair that the scheme allows within a sentence is a candidate. Its features tell
where the two stand, what stands between them and around them, and which other spans
compete; they hold no names, so that a linker trained on one report fits the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from unionie import schema
from unionie.annotation import Span
from unionie.pipeline.context import figure_context, tail_context

#: Spans of a sentence that lie further apart are not related. No sentence of the corpus has
#: so many; it bounds the work on what is no sentence.
REACH = 40


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pair that may be related, by the places of both in ``Sentence.spans``."""

    head: int
    tail: int
    relation: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a text and the spans in it, in order; offsets are the text's."""

    text: str
    start: int
    end: int
    spans: tuple[Span, ...]

    def contexts(self) -> list[list[str]]:
        """Return the grams around each span, for :class:`ContextModel`."""
        return [
            (figure_context if _is_figure(span) else tail_context)(
                self.text, self.start, self.end, span
            )
            for span in self.spans
        ]

    def candidates(self) -> Iterator[Candidate]:
        """Yield every pair that the scheme allows, up to :data:`REACH` spans apart."""
        for head, figure in enumerate(self.spans):
            if figure.label in schema.FIGURE_LABELS:
                first = max(0, head - REACH)
                for tail, span in enumerate(self.spans[first : head + REACH + 1], start=first):
                    for relation in schema.relations_to(span.label):
                        yield Candidate(head, tail, relation)


def split_sentences(
    text: str, bounds: Sequence[tuple[int, int]], spans: Sequence[Span]
) -> list[Sentence]:
    """Return the sentences of ``text`` that hold a figure, with their spans."""
    sentences = []
    ordered = sorted(spans)
    index = 0
    for start, end in bounds:
        while index < len(ordered) and ordered[index].start < start:
            index += 1
        first = index
        while index < len(ordered) and ordered[index].end <= end:
            index += 1
        inside = tuple(ordered[first:index])
        if any(span.label in schema.FIGURE_LABELS for span in inside):
            sentences.append(Sentence(text, start, end, inside))
    return sentences


_MARKS = ("、", "，,", "；;", "：:", '“”"「」', "（(", "）)")
_WORDS = (
    "其中",
    "分别",
    "各级工会",
    "和",
    "及",
    "等",
    "的",
    "达",
    "为",
    "占",
    "共",
    "由",
    "从",
    "比",
    "与",
    "向",
    "在",
    "每",
    "有",
    "使",
    "为了",
)
_MEASURED = (schema.INDICATOR, schema.AWARD)
_BEFORE_TAIL = "向与和对为由从在被经受给同、，,；;：:“（("
_AFTER_TAIL = "的、，,；;：:”）)和在等内为达已共与被将"
_KINDS = {"人": "人名位员", "次": "次场期届回", "户": "户家", "项": "个项件条起份"}

FEATURES: tuple[str, ...] = (
    "after", "gap", "touching", "spans between", "figures between", "tails between",
    *(f"{label} between" for label in schema.ENTITY_LABELS),
    *(f"marks {marks}" for marks in _MARKS),
    *(f"word {word}" for word in _WORDS),
    "clauses between", "from nearest before", "from nearest after",
    "first of label", "only of label",
    "figure touches span before", "figure touches span after", "figure follows figure",
    "label before figure", "label after figure", "gap before figure", "gap after figure",
    "tail touches figure before", "tail touches figure after",
    "label before tail", "label after tail", "gap before tail", "gap after tail",
    "char before tail", "char after tail", "char before figure", "char after figure",
    "figure label", "tail label", "figure kind", "figure length", "tail length",
    "figure place", "tail place", "sentence figures", "sentence tails", "tail opens sentence",
    "indicator between touches figure", "conjunct of nearest", "tails before", "tails after",
    "figures since tail", "clause of figure has tail", "programme measured",
)  # fmt: skip


def featurize(sentence: Sentence, candidates: Sequence[Candidate]) -> NDArray[np.float32]:
    """Return the features of ``candidates``, shape (candidates, ``len(FEATURES)``)."""
    rows = [_features(sentence, candidate) for candidate in candidates]
    return np.array(rows, dtype=np.float32).reshape(len(rows), len(FEATURES))


def _features(sentence: Sentence, candidate: Candidate) -> list[float]:
    spans, text = sentence.spans, sentence.text
    figure, tail = spans[candidate.head], spans[candidate.tail]
    after = candidate.tail > candidate.head
    first, second = sorted((candidate.head, candidate.tail))
    between = spans[first + 1 : second]
    gap_start, gap_end = spans[first].end, spans[second].start
    middle = text[gap_start:gap_end]
    outside = _outside(text, gap_start, gap_end, between)
    rivals = [index for index, span in enumerate(spans) if span.label == tail.label]
    before_figure = [index for index in rivals if index < candidate.head]
    after_figure = [index for index in rivals if index > candidate.head]
    ranked = after_figure if after else before_figure[::-1]
    rank = ranked.index(candidate.tail)
    figure_left, figure_right = _neighbours(sentence, candidate.head)
    tail_left, tail_right = _neighbours(sentence, candidate.tail)
    figures = [index for index, span in enumerate(spans) if _is_figure(span)]
    clause = _clause(text, figure, sentence)
    figures_between = sum(map(_is_figure, between))
    return [
        after,
        min(len(middle), 60),
        not middle,
        len(between),
        figures_between,
        sum(span.label == tail.label for span in between),
        *(sum(span.label == label for span in between) for label in schema.ENTITY_LABELS),
        *(sum(outside.count(mark) for mark in marks) for marks in _MARKS),
        *(outside.count(word) for word in _WORDS),
        sum(outside.count(mark) for mark in "，,；;"),
        99 if after else rank,
        rank if after else 99,
        candidate.tail == rivals[0],
        len(rivals) == 1,
        figure_left.gap == 0,
        figure_right.gap == 0,
        figure_left.figure,
        figure_left.label,
        figure_right.label,
        figure_left.gap,
        figure_right.gap,
        tail_left.gap == 0 and tail_left.figure,
        tail_right.gap == 0 and tail_right.figure,
        tail_left.label,
        tail_right.label,
        tail_left.gap,
        tail_right.gap,
        _BEFORE_TAIL.find(_char(text, tail.start - 1, sentence)),
        _AFTER_TAIL.find(_char(text, tail.end, sentence)),
        _AFTER_TAIL.find(_char(text, figure.start - 1, sentence)),
        _AFTER_TAIL.find(_char(text, figure.end, sentence)),
        schema.FIGURE_LABELS.index(figure.label),
        schema.ENTITY_LABELS.index(tail.label),
        _kind(text[figure.start : figure.end]),
        figure.end - figure.start,
        tail.end - tail.start,
        candidate.head,
        candidate.tail,
        len(figures),
        len(rivals),
        tail.start == sentence.start,
        _measured_between(between, figure, tail),
        rank > 0 and _conjoined(text, spans, candidate, ranked),
        len(before_figure),
        len(after_figure),
        figures_between if not after else -1,
        any(clause[0] <= spans[index].start < clause[1] for index in rivals),
        any(span.label in _MEASURED and _touch(span, figure) for span in spans),
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Neighbour:
    gap: int
    label: int
    figure: bool


def _neighbours(sentence: Sentence, index: int) -> tuple[_Neighbour, _Neighbour]:
    span = sentence.spans[index]
    none = _Neighbour(99, -1, False)
    left = right = none
    if index:
        other = sentence.spans[index - 1]
        left = _neighbour(other, span.start - other.end)
    if index + 1 < len(sentence.spans):
        other = sentence.spans[index + 1]
        right = _neighbour(other, other.start - span.end)
    return left, right


def _neighbour(span: Span, gap: int) -> _Neighbour:
    return _Neighbour(min(gap, 60), schema.ENTITY_LABELS.index(span.label), _is_figure(span))


def _is_figure(span: Span) -> bool:
    return span.label in schema.FIGURE_LABELS


def _touch(left: Span, right: Span) -> bool:
    return left.end == right.start or right.end == left.start


def _outside(text: str, start: int, end: int, spans: Sequence[Span]) -> str:
    """Return the text between ``start`` and ``end`` without what lies in ``spans``."""
    parts = []
    for span in spans:
        parts.append(text[start : span.start])
        start = span.end
    parts.append(text[start:end])
    return "\0".join(parts)


def _char(text: str, index: int, sentence: Sentence) -> str:
    return text[index] if sentence.start <= index < sentence.end else "\0"


def _clause(text: str, figure: Span, sentence: Sentence) -> tuple[int, int]:
    start, end = figure.start, figure.end
    while start > sentence.start and text[start - 1] not in "，,；;":
        start -= 1
    while end < sentence.end and text[end] not in "，,；;":
        end += 1
    return start, end


def _kind(surface: str) -> int:
    for number, units in enumerate(_KINDS.values(), start=1):
        if surface[-1] in units:
            return number
    return 0


def _measured_between(between: Sequence[Span], figure: Span, tail: Span) -> bool:
    return any(span.label == schema.INDICATOR and _touch(span, figure) for span in between)


def _conjoined(
    text: str, spans: Sequence[Span], candidate: Candidate, ranked: Sequence[int]
) -> bool:
    """Say whether 、和 or the like joins the tail to the nearest span of its label."""
    chain = sorted(ranked[: ranked.index(candidate.tail) + 1])
    return all(
        text[spans[a].end : spans[b].start].strip('“”"') in ("、", "和", "及", "以及", "与", "")
        for a, b in pairwise(chain)
    )
