"""The own linker: a spaCy component for relations that a pipeline adds to the scheme."""

# No postponed annotations here: spaCy reads these signatures as types to check configs.

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example, validate_get_examples
from spacy.vocab import Vocab

from unionie import schema
from unionie.annotation import Span
from unionie.errors import ModelError
from unionie.pipeline.annotations import (
    DocRelation,
    get_figure_scores,
    get_relations,
    set_figure_scores,
    set_relations,
)
from unionie.pipeline.candidates import Candidate, Sentence, featurize, split_sentences
from unionie.pipeline.linker import Linker, char_bounds, places

# The features tell the shipped labels apart and no others. To them a tail of an own relation
# looks like a span of this label, which plays no special part; real ones are out of sight.
_STAND_IN = schema.PERIOD


class OwnLinker(Linker):
    """Add own relations to ``doc._.relations``, from ``doc.ents``.

    It works as the linker does, on the same features, but each relation is found by
    itself: what the linker found stays as it is. Every figure and every span of one of the
    relation's tails near it in its sentence is a candidate.

    ``relations`` gives each relation the labels of its tails, ``single`` names those of
    which a figure has at most one; the other settings are the linker's.
    """

    def __init__(
        self,
        vocab: Vocab,
        name: str,
        *,
        relations: Mapping[str, Sequence[str]],
        single: Sequence[str],
        threshold: float,
        trees: int,
        depth: int,
        learning_rate: float,
        seed: int,
    ) -> None:
        super().__init__(
            vocab,
            name,
            _no_scores,  # the linker's scorer counts all relations of a Doc
            threshold=threshold,
            trees=trees,
            depth=depth,
            learning_rate=learning_rate,
            seed=seed,
        )
        self.relations = {label: tuple(tails) for label, tails in relations.items()}
        self.single = tuple(single)

    @property
    def labels(self) -> tuple[str, ...]:
        """The relations this component can find."""
        return tuple(self.relations)

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Language | None = None,
        labels: Sequence[str] | None = None,
    ) -> None:
        """Fit the classifiers to the references' entities and relations.

        With ``labels`` only those of these relations are fitted and the others are kept.
        """
        validate_get_examples(get_examples, f"{type(self).__name__}.initialize")
        for label in self.labels if labels is None else labels:
            rows: list[NDArray[np.float32]] = []
            grams, targets = [], []
            for example in get_examples():
                gold = {relation[:5] for relation in get_relations(example.reference)}
                bounds = char_bounds(example.predicted)
                for sentence, candidates in self._views(example.reference, bounds, label):
                    rows += [*featurize([sentence], [candidates])]
                    around = sentence.contexts()
                    for candidate in candidates:
                        grams.append(around[candidate.head] + around[candidate.tail])
                        targets.append((*places(sentence, candidate), label) in gold)
            self.fit_label(label, rows, grams, targets)

    def _relate(self, docs: Sequence[Doc]) -> None:
        for doc in docs:
            self._relate_one(doc)

    def _relate_one(self, doc: Doc) -> None:
        bounds = char_bounds(doc)
        found = list(get_relations(doc))
        figures = [(e.start_char, e.end_char) for e in doc.ents if e.label_ in schema.FIGURE_LABELS]
        products = dict(zip(figures, get_figure_scores(doc) or (1.0,) * len(figures), strict=True))
        for label in self.labels:
            for sentence, candidates in self._views(doc, bounds, label):
                if label not in self.models:
                    raise ModelError(f"{self.name} has not been trained: initialize it")
                features = self._features([sentence], [candidates])
                scores = self.models[label].predict(features).tolist()
                ranked = sorted(zip(scores, candidates, strict=True), key=lambda pair: -pair[0])
                best = {candidate.head: candidate for _, candidate in reversed(ranked)}
                for score, candidate in ranked:
                    alone = label not in self.single or candidate is best[candidate.head]
                    kept = score >= self.threshold and alone
                    place = places(sentence, candidate)
                    products[place[:2]] *= score if kept else 1 - score
                    if kept:
                        found.append(DocRelation(*place, label, score))
        set_relations(doc, found)
        set_figure_scores(doc, products.values())

    def _views(
        self, doc: Doc, bounds: Sequence[tuple[int, int]], label: str
    ) -> Iterator[tuple[Sentence, list[Candidate]]]:
        """Yield the sentences of ``doc`` as the features see them, with their candidates."""
        spans = []
        for ent in doc.ents:
            if ent.label_ in self.relations[label]:
                spans.append(Span(ent.start_char, ent.end_char, _STAND_IN))
            elif ent.label_ in schema.ENTITY_LABELS and ent.label_ != _STAND_IN:
                spans.append(Span(ent.start_char, ent.end_char, ent.label_))
        for sentence in split_sentences(doc.text, bounds, spans):
            candidates = [
                Candidate(head, tail, label)
                for head, tail in sentence.pairs()
                if sentence.spans[tail].label == _STAND_IN
            ]
            if candidates:
                yield sentence, candidates


def _no_scores(*_: object, **__: object) -> dict[str, object]:
    return {}
