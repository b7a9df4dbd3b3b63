"""Which items of an annotation are right, beside a gold one of the same text."""

from __future__ import annotations

from unionie import schema
from unionie.annotation import Link, Paragraph, Span


def right_spans(gold: Paragraph, found: Paragraph) -> list[bool]:
    """Say of each span of ``found`` whether it is gold: equal offsets and label."""
    due = {*gold.spans}
    return [span in due for span in found.spans]


def right_links(gold: Paragraph, found: Paragraph) -> list[bool]:
    """Say of each relation of ``found`` whether it is gold, its spans included."""
    due = {*gold.links}
    return [link in due for link in found.links]


def right_figures(gold: Paragraph, found: Paragraph) -> list[bool]:
    """Say of each figure of ``found`` whether its row is right.

    That is: the figure is a gold span, and its relations are all that it has in gold
    and no others.
    """
    due = {*gold.spans}
    return [
        figure in due and _links_of(gold, figure) == _links_of(found, figure)
        for figure in found.spans
        if figure.label in schema.FIGURE_LABELS
    ]


def _links_of(paragraph: Paragraph, figure: Span) -> set[Link]:
    return {link for link in paragraph.links if link.head == figure}
