"""Where a pipeline goes wrong: errors of spans and relations by kind.

Scores say how many items are wrong; this says in what way. Every gold span that was not
found exactly and every proposed span that is not gold belongs to one :class:`SpanError`;
every such relation is a :class:`LinkError`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from unionie import schema
from unionie.annotation import Link, Paragraph, Span
from unionie.sentences import sentence_spans

#: ``boundary``: right label, wrong edge. ``label``: right edges, wrong label. ``both``: an
#: overlapping span with neither. ``missed`` and ``spurious``: nothing overlaps.
SpanErrorKind = Literal["boundary", "label", "both", "missed", "spurious"]

#: ``span``: a span that the relation needs was not found exactly, or is none. ``link``:
#: both spans are right and the relation alone is missed or spurious.
LinkErrorCause = Literal["span", "link"]

#: The name of the row and column for "no span" in :func:`confusion`.
NONE = "none"

_CLAUSE_MARKS = "，,；;"
_DISTANCES = ((0, "0"), (5, "1–5"), (20, "6–20"), (60, "21–60"))
_FAR = "over 60"


@dataclass(frozen=True, slots=True)
class SpanError:
    """A span that is wrong; one of ``gold`` and ``found`` may be None, never both."""

    kind: SpanErrorKind
    gold: Span | None
    found: Span | None


@dataclass(frozen=True, slots=True)
class LinkError:
    """A relation that is wrong.

    Attributes:
        missed: whether it is a gold relation that was not found; else it is spurious.
        link: the relation.
        cause: whether its spans or the linking alone are at fault.
        distance: how many characters lie between its spans, in classes.
        clauses: how many commas and semicolons lie between its spans.
        construction: which of the two comes first, and whether other figures lie between.

    """

    missed: bool
    link: Link
    cause: LinkErrorCause
    distance: str
    clauses: int
    construction: str


@dataclass(frozen=True, slots=True)
class SentenceErrors:
    """One sentence, gold and found, with the number of errors in it."""

    gold: Paragraph
    found: Paragraph
    errors: int


def span_errors(gold: Paragraph, found: Paragraph) -> list[SpanError]:
    """Return the errors of the spans of ``found``, in order of appearance."""
    due = sorted({*gold.spans} - {*found.spans})
    proposed = sorted({*found.spans} - {*gold.spans})
    errors = []
    rules: list[tuple[SpanErrorKind, bool, bool]] = [
        ("label", True, False),
        ("boundary", False, True),
        ("both", False, False),
    ]
    for kind, same_edges, same_label in rules:
        for span in list(due):
            match = next(
                (
                    other
                    for other in proposed
                    if span.start < other.end
                    and other.start < span.end
                    and (not same_edges or (span.start, span.end) == (other.start, other.end))
                    and (not same_label or span.label == other.label)
                ),
                None,
            )
            if match is not None:
                due.remove(span)
                proposed.remove(match)
                errors.append(SpanError(kind, span, match))
    errors += [SpanError("missed", span, None) for span in due]
    errors += [SpanError("spurious", None, span) for span in proposed]
    return sorted(errors, key=lambda error: (error.gold or error.found or Span(0, 0, "")).start)


def link_errors(gold: Paragraph, found: Paragraph) -> list[LinkError]:
    """Return the errors of the relations of ``found``."""
    missed = [(True, link, {*found.spans}) for link in gold.links if link not in found.links]
    spurious = [(False, link, {*gold.spans}) for link in found.links if link not in gold.links]
    return [
        LinkError(
            missed=is_missed,
            link=link,
            cause="link" if {link.head, link.tail} <= others else "span",
            distance=_distance(link),
            clauses=_clauses(gold.text, link),
            construction=_construction(gold if is_missed else found, link),
        )
        for is_missed, link, others in missed + spurious
    ]


def labels_in(pairs: Iterable[tuple[Paragraph, Paragraph]]) -> tuple[str, ...]:
    """Return the labels of the scheme, then any others that ``pairs`` hold."""
    seen = {span.label for pair in pairs for paragraph in pair for span in paragraph.spans}
    return schema.ENTITY_LABELS + tuple(sorted(seen.difference(schema.ENTITY_LABELS)))


def relations_in(pairs: Iterable[tuple[Paragraph, Paragraph]]) -> tuple[str, ...]:
    """Return the relations of the scheme, then any others that ``pairs`` hold."""
    seen = {link.label for pair in pairs for paragraph in pair for link in paragraph.links}
    return schema.RELATION_LABELS + tuple(sorted(seen.difference(schema.RELATION_LABELS)))


def confusion(pairs: Iterable[tuple[Paragraph, Paragraph]]) -> dict[str, Counter[str]]:
    """Count, for each gold label, the labels of what was found in its place.

    ``pairs`` are (gold, found). Spans are paired as in :func:`span_errors`, so a span
    with a wrong edge still counts under its label. :data:`NONE` stands for no span.
    """
    pairs = list(pairs)
    table: dict[str, Counter[str]] = {label: Counter() for label in (*labels_in(pairs), NONE)}
    for gold, found in pairs:
        for span in {*gold.spans} & {*found.spans}:
            table[span.label][span.label] += 1
        for error in span_errors(gold, found):
            row = error.gold.label if error.gold else NONE
            table[row][error.found.label if error.found else NONE] += 1
    return table


def worst_sentences(
    pairs: Iterable[tuple[Paragraph, Paragraph]], number: int | None
) -> list[SentenceErrors]:
    """Return the ``number`` sentences with the most errors, worst first; all if None."""
    sentences = [
        SentenceErrors(gold, found, len(span_errors(gold, found)) + _linking_only(gold, found))
        for pair in pairs
        for gold, found in split_sentences(*pair)
    ]
    wrong = [sentence for sentence in sentences if sentence.errors]
    return sorted(wrong, key=lambda sentence: -sentence.errors)[:number]


def split_sentences(gold: Paragraph, found: Paragraph) -> Iterator[tuple[Paragraph, Paragraph]]:
    """Yield the sentences of two annotations of one paragraph as paragraphs of their own.

    A span across a sentence's end, which the scheme forbids, is left out.
    """
    for start, end in sentence_spans(gold.text):
        yield _cut(gold, start, end), _cut(found, start, end)


def _cut(paragraph: Paragraph, start: int, end: int) -> Paragraph:
    def moved(span: Span) -> Span:
        return Span(span.start - start, span.end - start, span.label)

    inside = [span for span in paragraph.spans if start <= span.start and span.end <= end]
    links = [link for link in paragraph.links if link.head in inside and link.tail in inside]
    return Paragraph(
        text=paragraph.text[start:end],
        spans=tuple(map(moved, inside)),
        links=tuple(Link(moved(link.head), moved(link.tail), link.label) for link in links),
        doc=paragraph.doc,
        source=paragraph.source,
        line=paragraph.line,
    )


def _linking_only(gold: Paragraph, found: Paragraph) -> int:
    # An error of a span must not count again for every relation that it breaks.
    return sum(error.cause == "link" for error in link_errors(gold, found))


def _between(link: Link) -> tuple[int, int]:
    first, second = sorted((link.head, link.tail))
    return first.end, second.start


def _distance(link: Link) -> str:
    start, end = _between(link)
    return next((name for limit, name in _DISTANCES if end - start <= limit), _FAR)


def _clauses(text: str, link: Link) -> int:
    start, end = _between(link)
    return sum(char in _CLAUSE_MARKS for char in text[start:end])


def _construction(paragraph: Paragraph, link: Link) -> str:
    order = "figure first" if link.head < link.tail else "figure last"
    start, end = _between(link)
    figures = sum(
        span.label in schema.FIGURE_LABELS and start <= span.start and span.end <= end
        for span in paragraph.spans
    )
    return f"{order}, {'other figures' if figures else 'no other figure'} between"


def count_span_errors(
    pairs: Sequence[tuple[Paragraph, Paragraph]],
) -> dict[str, Counter[SpanErrorKind]]:
    """Count the kinds of errors of each label: the gold label, or that of a spurious span."""
    table: dict[str, Counter[SpanErrorKind]] = {label: Counter() for label in labels_in(pairs)}
    for gold, found in pairs:
        for error in span_errors(gold, found):
            span = error.gold or error.found
            assert span is not None  # a SpanError has one of the two
            table[span.label][error.kind] += 1
    return table
