"""Varied copies of annotated paragraphs, so that a recognizer learns contexts, not names."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

from unionie.annotation import Link, Paragraph, Span

#: Half-width mark -> full-width mark: reports use both, often mixed.
WIDTHS = {",": "，", ":": "：", ";": "；", "(": "（", ")": "）", "!": "！", "?": "？"}

_NARROW = str.maketrans({wide: narrow for narrow, wide in WIDTHS.items()})
_WIDE = str.maketrans(WIDTHS)


def surfaces(paragraphs: Iterable[Paragraph]) -> dict[str, list[str]]:
    """Return every distinct surface of each label, sorted."""
    found: dict[str, set[str]] = {}
    for paragraph in paragraphs:
        for span in paragraph.spans:
            found.setdefault(span.label, set()).add(paragraph.surface(span))
    return {label: sorted(names) for label, names in found.items()}


def swap_names(
    paragraph: Paragraph,
    pool: dict[str, list[str]],
    labels: Sequence[str],
    share: float,
    rng: random.Random,
) -> Paragraph:
    """Return ``paragraph`` with a ``share`` of the spans with ``labels`` under other names."""
    text, spans, done = "", {}, 0
    for span in paragraph.spans:
        surface = paragraph.surface(span)
        if span.label in labels and pool.get(span.label) and rng.random() < share:
            surface = rng.choice(pool[span.label])
        text += paragraph.text[done : span.start]
        spans[span] = Span(len(text), len(text) + len(surface), span.label)
        text += surface
        done = span.end
    text += paragraph.text[done:]
    links = [Link(spans[link.head], spans[link.tail], link.label) for link in paragraph.links]
    return Paragraph(
        text, tuple(spans.values()), tuple(links), paragraph.doc, paragraph.source, paragraph.line
    )


def change_widths(paragraph: Paragraph, rng: random.Random) -> Paragraph:
    """Return ``paragraph`` with all its punctuation half-width, or all full-width."""
    table = rng.choice([_NARROW, _WIDE])
    return Paragraph(
        paragraph.text.translate(table),
        paragraph.spans,
        paragraph.links,
        paragraph.doc,
        paragraph.source,
        paragraph.line,
    )
