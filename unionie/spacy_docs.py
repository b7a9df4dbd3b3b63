"""Reports as spaCy Docs and back: for ``DocBin``, displaCy and other spaCy tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unionie import schema
from unionie.document import Block
from unionie.figures import build_figures
from unionie.report import Report
from unionie.values import Entity, Relation

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

_FILE = "unionie_file"
_BLOCKS = "unionie_blocks"

# Matrix products differ in the last bits with the size of the batch; scores must not.
_DIGITS = 3


def to_doc(report: Report, nlp: Language) -> Doc:
    """Return a Doc of the whole report with its entities, relations and scores.

    Args:
        report: any report.
        nlp: a unionie pipeline (:func:`unionie.load`); its tokenizer cuts the text.

    Returns:
        A Doc that ``DocBin(store_user_data=True)`` keeps whole; :func:`from_doc` gives
        the report back.

    """
    import unionie.pipeline.annotations  # noqa: F401  registers doc._.relations

    doc = nlp.make_doc(report.text)
    spans = [doc.char_span(e.start, e.end, label=e.label) for e in report.entities]
    doc.set_ents([span for span in spans if span is not None])
    doc._.entity_scores = [entity.score for entity in report.entities]
    doc._.relations = [
        (r.head.start, r.head.end, r.tail.start, r.tail.end, r.label, r.score)
        for r in report.relations
    ]
    doc._.figure_scores = [figure.score for figure in report.figures]
    doc.user_data[_FILE] = report.file
    doc.user_data[_BLOCKS] = [block.to_dict() for block in report.blocks]
    return doc


def from_doc(doc: Doc) -> Report:
    """Return the report that ``doc`` holds: one of :func:`to_doc`, or of a pipeline."""
    import unionie.pipeline.annotations  # noqa: F401  registers doc._.relations

    entities, relations, scores = spans_of(doc)
    return Report(
        text=doc.text,
        entities=entities,
        relations=tuple(sorted(relations)),
        figures=build_figures(doc.text, entities, relations, scores),
        blocks=tuple(map(Block.from_dict, doc.user_data.get(_BLOCKS, ()))),
        file=doc.user_data.get(_FILE),
    )


def spans_of(
    doc: Doc, offset: int = 0
) -> tuple[tuple[Entity, ...], tuple[Relation, ...], dict[Entity, float]]:
    """Return the entities, the relations and the scores of the figures of ``doc``.

    ``offset`` is where ``doc`` starts in its text.
    """
    scores = doc._.entity_scores or (1.0,) * len(doc.ents)
    entities = {
        (ent.start_char, ent.end_char): Entity(
            start=offset + ent.start_char,
            end=offset + ent.end_char,
            label=ent.label_,
            text=ent.text,
            score=round(score, _DIGITS),
        )
        for ent, score in zip(doc.ents, scores, strict=True)
    }
    relations = tuple(
        Relation(
            entities[relation.head_start, relation.head_end],
            entities[relation.tail_start, relation.tail_end],
            relation.label,
            round(relation.score, _DIGITS),
        )
        for relation in doc._.relations
    )
    figures = [e for e in entities.values() if e.label in schema.FIGURE_LABELS]
    of_figures = doc._.figure_scores or (1.0,) * len(figures)
    scores_of = {
        figure: round(score, _DIGITS) for figure, score in zip(figures, of_figures, strict=True)
    }
    return tuple(entities.values()), relations, scores_of
