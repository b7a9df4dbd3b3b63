"""Relations and scores on a spaCy Doc.

They live in ``doc.user_data`` as plain lists of numbers and strings, so that they
survive ``to_bytes``, ``DocBin(store_user_data=True)`` and worker processes, and are
read and written through extension attributes:

``doc._.relations``
    a tuple of :class:`DocRelation`, sorted.
``doc._.entity_scores``
    a tuple of floats, one for each span in ``doc.ents``; empty if there are none.
``doc._.figure_scores``
    a tuple of floats, one for each MONEY, COUNT and PERCENT span in ``doc.ents``; empty if
    there are none.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from spacy.tokens import Doc

from unionie import schema
from unionie.annotation import Link, Paragraph, Span
from unionie.errors import AnnotationError

_RELATIONS = "unionie_relations"
_SCORES = "unionie_entity_scores"
_FIGURE_SCORES = "unionie_figure_scores"


class DocRelation(NamedTuple):
    """A relation between two entities of a Doc, given by their code-point offsets."""

    head_start: int
    head_end: int
    tail_start: int
    tail_end: int
    label: str
    score: float = 1.0


def get_relations(doc: Doc) -> tuple[DocRelation, ...]:
    """Return the relations of ``doc``; this is ``doc._.relations``."""
    return tuple(DocRelation(*relation) for relation in doc.user_data.get(_RELATIONS, ()))


def set_relations(doc: Doc, relations: Iterable[Any]) -> None:
    """Replace the relations of ``doc``; each is a DocRelation or a tuple of its fields."""
    doc.user_data[_RELATIONS] = [list(r) for r in sorted(DocRelation(*r) for r in relations)]


def get_entity_scores(doc: Doc) -> tuple[float, ...]:
    """Return the scores of ``doc.ents``; this is ``doc._.entity_scores``."""
    scores = doc.user_data.get(_SCORES, ())
    return tuple(scores) if len(scores) == len(doc.ents) else ()


def set_entity_scores(doc: Doc, scores: Iterable[float]) -> None:
    """Replace the scores of ``doc.ents``."""
    doc.user_data[_SCORES] = [float(score) for score in scores]


def get_figure_scores(doc: Doc) -> tuple[float, ...]:
    """Return the scores of the figures of ``doc``; this is ``doc._.figure_scores``."""
    figures = sum(ent.label_ in schema.FIGURE_LABELS for ent in doc.ents)
    scores = doc.user_data.get(_FIGURE_SCORES, ())
    return tuple(scores) if len(scores) == figures else ()


def set_figure_scores(doc: Doc, scores: Iterable[float]) -> None:
    """Replace the scores of the figures of ``doc``."""
    doc.user_data[_FIGURE_SCORES] = [float(score) for score in scores]


def read_doc(doc: Doc, paragraph: Paragraph) -> Paragraph:
    """Return ``paragraph`` with the entities and relations of ``doc`` in place of its own.

    Raises:
        AnnotationError: what the user data keep as a relation is none, or one of its ends is
            no entity.

    """
    spans = {
        (ent.start_char, ent.end_char): Span(ent.start_char, ent.end_char, ent.label_)
        for ent in doc.ents
    }
    links = []
    for relation in _stored_relations(doc):
        head, tail = relation[:2], relation[2:4]
        if missing := [edges for edges in (head, tail) if edges not in spans]:
            start, end = missing[0]
            raise AnnotationError(f"a relation names [{start}, {end}), which is no entity")
        links.append(Link(spans[head], spans[tail], relation.label))
    return paragraph.with_annotation(spans.values(), links)


def _stored_relations(doc: Doc) -> tuple[DocRelation, ...]:
    """Return the relations of a Doc that may be a stranger's."""
    stored = doc.user_data.get(_RELATIONS, ())
    if not isinstance(stored, list | tuple) or not all(map(_is_relation, stored)):
        raise AnnotationError(
            f"{_RELATIONS} in its user data holds no relations; set doc._.relations"
        )
    return get_relations(doc)


def _is_relation(value: Any) -> bool:
    return (
        isinstance(value, list | tuple)
        and len(value) in (len(DocRelation._fields) - 1, len(DocRelation._fields))
        and all(isinstance(offset, int) for offset in value[:4])
        and isinstance(value[4], str)
    )


def register_extensions() -> None:
    """Add the extension attributes to Doc, once."""
    for name, getter, setter in (
        ("relations", get_relations, set_relations),
        ("entity_scores", get_entity_scores, set_entity_scores),
        ("figure_scores", get_figure_scores, set_figure_scores),
    ):
        if not Doc.has_extension(name):
            Doc.set_extension(name, getter=getter, setter=setter)


register_extensions()
