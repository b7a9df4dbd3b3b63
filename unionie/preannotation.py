"""From a text to annotated paragraphs: what the model finds, in the form of annotations."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from unionie.annotation import Link, Paragraph, Span
from unionie.extraction import extract

if TYPE_CHECKING:
    from spacy.language import Language

    from unionie.values import Entity


def preannotate(
    text: str, *, doc: str = "", source: str = "", nlp: Language | None = None
) -> list[Paragraph]:
    """Annotate ``text`` with a pipeline: one paragraph for each line that is not blank.

    Args:
        text: the report.
        doc: the document's name.
        source: where its text comes from.
        nlp: a pipeline from :func:`unionie.load`; the bundled one if None.

    Returns:
        The paragraphs with their 1-based lines, spans, links and the scores of both.

    Raises:
        TypeError, InputError: as :func:`unionie.extract`.

    """
    report = extract(text, nlp=nlp)
    entities = deque(report.entities)
    relations = deque(report.relations)
    paragraphs = []
    start = 0
    for number, line in enumerate(text.splitlines(keepends=True), start=1):
        end = start + len(line)
        spans: list[Span] = []
        links: list[Link] = []
        scores: dict[Span | Link, float] = {}
        # Both come in order, and nothing that the pipeline finds leaves its line.
        while entities and entities[0].start < end:
            entity = entities.popleft()
            spans.append(_span(entity, start))
            scores[spans[-1]] = entity.score
        while relations and relations[0].head.start < end:
            relation = relations.popleft()
            ends = _span(relation.head, start), _span(relation.tail, start)
            links.append(Link(*ends, relation.label))
            scores[links[-1]] = relation.score
        if line.strip():
            (content,) = line.splitlines()
            paragraphs.append(
                Paragraph(content, tuple(spans), tuple(links), doc, source, number, scores)
            )
        start = end
    return paragraphs


def _span(entity: Entity, offset: int) -> Span:
    return Span(entity.start - offset, entity.end - offset, entity.label)
