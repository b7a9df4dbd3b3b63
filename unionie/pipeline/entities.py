"""The entity recognizer: a spaCy component that tags characters with a CRF."""

# No postponed annotations here: spaCy reads these signatures as types to check configs.

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from spacy.language import Language
from spacy.pipeline import TrainablePipe
from spacy.tokens import Doc, Span
from spacy.training import Example, validate_examples, validate_get_examples
from spacy.vocab import Vocab
from thinc.api import Model, Optimizer, set_dropout_rate
from thinc.types import Floats2d

from unionie import schema
from unionie.pipeline.annotations import set_entity_scores
from unionie.pipeline.crf import CRF, TagSpan, encode_spans
from unionie.pipeline.crf import decode_spans as spans_of
from unionie.pipeline.encoder import sentence_bounds, set_labels
from unionie.pipeline.lac import load_weights

_Scorer = Callable[..., dict[str, Any]]

#: Docs go through the network together up to so many tokens; it bounds the memory it takes.
MAX_TOKENS = 20_000


class EntityRecognizer(TrainablePipe):
    """Fill ``doc.ents``, and ``doc._.entity_scores`` with the probability of each.

    An entity's score is the probability, under the CRF, of exactly this span with
    exactly this label. Sentences are tagged one by one.
    """

    def __init__(
        self, vocab: Vocab, model: Model[list[Doc], list[Floats2d]], name: str, scorer: _Scorer
    ) -> None:
        self.vocab = vocab
        self.model = model
        self.name = name
        self.scorer = scorer
        self.cfg: dict[str, Any] = {"labels": []}

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels this component knows."""
        return tuple(self.cfg["labels"])

    @property
    def label_data(self) -> tuple[str, ...]:
        """What ``spacy init labels`` stores, for :meth:`initialize` to take back."""
        return self.labels

    def add_label(self, label: str) -> int:
        """Add ``label`` before initialization; return 1 if it is new, else 0."""
        if label in self.cfg["labels"]:
            return 0
        if self.model.has_dim("nO"):
            raise ValueError(f"{self.name}: '{label}' must be added before initialization")
        self.cfg["labels"].append(label)
        return 1

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Language | None = None,
        labels: Sequence[str] | None = None,
        encoder: Path | None = None,
    ) -> None:
        """Take the labels from ``labels`` or the examples and set up the network.

        Args:
            get_examples: returns the training examples.
            nlp: unused; spaCy passes it.
            labels: the labels to tell apart; those of the examples if not given.
            encoder: the weights for a LAC encoder in the network, if it has one.

        """
        validate_get_examples(get_examples, f"{type(self).__name__}.initialize")
        if labels is None:
            found = {ent.label_ for example in get_examples() for ent in example.reference.ents}
            known = [label for label in schema.ENTITY_LABELS if label in found]
            labels = known + sorted(found.difference(known))
        for label in labels:
            self.add_label(label)
        set_labels(self.model, len(self.labels))
        if encoder is not None:
            load_weights(self.model, encoder)
        sample = [example.predicted for example in islice(get_examples(), 10)]
        self.model.initialize(X=[doc for doc in sample if len(doc)])

    def predict(self, docs: Iterable[Doc]) -> list[list[tuple[int, int, str, float]]]:
        """Return, for each Doc, ``(start, end, label, score)`` in tokens."""
        return [found for part in _parts(docs) for found in self._predict(part)]

    def _predict(self, docs: list[Doc]) -> list[list[tuple[int, int, str, float]]]:
        if not any(len(doc) for doc in docs):
            return [[] for _ in docs]
        scores = self.model.predict(docs)
        bounds = [sentence_bounds(doc) for doc in docs]
        sentences = [
            array[start:end]
            for array, of_doc in zip(scores, bounds, strict=True)
            for start, end in of_doc
        ]
        crf = self._crf()
        spans = [spans_of(tags) for tags in crf.best(sentences)]
        found = iter(zip(spans, crf.span_probabilities(sentences, spans), strict=True))
        labels = self.labels
        result = []
        for doc, of_doc in zip(docs, bounds, strict=True):
            entities = []
            for offset, _ in of_doc:
                for span, probability in zip(*next(found), strict=True):
                    start, end = without_half_pairs(doc, offset + span[0], offset + span[1])
                    if start < end:
                        entities.append((start, end, labels[span[2]], probability))
            result.append(entities)
        return result

    def set_annotations(
        self, docs: Iterable[Doc], scores: list[list[tuple[int, int, str, float]]]
    ) -> None:
        """Write what :meth:`predict` returned to ``doc.ents``, replacing what was there."""
        for doc, entities in zip(docs, scores, strict=True):
            spans = [Span(doc, start, end, label=label) for start, end, label, _ in entities]
            doc.set_ents(spans)
            set_entity_scores(doc, [score for *_, score in entities])

    def update(
        self,
        examples: Iterable[Example],
        *,
        drop: float = 0.0,
        sgd: Optimizer | None = None,
        losses: dict[str, float] | None = None,
    ) -> dict[str, float]:
        """Learn from a batch; the loss is the negative log-likelihood per sentence."""
        losses = {} if losses is None else losses
        losses.setdefault(self.name, 0.0)
        examples = [example for example in examples if len(example.predicted)]
        validate_examples(examples, f"{type(self).__name__}.update")
        if not examples:
            return losses
        set_dropout_rate(self.model, drop)
        scores, backprop = self.model.begin_update([example.predicted for example in examples])
        loss, gradient = self.get_loss(examples, scores)
        backprop(gradient)
        losses[self.name] += loss
        if sgd is not None:
            self.finish_update(sgd)
        return losses

    def get_loss(
        self, examples: Iterable[Example], scores: list[Floats2d]
    ) -> tuple[float, list[Floats2d]]:
        """Return the loss and its gradient; the transitions' gradient goes to the model."""
        numbers = {label: number for number, label in enumerate(self.labels)}
        sentences, gold, places = [], [], []
        for index, example in enumerate(examples):
            entities = _gold_entities(example)
            for start, end in sentence_bounds(example.predicted):
                inside: list[TagSpan] = [
                    (ent.start - start, ent.end - start, numbers[ent.label_])
                    for ent in entities
                    if start <= ent.start and ent.end <= end and ent.label_ in numbers
                ]
                sentences.append(scores[index][start:end])
                gold.append(encode_spans(inside, end - start))
                places.append((index, start, end))
        loss, d_sentences, d_transitions = self._crf().gradient(sentences, gold)
        share = 1 / len(sentences)
        gradient = [np.zeros_like(array) for array in scores]
        for (index, start, end), d_sentence in zip(places, d_sentences, strict=True):
            gradient[index][start:end] = d_sentence * share
        self.model.inc_grad("transitions", (d_transitions * share).astype("float32"))
        return loss * share, gradient

    def _crf(self) -> CRF:
        return CRF(self.model.get_param("transitions"), len(self.labels))


def _gold_entities(example: Example) -> Sequence[Span]:
    gold, doc = example.reference, example.predicted
    if len(doc) == len(gold) == len(doc.text):  # characters on both sides: nothing to align
        return gold.ents
    return example.get_aligned_ents_and_ner()[0]


def _parts(docs: Iterable[Doc]) -> Iterator[list[Doc]]:
    """Yield the Docs in parts of up to :data:`MAX_TOKENS`, or of one Doc."""
    part: list[Doc] = []
    size = 0
    for doc in docs:
        if part and size + len(doc) > MAX_TOKENS:
            yield part
            part, size = [], 0
        part.append(doc)
        size += len(doc)
    yield part


def without_half_pairs(doc: Doc, start: int, end: int) -> tuple[int, int]:
    """Return the span ``[start, end)`` with its pairs of marks as the scheme wants them.

    Left out are an opening quotation mark or bracket at an edge whose other half is
    outside, a closing one likewise, and a pair that encloses the whole span. Where a
    pair has one half inside the span and the other right before or after it, the span
    takes that in.
    """
    closing = schema.PAIRED_MARKS
    opening = {right: left for left, right in closing.items()}
    inside = [token.text for token in doc[start + 1 : end - 1]]
    before = doc[start - 1].text if start else ""
    after = doc[end].text if end < len(doc) else ""
    if before in closing and inside.count(closing[before]) > inside.count(before):
        start -= 1
    if after in opening and inside.count(opening[after]) > inside.count(after):
        end += 1
    while start < end:
        words = [token.text for token in doc[start:end]]
        first, last = words[0], words[-1]
        if first in opening or (first in closing and closing[first] not in words[1:]):
            start += 1
        elif last in closing or (last in opening and opening[last] not in words[:-1]):
            end -= 1
        elif closing.get(first) == last and words.count(first) == words.count(last) == 1:
            start, end = start + 1, end - 1
        else:
            break
    return start, end
