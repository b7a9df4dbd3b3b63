"""Text with coloured spans, as HTML.

The colours are the light qualitative scheme of Paul Tol ("Colour Schemes", SRON technical
note, 2021): told apart by readers with any common colour blindness, and dark text reads
on all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Protocol, TypeVar

from markupsafe import Markup, escape

from unionie import schema

#: Entity label -> background colour. Other labels get :data:`OTHER_COLOUR`.
COLOURS = dict(
    zip(
        schema.ENTITY_LABELS,
        (
            "#77aadd",
            "#ffaabb",
            "#ee8866",
            "#eedd88",
            "#bbcc33",
            "#aaaa00",
            "#99ddff",
            "#44bb99",
        ),
        strict=True,
    )
)

OTHER_COLOUR = "#dddddd"


class Marked(Protocol):
    """A labelled span, of an annotation or of a report."""

    @property
    def start(self) -> int:
        """Offset of the first code point."""

    @property
    def end(self) -> int:
        """Offset after the last code point."""

    @property
    def label(self) -> str:
        """Entity label."""


S = TypeVar("S", bound=Marked)


def colour_of(label: str) -> str:
    """Return the background colour of ``label``."""
    return COLOURS.get(label, OTHER_COLOUR)


def mark_span(span: Marked, content: str, *, classes: str = "") -> Markup:
    """Return ``content``, escaped unless it is Markup, as a ``<mark>`` of the span's label."""
    return Markup('<mark{3} data-label="{0}" title="{0}" style="background:{1}">{2}</mark>').format(
        span.label,
        colour_of(span.label),
        content,
        Markup(' class="{}"').format(classes) if classes else "",
    )


def mark_spans(
    text: str, spans: Iterable[S], mark: Callable[[S, str], Markup] = mark_span
) -> Markup:
    """Return ``text``, escaped, with ``spans`` in ``<mark>`` elements in their colours.

    ``spans`` must be flat; each carries its label as ``data-label`` and as its tooltip.
    ``mark`` makes the element of a span and the characters that it covers.
    """
    parts: list[Markup] = []
    done = 0
    for span in sorted(spans, key=attrgetter("start")):
        parts.append(escape(text[done : span.start]))
        parts.append(mark(span, text[span.start : span.end]))
        done = span.end
    parts.append(escape(text[done:]))
    return Markup("").join(parts)
