"""The errors of a pipeline as tables and as one self-contained HTML page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from unionie.annotation import Paragraph
from unionie.diagnosis import (
    NONE,
    LinkError,
    LinkErrorCause,
    SentenceErrors,
    SpanError,
    SpanErrorKind,
    confusion,
    count_span_errors,
    labels_in,
    link_errors,
    relations_in,
    span_errors,
    worst_sentences,
)
from unionie.markup import COLOURS, mark_spans
from unionie.rendering import render

Pairs = Sequence[tuple[Paragraph, Paragraph]]

_CLASSES = (
    ("distance", "characters between figure and tail"),
    ("clauses", "commas and semicolons between"),
    ("construction", "order"),
)


@dataclass(frozen=True, slots=True)
class ErrorTable:
    """A table of counts: ``rows`` hold a name, then a cell for each further column."""

    title: str
    note: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int, ...], ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the table as JSON."""
        return {
            "title": self.title,
            "columns": list(self.columns),
            "rows": [list(row) for row in self.rows],
        }


def error_tables(pairs: Pairs) -> list[ErrorTable]:
    """Count the errors of ``pairs``, each (gold, found), in every way."""
    return [
        _span_table(pairs),
        _confusion_table(pairs),
        _cause_table(pairs),
        *_link_tables(pairs),
    ]


def error_page(pairs: Pairs, *, title: str, worst: int | None = 50) -> str:
    """Return the page: the tables, then the ``worst`` sentences, gold beside found.

    With ``worst`` None every sentence with an error is there, in order of its errors.
    """
    sentences = worst_sentences(pairs, worst)
    return render(
        "errors.html",
        title=title,
        legend=COLOURS.items(),
        tables=error_tables(pairs),
        heading=f"All {len(sentences)} sentences with errors"
        if worst is None
        else f"The {len(sentences)} sentences with the most errors",
        sentences=[_render(sentence) for sentence in sentences],
    )


def _span_table(pairs: Pairs) -> ErrorTable:
    counts = count_span_errors(pairs)
    support = Counter(span.label for gold, _ in pairs for span in gold.spans)
    kinds = get_args(SpanErrorKind)
    return ErrorTable(
        "Errors of spans by kind",
        "boundary: right label, wrong edge; label: right edges, wrong label; "
        "both: neither, but overlapping; missed and spurious: nothing overlaps.",
        ("entity", "gold", *kinds),
        tuple(
            (label, support[label], *(counts[label][kind] for kind in kinds))
            for label in labels_in(pairs)
        ),
    )


def _confusion_table(pairs: Pairs) -> ErrorTable:
    table = confusion(pairs)
    names = (*labels_in(pairs), NONE)
    return ErrorTable(
        "Labels taken for others",
        "Rows are gold labels, columns found ones; a wrong edge does not matter here.",
        ("gold", *names),
        tuple((row, *(table[row][column] for column in names)) for row in names),
    )


def _cause_table(pairs: Pairs) -> ErrorTable:
    counts = Counter(
        (error.link.label, error.missed, error.cause) for error in _all_link_errors(pairs)
    )
    columns = [(missed, cause) for missed in (True, False) for cause in get_args(LinkErrorCause)]
    return ErrorTable(
        "Errors of relations by cause",
        "span: one of the two spans is wrong; link: both are right and the relation is not.",
        ("relation", "missed: span", "missed: link", "spurious: span", "spurious: link"),
        tuple(
            (label, *(counts[label, *column] for column in columns))
            for label in relations_in(pairs)
        ),
    )


def _link_tables(pairs: Pairs) -> Iterator[ErrorTable]:
    errors = [error for error in _all_link_errors(pairs) if error.cause == "link"]
    for name, title in _CLASSES:
        missed = Counter(getattr(error, name) for error in errors if error.missed)
        spurious = Counter(getattr(error, name) for error in errors if not error.missed)
        # The gold relations in each class: everything is an error beside an empty answer.
        support = Counter(
            getattr(error, name)
            for gold, _ in pairs
            for error in link_errors(gold, gold.with_annotation(gold.spans, ()))
        )
        classes = sorted({*missed, *spurious, *support}, key=_class_order)
        yield ErrorTable(
            f"Relations between right spans, by {title}",
            "",
            (name, "gold", "missed", "spurious"),
            tuple((str(key), support[key], missed[key], spurious[key]) for key in classes),
        )


def _class_order(key: str | int) -> tuple[int, str]:
    if isinstance(key, int):
        return key, ""
    digits = key.removeprefix("over ").split("–", maxsplit=1)[0]
    return (int(digits) + key.startswith("over"), key) if digits.isdigit() else (0, key)


def _all_link_errors(pairs: Pairs) -> Iterator[LinkError]:
    for gold, found in pairs:
        yield from link_errors(gold, found)


def _render(sentence: SentenceErrors) -> dict[str, Any]:
    gold, found = sentence.gold, sentence.found
    return {
        "place": f"{gold.doc}:{gold.line}",
        "errors": sentence.errors,
        "gold": mark_spans(gold.text, gold.spans),
        "found": mark_spans(found.text, found.spans),
        "faults": [_describe_span(error, gold) for error in span_errors(gold, found)]
        + [_describe_link(error, gold) for error in link_errors(gold, found)],
    }


def _describe_span(error: SpanError, text: Paragraph) -> str:
    sides = [f"{span.label} {text.surface(span)}" for span in (error.gold, error.found) if span]
    return f"{error.kind} {' → '.join(sides)}"


def _describe_link(error: LinkError, text: Paragraph) -> str:
    kind = "missed" if error.missed else "spurious"
    link = error.link
    # A relation that fell with one of its spans is no error of the linker.
    because = " (its spans are not right)" if error.cause == "span" else ""
    return f"{kind} {link.label}: {text.surface(link.head)} → {text.surface(link.tail)}{because}"
