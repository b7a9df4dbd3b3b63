"""The linker: a spaCy component that relates every figure to what its sentence says of it."""

# No postponed annotations here: spaCy reads these signatures as types to check configs.

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import srsly
from numpy.typing import NDArray
from spacy.language import Language
from spacy.pipeline import Pipe
from spacy.tokens import Doc
from spacy.training import Example, validate_get_examples
from spacy.util import minibatch
from spacy.vocab import Vocab

from unionie import schema
from unionie.annotation import Span
from unionie.errors import ModelError
from unionie.pipeline.annotations import (
    DocRelation,
    get_relations,
    set_figure_scores,
    set_relations,
)
from unionie.pipeline.boosting import BoostedTrees
from unionie.pipeline.candidates import (
    FEATURES,
    Candidate,
    Sentence,
    featurize,
    split_sentences,
)
from unionie.pipeline.context import ContextModel
from unionie.pipeline.encoder import sentence_bounds

_Scorer = Callable[..., dict[str, Any]]


class Linker(Pipe):
    """Fill ``doc._.relations`` from ``doc.ents``.

    One classifier for each relation gives every candidate pair a probability, from where
    the two stand and from the verdict of a :class:`ContextModel` on the words around
    them. The relations of a figure are then chosen together: at most one BY and one
    DURING, and a programme is either measured or what the figure arose under, never both.

    The classifiers are fitted at once, by :meth:`initialize`, on the gold entities and
    relations of all examples; the component takes no part in ``nlp.update``.

    ``threshold`` is the least probability of a relation that is kept; ``trees``,
    ``depth``, ``learning_rate`` and ``seed`` are those of the boosted trees.
    """

    def __init__(
        self,
        vocab: Vocab,
        name: str,
        scorer: _Scorer,
        *,
        threshold: float,
        trees: int,
        depth: int,
        learning_rate: float,
        seed: int,
    ) -> None:
        self.vocab = vocab
        self.name = name
        self.scorer = scorer
        self.threshold = threshold
        self.settings = {
            "trees": trees,
            "depth": depth,
            "learning_rate": learning_rate,
            "seed": seed,
        }
        self.models: dict[str, BoostedTrees] = {}
        self.contexts: dict[str, ContextModel] = {}

    @property
    def labels(self) -> tuple[str, ...]:
        """The relations this component can find."""
        return schema.RELATION_LABELS

    def initialize(
        self, get_examples: Callable[[], Iterable[Example]], *, nlp: Language | None = None
    ) -> None:
        """Fit the classifiers to the references' entities and relations."""
        validate_get_examples(get_examples, f"{type(self).__name__}.initialize")
        rows: dict[str, list[np.ndarray]] = {label: [] for label in self.labels}
        targets: dict[str, list[bool]] = {label: [] for label in self.labels}
        grams: dict[str, list[list[str]]] = {label: [] for label in self.labels}
        for example in get_examples():
            # Sentences come from the tokenizer; the reference may not know them.
            doc = example.reference
            gold = {relation[:5] for relation in get_relations(doc)}
            for sentence in _sentences(doc, bounds_of=example.predicted):
                candidates = list(sentence.candidates())
                features = featurize([sentence], [candidates])
                around = sentence.contexts()
                for candidate, row in zip(candidates, features, strict=True):
                    grams[candidate.relation].append(
                        around[candidate.head] + around[candidate.tail]
                    )
                    key = (*places(sentence, candidate), candidate.relation)
                    rows[candidate.relation].append(row)
                    targets[candidate.relation].append(key in gold)
        for label in self.labels:
            self.fit_label(label, rows[label], grams[label], targets[label])

    def fit_label(
        self,
        label: str,
        rows: Sequence[NDArray[np.float32]],
        grams: Sequence[Sequence[str]],
        targets: Sequence[bool],
    ) -> None:
        """Fit one relation to its candidates: features, words around, and whether related."""
        features = np.array(rows, dtype=np.float32).reshape(-1, len(FEATURES))
        target = np.array(targets, dtype=bool)
        self.contexts[label], verdicts = ContextModel.fit(grams, target)
        self.models[label] = self.fit_classifier(_with_verdicts(features, verdicts), target)

    def fit_classifier(
        self, features: NDArray[np.float32], targets: NDArray[np.bool_]
    ) -> BoostedTrees:
        """Return a classifier for rows of ``features``, fitted to ``targets``."""
        return BoostedTrees.fit(
            features,
            targets,
            trees=int(self.settings["trees"]),
            depth=int(self.settings["depth"]),
            learning_rate=float(self.settings["learning_rate"]),
            seed=int(self.settings["seed"]),
        )

    def __call__(self, doc: Doc) -> Doc:
        """Relate the entities of ``doc``."""
        self._relate([doc])
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int) -> Iterator[Doc]:
        """Relate the entities of each Doc; those of a batch are scored together."""
        for docs in minibatch(stream, size=batch_size):
            try:
                self._relate(docs)
            except Exception as error:
                self.get_error_handler()(self.name, self, docs, error)
            yield from docs

    def _relate(self, docs: Sequence[Doc]) -> None:
        """Write the relations, and for each figure how probable the choice is."""
        bounds = [0]
        sentences: list[Sentence] = []
        for doc in docs:
            sentences += _sentences(doc)
            bounds.append(len(sentences))
        candidates = [list(sentence.candidates()) for sentence in sentences]
        scores = self._score(sentences, candidates)
        for doc, (start, end) in zip(docs, pairwise(bounds), strict=True):
            relations: list[DocRelation] = []
            decisions: dict[tuple[int, int], float] = {}
            for number in range(start, end):
                pairs = candidates[number]
                chosen = self._choose(pairs, scores[number])
                for pair, score in zip(pairs, scores[number], strict=True):
                    place = places(sentences[number], pair)
                    head = place[:2]
                    kept = pair in chosen
                    decisions[head] = decisions.get(head, 1.0) * (score if kept else 1 - score)
                    if kept:
                        relations.append(DocRelation(*place, pair.relation, score))
            figures = [ent for ent in doc.ents if ent.label_ in schema.FIGURE_LABELS]
            set_relations(doc, relations)
            set_figure_scores(
                doc, [decisions.get((ent.start_char, ent.end_char), 1.0) for ent in figures]
            )

    def _score(
        self, sentences: list[Sentence], candidates: list[list[Candidate]]
    ) -> list[list[float]]:
        """Return the probability of each sentence's candidates."""
        relations = np.array([pair.relation for pairs in candidates for pair in pairs])
        if not len(relations):
            return [[] for _ in candidates]
        if not self.models:
            raise ModelError(f"{self.name} has not been trained: call nlp.initialize with examples")
        features = self._features(sentences, candidates)
        scores = np.zeros(len(features))
        for label in self.labels:
            own = relations == label
            if own.any():
                scores[own] = self.models[label].predict(features[own])
        remaining = iter(scores.tolist())
        return [list(islice(remaining, len(pairs))) for pairs in candidates]

    def _features(
        self, sentences: list[Sentence], candidates: list[list[Candidate]]
    ) -> NDArray[np.float32]:
        verdicts: list[float] = []
        for sentence, pairs in zip(sentences, candidates, strict=True):
            around = sentence.contexts()
            scores: dict[tuple[str, int], float] = {}
            for pair in pairs:
                context = self.contexts[pair.relation]
                for place in (pair.head, pair.tail):
                    key = (pair.relation, place)
                    if key not in scores:
                        scores[key] = context.score(around[place])
                verdicts.append(
                    context.bias
                    + scores[pair.relation, pair.head]
                    + scores[pair.relation, pair.tail]
                )
        return _with_verdicts(featurize(sentences, candidates), verdicts)

    def _choose(self, candidates: list[Candidate], scores: list[float]) -> set[Candidate]:
        """Return the candidates to keep: the likeliest first, none that excludes another."""
        ranked = sorted(
            (
                (score, candidate)
                for score, candidate in zip(scores, candidates, strict=True)
                if score >= self.threshold
            ),
            key=lambda item: (-item[0], item[1].head, item[1].tail),
        )
        kept: set[Candidate] = set()
        taken: set[tuple[int, int] | tuple[int, str]] = set()
        for _, candidate in ranked:
            pair = (candidate.head, candidate.tail)
            single = (candidate.head, candidate.relation)
            if pair in taken or single in taken:
                continue
            taken.add(pair)
            if candidate.relation in schema.SINGLE_RELATIONS:
                taken.add(single)
            kept.add(candidate)
        return kept

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """Return the classifiers as msgpack."""
        return srsly.msgpack_dumps(
            {
                "features": list(FEATURES),
                "models": {label: model.to_dict() for label, model in self.models.items()},
                "contexts": {label: model.to_dict() for label, model in self.contexts.items()},
            }
        )

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> "Linker":
        """Load what :meth:`to_bytes` returned.

        Raises:
            ModelError: the classifiers were trained on other features than these.

        """
        stored = srsly.msgpack_loads(data)
        if stored["features"] != list(FEATURES):
            raise ModelError(
                f"{self.name} was trained by another version of unionie: retrain the model "
                "or install the version named in its meta.json"
            )
        self.models = {
            label: BoostedTrees.from_dict(model) for label, model in stored["models"].items()
        }
        self.contexts = {
            label: ContextModel.from_dict(model) for label, model in stored["contexts"].items()
        }
        return self

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write the classifiers into the folder ``path``."""
        path = Path(path)
        path.mkdir(parents=True, exist_ok=True)
        (path / "linker.msgpack").write_bytes(self.to_bytes())

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> "Linker":
        """Load the folder that :meth:`to_disk` wrote."""
        return self.from_bytes((Path(path) / "linker.msgpack").read_bytes())


def _with_verdicts(
    features: NDArray[np.float32], verdicts: Sequence[float] | NDArray[np.float64]
) -> NDArray[np.float32]:
    return np.column_stack([features, verdicts]).astype(np.float32)


def places(sentence: Sentence, candidate: Candidate) -> tuple[int, int, int, int]:
    """Return start and end of the candidate's head, then of its tail, in the Doc's text."""
    head, tail = sentence.spans[candidate.head], sentence.spans[candidate.tail]
    return head.start, head.end, tail.start, tail.end


def char_bounds(doc: Doc) -> list[tuple[int, int]]:
    """Return the code-point offsets of the sentences of ``doc``."""
    return [
        (doc[start].idx, doc[end - 1].idx + len(doc[end - 1]))
        for start, end in sentence_bounds(doc)
    ]


def _sentences(doc: Doc, *, bounds_of: Doc | None = None) -> list[Sentence]:
    """Return the sentences of ``doc`` that hold a figure, as ``bounds_of`` cuts them."""
    spans = [
        Span(ent.start_char, ent.end_char, ent.label_)
        for ent in doc.ents
        if ent.label_ in schema.ENTITY_LABELS
    ]
    if not any(span.label in schema.FIGURE_LABELS for span in spans):
        return []  # most paragraphs: their text need not be put together
    return split_sentences(doc.text, char_bounds(doc if bounds_of is None else bounds_of), spans)
