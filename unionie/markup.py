"""Text with coloured spans, as HTML.

The colours are the light qualitative scheme of Paul Tol ("Colour Schemes", SRON technical
note, 2021): told apart by readers with any common colour blindness, and dark text reads
on all of them.
"""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup, escape

from unionie import schema
from unionie.annotation import Span

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


def colour_of(label: str) -> str:
    """Return the background colour of ``label``."""
    return COLOURS.get(label, OTHER_COLOUR)


def mark_spans(text: str, spans: Iterable[Span]) -> Markup:
    """Return ``text``, escaped, with ``spans`` in ``<mark>`` elements in their colours.

    ``spans`` must be flat; each carries its label as ``data-label`` and as its tooltip.
    """
    parts: list[Markup] = []
    done = 0
    for span in sorted(spans):
        parts.append(escape(text[done : span.start]))
        parts.append(
            Markup('<mark data-label="{0}" title="{0}" style="background:{1}">{2}</mark>').format(
                span.label, colour_of(span.label), text[span.start : span.end]
            )
        )
        done = span.end
    parts.append(escape(text[done:]))
    return Markup("").join(parts)
