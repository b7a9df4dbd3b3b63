"""Scorers for ``nlp.evaluate``: entities and relations from raw text.

Both compare sets of code-point offsets and labels, so a gold item that no component
proposed counts as missed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from spacy.scorer import PRFScore, Scorer
from spacy.training import Example

from unionie.pipeline.annotations import get_relations

Scores = dict[str, Any]


def make_entity_scorer() -> Callable[..., Scores]:
    """Return the scorer of the entity recognizer: ``ents_p``, ``ents_r``, ``ents_f``."""
    return score_entities


def make_relation_scorer() -> Callable[..., Scores]:
    """Return the scorer of the linker: ``relations_p``, ``relations_r``, ``relations_f``."""
    return score_relations


def score_entities(examples: Iterable[Example], **kwargs: Any) -> Scores:
    """Score ``doc.ents``: strict, by character offsets and label."""
    return Scorer.score_spans(examples, "ents", **kwargs)


def score_relations(examples: Iterable[Example], **kwargs: Any) -> Scores:
    """Score ``doc._.relations``: a relation is right if both spans and its label are.

    The labels of the two spans are part of what must be right. Without any gold or
    predicted relation the scores are None.
    """
    total = PRFScore()
    by_label: dict[str, PRFScore] = {}
    for example in examples:
        gold, found = _keys(example.reference), _keys(example.predicted)
        total.score_set(found, gold)
        for label in {key[-1] for key in gold | found}:
            by_label.setdefault(label, PRFScore()).score_set(
                {key for key in found if key[-1] == label},
                {key for key in gold if key[-1] == label},
            )
    empty = not by_label
    return {
        "relations_p": None if empty else total.precision,
        "relations_r": None if empty else total.recall,
        "relations_f": None if empty else total.fscore,
        "relations_per_type": {name: by_label[name].to_dict() for name in sorted(by_label)},
    }


def _keys(doc: Any) -> set[tuple[Any, ...]]:
    labels = {(ent.start_char, ent.end_char): ent.label_ for ent in doc.ents}
    return {
        (head, labels.get(head), tail, labels.get(tail), relation.label)
        for relation in get_relations(doc)
        for head in [(relation.head_start, relation.head_end)]
        for tail in [(relation.tail_start, relation.tail_end)]
    }
