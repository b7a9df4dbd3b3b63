"""The calibrator: a spaCy component that makes the scores of a Doc mean something."""

# No postponed annotations here: spaCy reads these signatures as types to check configs.

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import srsly
from spacy.pipeline import Pipe
from spacy.tokens import Doc
from spacy.vocab import Vocab

from unionie import schema
from unionie.annotation import Paragraph
from unionie.errors import ModelError
from unionie.matching import right_figures, right_links, right_spans
from unionie.pipeline.annotations import (
    get_entity_scores,
    get_figure_scores,
    get_relations,
    read_doc,
    set_entity_scores,
    set_figure_scores,
    set_relations,
)
from unionie.pipeline.calibration import Calibration

Place = tuple[int, int]
_FIGURE = "figure"


class Calibrator(Pipe):
    """Replace raw scores by calibrated ones, in ``doc._`` where they stand.

    * An entity's score becomes the probability that exactly this span has exactly this
      label.
    * A relation's becomes the probability that it and both its spans are right.
    * A figure's becomes the probability that its span, all that it is related to and
      nothing else were found.

    Each kind and label has its own curve, fitted by :meth:`fit` on documents outside
    training; before that scores pass unchanged through the curves.
    """

    def __init__(self, vocab: Vocab, name: str) -> None:
        self.vocab = vocab
        self.name = name
        self.curves: dict[str, Calibration] = {}

    def __call__(self, doc: Doc) -> Doc:
        """Calibrate the scores of ``doc``."""
        entities = self._entities(doc)
        relations = list(self._relations(doc, entities))
        figures = self._figures(doc, entities)
        scored = zip(get_relations(doc), relations, strict=True)
        set_relations(doc, [relation._replace(score=score) for relation, score in scored])
        set_entity_scores(doc, entities.values())
        set_figure_scores(doc, figures)
        return doc

    def fit(self, pairs: Sequence[tuple[Doc, Paragraph]]) -> None:
        """Fit the curves to ``pairs`` of a Doc with raw scores and its gold paragraph.

        The documents must be ones that the other components were not trained on.
        """
        self.curves = {}
        found = [(doc, gold, read_doc(doc, gold)) for doc, gold in pairs]
        self._fit_one(
            (
                (ent.label_, score, right)
                for doc, gold, own in found
                for ent, score, right in zip(
                    doc.ents, get_entity_scores(doc), right_spans(gold, own), strict=True
                )
            )
        )
        entities = [self._entities(doc) for doc, _, _ in found]
        self._fit_one(
            (
                (link.label, score, right)
                for (doc, gold, own), scores in zip(found, entities, strict=True)
                for link, score, right in zip(
                    own.links, self._relations(doc, scores), right_links(gold, own), strict=True
                )
            )
        )
        self._fit_one(
            (
                (_FIGURE, score, right)
                for (doc, gold, own), scores in zip(found, entities, strict=True)
                for score, right in zip(
                    self._figures(doc, scores), right_figures(gold, own), strict=True
                )
            )
        )

    def _fit_one(self, answers: Iterable[tuple[str, float, bool]]) -> None:
        groups: dict[str, list[tuple[float, bool]]] = {}
        for name, score, right in answers:
            groups.setdefault(name, []).append((score, right))
        for name, group in groups.items():
            scores, right_ones = zip(*group, strict=True)
            self.curves[name] = Calibration.fit(scores, right_ones)

    def _calibrate(self, name: str, score: float) -> float:
        curve = self.curves.get(name)
        return curve(score) if curve else score

    def _entities(self, doc: Doc) -> dict[Place, float]:
        scores = get_entity_scores(doc) or (1.0,) * len(doc.ents)
        return {
            (ent.start_char, ent.end_char): self._calibrate(ent.label_, score)
            for ent, score in zip(doc.ents, scores, strict=True)
        }

    def _relations(self, doc: Doc, entities: dict[Place, float]) -> Iterator[float]:
        for relation in get_relations(doc):
            head = entities[relation.head_start, relation.head_end]
            tail = entities[relation.tail_start, relation.tail_end]
            yield self._calibrate(relation.label, relation.score * head * tail)

    def _figures(self, doc: Doc, entities: dict[Place, float]) -> list[float]:
        scores = get_figure_scores(doc)
        if not scores:  # no figures, or no linker has decided on them
            return []
        products = dict(zip(_figures_of(doc), scores, strict=True))
        for place in products:
            products[place] *= entities[place]
        for relation in get_relations(doc):
            head = (relation.head_start, relation.head_end)
            products[head] *= entities[relation.tail_start, relation.tail_end]
        return [self._calibrate(_FIGURE, product) for product in products.values()]

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """Return the curves as JSON."""
        curves = {name: curve.to_list() for name, curve in self.curves.items()}
        return srsly.json_dumps(curves, indent=1).encode("utf-8")

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> "Calibrator":
        """Load what :meth:`to_bytes` returned.

        Raises:
            ModelError: it is nothing of the kind.

        """
        try:
            stored: dict[str, Any] = srsly.json_loads(data.decode("utf-8"))
            self.curves = {name: Calibration(*map(float, p)) for name, p in stored.items()}
        except (ValueError, TypeError, AttributeError) as error:
            raise ModelError(f"{self.name}: the stored curves are damaged: {error}") from error
        return self

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write the curves into the folder ``path``."""
        path = Path(path)
        path.mkdir(parents=True, exist_ok=True)
        (path / "curves.json").write_bytes(self.to_bytes())

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> "Calibrator":
        """Load the folder that :meth:`to_disk` wrote."""
        return self.from_bytes((Path(path) / "curves.json").read_bytes())


def _figures_of(doc: Doc) -> list[Place]:
    return [(e.start_char, e.end_char) for e in doc.ents if e.label_ in schema.FIGURE_LABELS]
