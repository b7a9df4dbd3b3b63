"""Which figure may relate to which span, and what can be seen of the pair.

Every pair that the scheme allows within a sentence is a candidate. Its features tell
where the two stand, what stands between them and around them, and which other spans
compete; they hold no names, so that a linker trained on one report fits the next.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from unionie import schema
from unionie.annotation import Span
from unionie.pipeline.context import figure_context, tail_context

#: Spans of a sentence that lie further apart are not related. No sentence of the corpus has
#: so many; it bounds the work on what is no sentence.
REACH = 40


_Ints = NDArray[np.int64]


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
            (figure_context if span.label in schema.FIGURE_LABELS else tail_context)(
                self.text, self.start, self.end, span
            )
            for span in self.spans
        ]

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Yield the places of every figure and every span up to :data:`REACH` from it."""
        for head, figure in enumerate(self.spans):
            if figure.label in schema.FIGURE_LABELS:
                for tail in range(max(0, head - REACH), min(len(self.spans), head + REACH + 1)):
                    yield head, tail

    def candidates(self) -> Iterator[Candidate]:
        """Yield every candidate for the relations of the scheme."""
        for head, tail in self.pairs():
            for relation in schema.relations_to(self.spans[tail].label):
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
_NUMBER = {label: number for number, label in enumerate(schema.ENTITY_LABELS)}
_FIGURES = [_NUMBER[label] for label in schema.FIGURE_LABELS]
_FIGURE_NUMBER = np.array(
    [
        schema.FIGURE_LABELS.index(label) if label in schema.FIGURE_LABELS else -1
        for label in schema.ENTITY_LABELS
    ]
)
_INDICATOR = _NUMBER[schema.INDICATOR]
_MEASURED = [_NUMBER[label] for label in (schema.INDICATOR, schema.AWARD)]
_FAR = 60  # no gap counts as more
_NO_GAP = 99  # the gap to a neighbour that is not there
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


def featurize(
    sentences: Sequence[Sentence], candidates: Sequence[Sequence[Candidate]]
) -> NDArray[np.float32]:
    """Return the features of the ``candidates`` of each sentence, one after the other.

    The shape is (all candidates, ``len(FEATURES)``).
    """
    pairs = [pair for of_sentence in candidates for pair in of_sentence]
    if not pairs:
        return np.zeros((0, len(FEATURES)), dtype=np.float32)
    # Spans are looked at once, all of them; a pair is then a matter of differences.
    spans = _SpanTable.of(sentences)
    sizes = np.array([len(sentence.spans) for sentence in sentences])
    ends = np.repeat(np.cumsum(sizes), [len(of_sentence) for of_sentence in candidates])
    starts = ends - np.repeat(sizes, [len(of_sentence) for of_sentence in candidates])
    head_place = np.array([pair.head for pair in pairs])
    tail_place = np.array([pair.tail for pair in pairs])
    head, tail = starts + head_place, starts + tail_place
    after = tail > head
    first, second = np.minimum(head, tail), np.maximum(head, tail)
    label = spans.label[tail]
    between = spans.seen[second] - spans.seen[first + 1]
    figures_between = between[:, _FIGURES].sum(axis=1)
    outside = spans.outside[second] - spans.outside[first]
    marks = outside[:, : len(_MARKS)]
    opening = spans.seen[starts, label]
    ordinal = spans.seen[tail, label]
    here = spans.seen[head, label]
    before_figure = here - opening
    rivals = spans.seen[ends, label] - opening
    rank = np.where(after, ordinal - here, here - 1 - ordinal)
    chained = np.abs(
        spans.joined[label, ordinal] - spans.joined[label, np.where(after, here, here - 1)]
    )
    gap = spans.start[second] - spans.end[first]
    beside = np.where(after, spans.label_after[head], spans.label_before[head])
    beside_gap = np.where(after, spans.gap_after[head], spans.gap_before[head])
    in_clause = (
        spans.seen[spans.clause_end[head], label] - spans.seen[spans.clause_start[head], label]
    )
    columns = [
        after,
        np.minimum(gap, _FAR),
        gap == 0,
        second - first - 1,
        figures_between,
        between[np.arange(len(tail)), label],
        *between.T,
        *outside.T,
        marks[:, _MARKS.index("，,")] + marks[:, _MARKS.index("；;")],
        np.where(after, 99, rank),
        np.where(after, rank, 99),
        ordinal == opening,
        rivals == 1,
        spans.gap_before[head] == 0,
        spans.gap_after[head] == 0,
        spans.figure_before[head],
        spans.label_before[head],
        spans.label_after[head],
        spans.gap_before[head],
        spans.gap_after[head],
        (spans.gap_before[tail] == 0) & spans.figure_before[tail],
        (spans.gap_after[tail] == 0) & spans.figure_after[tail],
        spans.label_before[tail],
        spans.label_after[tail],
        spans.gap_before[tail],
        spans.gap_after[tail],
        spans.opener[tail],
        spans.closer[tail],
        spans.char_before[head],
        spans.closer[head],
        _FIGURE_NUMBER[spans.label[head]],
        label,
        spans.kind[head],
        (spans.end - spans.start)[head],
        (spans.end - spans.start)[tail],
        head_place,
        tail_place,
        (spans.seen[ends] - spans.seen[starts])[:, _FIGURES].sum(axis=1),
        rivals,
        spans.opens[tail],
        (beside == _INDICATOR) & (beside_gap == 0) & (second - first > 1),
        (rank > 0) & (chained == rank),
        before_figure,
        rivals - before_figure,
        np.where(after, -1, figures_between),
        in_clause > 0,
        ((spans.gap_before[head] == 0) & np.isin(spans.label_before[head], _MEASURED))
        | ((spans.gap_after[head] == 0) & np.isin(spans.label_after[head], _MEASURED)),
    ]
    return np.stack(columns, axis=1, dtype=np.float32, casting="unsafe")


@dataclass(frozen=True, slots=True)
class _SpanTable:
    """What the features need to know of each span; labels are numbers."""

    start: _Ints
    end: _Ints
    label: _Ints
    #: Whether the span opens its sentence.
    opens: NDArray[np.bool_]
    #: The neighbours: distance up to ``_FAR`` (99: there is none), label (-1: none), and
    #: whether it is a figure.
    gap_before: _Ints
    gap_after: _Ints
    label_before: _Ints
    label_after: _Ints
    figure_before: NDArray[np.bool_]
    figure_after: NDArray[np.bool_]
    #: Which of some telling characters stand beside the span, -1 if another.
    opener: _Ints
    char_before: _Ints
    closer: _Ints
    #: What kind of unit ends a figure.
    kind: _Ints
    #: The spans that start in a figure's clause: the first, and the one after the last.
    clause_start: _Ints
    clause_end: _Ints
    #: ``seen[i, label]``: spans of the label before span ``i``; its last row has them all.
    seen: _Ints
    #: ``outside[i]``: how often each mark and word stands before span ``i``, outside spans.
    outside: _Ints
    #: ``joined[label, n]``: how many of the label's first ``n + 1`` spans 、和 or the like
    #: joins to the one before.
    joined: _Ints

    @classmethod
    def of(cls, sentences: Sequence[Sentence]) -> _SpanTable:
        rows: list[tuple[int, ...]] = []
        outside: list[tuple[int, ...]] = []
        joined: list[bool] = []
        for sentence in sentences:
            text, spans = sentence.text, sentence.spans
            offset = len(rows)
            starts = [span.start for span in spans]
            last: dict[str, int] = {}  # where the last span of each label ended
            for index, span in enumerate(spans):
                before = _char(text, span.start - 1, sentence)
                after = _char(text, span.end, sentence)
                clause = (0, 0)
                if span.label in schema.FIGURE_LABELS:
                    clause = _clause(text, span, sentence)
                edge = spans[index - 1].end if index else span.start
                rows.append(
                    (
                        span.start,
                        span.end,
                        _NUMBER[span.label],
                        span.start == sentence.start,
                        min(span.start - edge, _FAR) if index else _NO_GAP,
                        _BEFORE_TAIL.find(before),
                        _AFTER_TAIL.find(before),
                        _AFTER_TAIL.find(after),
                        _kind(text[span.start : span.end]),
                        offset + bisect_left(starts, clause[0]),
                        offset + bisect_left(starts, clause[1]),
                    )
                )
                outside.append(_count(text[edge : span.start]))
                joined.append(span.label in last and _joins(text[last[span.label] : span.start]))
                last[span.label] = span.end
        columns = np.array(rows, dtype=np.int64).T
        start, end, label, opens, gap_before, opener, char_before, closer, kind = columns[:9]
        gap_after = np.append(gap_before[1:], _NO_GAP)
        label_before = np.where(gap_before == _NO_GAP, -1, np.append(-1, label[:-1]))
        label_after = np.where(gap_after == _NO_GAP, -1, np.append(label[1:], -1))
        seen = np.zeros((len(rows) + 1, len(schema.ENTITY_LABELS)), dtype=np.int64)
        seen[np.arange(1, len(rows) + 1), label] = 1
        seen = seen.cumsum(axis=0)
        by_label = np.zeros((len(schema.ENTITY_LABELS), len(rows) + 1), dtype=np.int64)
        by_label[label, seen[np.arange(len(rows)), label]] = joined
        return cls(
            start=start,
            end=end,
            label=label,
            opens=opens.astype(bool),
            gap_before=gap_before,
            gap_after=gap_after,
            label_before=label_before,
            label_after=label_after,
            figure_before=np.isin(label_before, _FIGURES),
            figure_after=np.isin(label_after, _FIGURES),
            opener=opener,
            char_before=char_before,
            closer=closer,
            kind=kind,
            clause_start=columns[9],
            clause_end=columns[10],
            seen=seen,
            outside=np.array(outside).cumsum(axis=0),
            joined=by_label.cumsum(axis=1),
        )


@lru_cache(maxsize=2048)
def _count(text: str) -> tuple[int, ...]:
    """Return how often each of the marks and words stands in ``text``."""
    marks = [sum(map(text.count, group)) for group in _MARKS]
    return (*marks, *(text.count(word) for word in _WORDS))


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


def _joins(text: str) -> bool:
    """Say whether ``text`` between two names makes them conjuncts."""
    return text.strip('“”"') in ("、", "和", "及", "以及", "与", "")
