"""What the ablation puts in the place of parts of the pipeline. Nothing here ships."""

# No postponed annotations here: spaCy reads these signatures as types to check configs.

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import spacy
from numpy.typing import NDArray
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler
from spacy.attrs import IDX
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import filter_spans
from thinc.api import Model
from thinc.types import Floats2d

from unionie import schema
from unionie.annotation import Link, Paragraph, Span, read_annotations
from unionie.pipeline.boosting import BoostedTrees
from unionie.pipeline.candidates import Candidate, Sentence
from unionie.pipeline.corpus import make_example
from unionie.pipeline.lac import WEIGHTS, build_lac_encoder
from unionie.pipeline.linker import Linker
from unionie.pipeline.tokenizer import CharTokenizer
from unionie.quantities import read_quantity

# --- tokenization ---------------------------------------------------------------------


class WordTokenizer(CharTokenizer):
    """Tokens are pkuseg's words, with the same attributes as the characters have."""

    def __call__(self, text: str) -> Doc:
        """Return the Doc of ``text``."""
        chars = super().__call__(text)
        words = self.words(text)
        starts = [0, *accumulate(map(len, words))][:-1]
        sentences = {sentence.start for sentence in chars.sents} if len(chars) else set()
        return Doc(
            self.vocab,
            words=words,
            spaces=[False] * len(words),
            lemmas=words,
            tags=[chars[start].tag_ for start in starts],
            sent_starts=[
                bool(sentences.intersection(range(start, start + len(word))))
                for start, word in zip(starts, words, strict=True)
            ],
        )


class WordFeatureTokenizer(CharTokenizer):
    """Characters that carry their whole word."""

    def __call__(self, text: str) -> Doc:
        """Return the Doc of ``text``."""
        doc = super().__call__(text)
        place = 0
        for word in self.words(text):
            for token in doc[place : place + len(word)]:
                token.lemma_ = word
            place += len(word)
        return doc


@spacy.registry.tokenizers("variants.WordFeatureTokenizer.v1")
def make_word_feature_tokenizer() -> Callable[[Language], CharTokenizer]:
    """Return the factory of the tokenizer whose characters carry their word."""
    return lambda nlp: WordFeatureTokenizer(nlp.vocab)


@spacy.registry.tokenizers("variants.WordTokenizer.v1")
def make_word_tokenizer() -> Callable[[Language], CharTokenizer]:
    """Return the factory of the word tokenizer."""
    return lambda nlp: WordTokenizer(nlp.vocab)


def uncut(paragraph: Paragraph, tokenizer: CharTokenizer) -> Paragraph:
    """Return ``paragraph`` without the spans that start or end inside a word."""
    edges = {0, *accumulate(map(len, tokenizer.words(paragraph.text)))}
    spans = {span for span in paragraph.spans if {span.start, span.end} <= edges}
    links = [link for link in paragraph.links if {link.head, link.tail} <= spans]
    return paragraph.with_annotation(spans, links)


@spacy.registry.readers("variants.UncutCorpus.v1")
def make_uncut_corpus(paths: list[Path]) -> Callable[[Language], Iterator[Example]]:
    """Return a reader that leaves out the spans which the tokenizer's words cut."""

    def read(nlp: Language) -> Iterator[Example]:
        for path in paths:
            for paragraph in read_annotations(path):
                yield make_example(nlp, uncut(paragraph, nlp.tokenizer))

    return read


# --- figure grammar -------------------------------------------------------------------

_NUMERAL = re.compile(r"[近约超逾]?[0-9０-９.,，一二三四五六七八九十百千万亿两几余多%％]+")
_LONGEST = 14


class FigureTokenizer(CharTokenizer):
    """Characters whose tag also says what the figure reader makes of them."""

    def __call__(self, text: str) -> Doc:
        """Return the Doc of ``text``."""
        doc = super().__call__(text)
        for start, end, kind in figures(text):
            for place in range(start, end):
                edge = "B" if place == start else "E" if place == end - 1 else "I"
                doc[place].tag_ += f"|{edge}-{kind}"
        return doc


def figures(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield the places and kinds of what the figure reader can read, longest first."""
    done = 0
    for match in _NUMERAL.finditer(text):
        start = match.start()
        if start < done:
            continue
        for end in range(min(len(text), match.end() + _LONGEST), start, -1):
            quantity = read_quantity(text[start:end])
            if quantity.approx != "unread" and quantity.unit:
                percent = quantity.unit in ("%", "个百分点")
                yield start, end, "money" if quantity.currency else "share" if percent else "count"
                done = end
                break


@spacy.registry.tokenizers("variants.FigureTokenizer.v1")
def make_figure_tokenizer() -> Callable[[Language], CharTokenizer]:
    """Return the factory of the tokenizer that knows figures."""
    return lambda nlp: FigureTokenizer(nlp.vocab)


# --- encoders -------------------------------------------------------------------------

_Docs = list[Doc]
_Encoded = list[Floats2d]


@spacy.registry.architectures("variants.NoEncoder.v1")
def build_no_encoder(tuning: float) -> Model[_Docs, _Encoded]:
    """Build an encoder that knows nothing."""

    def forward(model: Any, docs: _Docs, is_train: bool) -> tuple[_Encoded, Callable[..., _Docs]]:
        return [np.zeros((len(doc), 1), dtype="float32") for doc in docs], lambda gradient: []

    return Model("no_encoder", forward, dims={"nO": 1})


@spacy.registry.architectures("variants.StaticLac.v1")
def build_static_lac(tuning: float) -> Model[_Docs, _Encoded]:
    """Build an encoder of LAC's embedding alone: the same vector in every context."""

    def forward(model: Any, docs: _Docs, is_train: bool) -> tuple[_Encoded, Callable[..., _Docs]]:
        rows = np.frombuffer(model.attrs["rows"], dtype="int32").tolist()
        row_of = dict(zip(model.attrs["characters"], rows, strict=True))
        table = model.get_param("embedding")
        found = []
        for doc in docs:
            first = [doc.text[start] for start in doc.to_array(IDX).tolist()]
            places = np.array([row_of.get(char, rows[-1]) for char in first], dtype=np.intp)
            found.append(table[places])
        return found, lambda gradient: []

    full = build_lac_encoder(0.0)
    return Model(
        full.name, forward, params=dict.fromkeys(WEIGHTS), dims={"nO": 128}, attrs=full.attrs
    )


# --- entities -------------------------------------------------------------------------


@spacy.registry.readers("variants.SpanCorpus.v1")
def make_span_corpus(paths: list[Path]) -> Callable[[Language], Iterator[Example]]:
    """Return a reader that puts the gold entities into span groups too."""

    def read(nlp: Language) -> Iterator[Example]:
        for path in paths:
            for paragraph in read_annotations(path):
                example = make_example(nlp, paragraph)
                for key in ("candidates", "sc"):
                    example.reference.spans[key] = list(example.reference.ents)
                yield example

    return read


@Language.component("variants_spans_to_ents")
def spans_to_ents(doc: Doc) -> Doc:
    """Make entities of the classified spans, the surer ones first."""
    group = doc.spans.get("sc", [])
    scores = np.ravel(group.attrs["scores"]) if len(group) else []
    ranked = sorted(zip(scores, group, strict=True), key=lambda item: -item[0])
    taken: set[int] = set()
    chosen = []
    for _, span in ranked:
        if not taken.intersection(range(span.start, span.end)):
            taken.update(range(span.start, span.end))
            chosen.append(span)
    doc.set_ents(filter_spans(chosen))
    return doc


def transition_based(config: dict[str, Any]) -> None:
    """Put spaCy's transition-based entity recognizer on the same reader."""
    reader = config["components"]["entities"]["model"]["reader"]
    config["components"]["entities"] = {
        "factory": "ner",
        "model": {
            "@architectures": "spacy.TransitionBasedParser.v2",
            "state_type": "ner",
            "extra_state_tokens": True,
            "hidden_width": 64,
            "maxout_pieces": 2,
            "use_upper": True,
            "tok2vec": reader,
        },
    }
    config["initialize"]["components"] = {}
    config["initialize"]["before_init"] = {"@callbacks": "variants.lac_weights.v1", "path": None}
    config["initialize"]["before_init"]["path"] = "${paths.lac}"


def span_based(config: dict[str, Any]) -> None:
    """Find spans by their edges and classify them, each on a reader of its own."""
    reader = config["components"]["entities"]["model"]["reader"]
    config["nlp"]["pipeline"] = ["span_finder", "spancat", "entities"]
    config["components"] = {
        "span_finder": {
            "factory": "span_finder",
            "spans_key": "candidates",
            "max_length": 45,
            "threshold": 0.3,
            "model": {
                "@architectures": "spacy.SpanFinder.v1",
                "scorer": {"@layers": "spacy.LinearLogistic.v1", "nO": 2},
                "tok2vec": reader,
            },
        },
        "spancat": {
            "factory": "spancat_singlelabel",
            "suggester": {
                "@misc": "spacy.preset_spans_suggester.v1",
                "spans_key": "candidates",
            },
            "model": {
                "@architectures": "spacy.SpanCategorizer.v1",
                "reducer": {
                    "@layers": "spacy.mean_max_reducer.v1",
                    "hidden_size": 128,
                },
                "scorer": {"@layers": "Softmax.v2"},
                "tok2vec": reader,
            },
        },
        "entities": {"factory": "variants_spans_to_ents"},
    }
    for corpus in config["corpora"].values():
        corpus["@readers"] = "variants.SpanCorpus.v1"
    config["training"]["annotating_components"] = ["span_finder"]
    config["initialize"]["components"] = {}
    config["initialize"]["before_init"] = {"@callbacks": "variants.lac_weights.v1", "path": None}
    config["initialize"]["before_init"]["path"] = "${paths.lac}"


# --- augmentation ---------------------------------------------------------------------

_SWAPPED = ("ORG", "AWARD", "PROGRAMME")
_WIDE = str.maketrans({",": "，", ":": "：", ";": "；", "(": "（", ")": "）"})
_NARROW = str.maketrans({"，": ",", "：": ":", "；": ";", "（": "(", "）": ")"})


def swap_names(paragraph: Paragraph, pool: dict[str, list[str]], rng: random.Random) -> Paragraph:
    """Return ``paragraph`` with half its names under others', its punctuation of one width."""
    table = rng.choice([_WIDE, _NARROW])
    text, done = "", 0
    moved: dict[Span, Span] = {}
    for span in paragraph.spans:
        surface = paragraph.surface(span)
        if span.label in _SWAPPED and rng.random() < 0.5:
            surface = rng.choice(pool[span.label])
        text += paragraph.text[done : span.start]
        moved[span] = Span(len(text), len(text) + len(surface), span.label)
        text += surface
        done = span.end
    text += paragraph.text[done:]
    links = [Link(moved[link.head], moved[link.tail], link.label) for link in paragraph.links]
    return Paragraph(text.translate(table), tuple(moved.values()), tuple(links))


def redraw_numbers(paragraph: Paragraph, rng: random.Random) -> Paragraph:
    """Return the paragraph with other Arabic digits in its figures; a first one is not 0."""
    chars = list(paragraph.text)
    for span in paragraph.spans:
        if span.label in schema.FIGURE_LABELS:
            for place in range(span.start, span.end):
                if chars[place] in "123456789":
                    chars[place] = rng.choice("123456789")
    return replace(paragraph, text="".join(chars))


_HALF_TO_FULL = str.maketrans({chr(0x21 + i): chr(0xFF01 + i) for i in range(94)})
_FULL_TO_HALF = {full: half for half, full in _HALF_TO_FULL.items()}


def change_widths(paragraph: Paragraph, rng: random.Random) -> Paragraph:
    """Return the paragraph with its marks and digits all full-width, or all half-width."""
    table = rng.choice([_HALF_TO_FULL, _FULL_TO_HALF])
    return replace(paragraph, text=paragraph.text.translate(table))


def add_noise(paragraph: Paragraph, rng: random.Random) -> Paragraph:
    """Return the paragraph with one in fifty characters outside spans replaced by another."""
    chars = list(paragraph.text)
    inside = {place for span in paragraph.spans for place in range(span.start, span.end)}
    for place in range(len(chars)):
        if place not in inside and rng.random() < 0.02:
            chars[place] = rng.choice(paragraph.text)
    return replace(paragraph, text="".join(chars))


_CHANGES: dict[str, Callable[[Paragraph, random.Random], Paragraph]] = {
    "numbers": redraw_numbers,
    "widths": change_widths,
    "noise": add_noise,
}


@spacy.registry.readers("variants.AugmentingCorpus.v1")
def make_augmenting_corpus(
    paths: list[Path], change: str
) -> Callable[[Language], Iterator[Example]]:
    """Return a reader that yields every paragraph twice: as it is, and changed.

    Args:
        paths: annotation files.
        change: ``names``, which swaps half of the names for others of their label, or one
            of :data:`_CHANGES`.

    """

    def read(nlp: Language) -> Iterator[Example]:
        rng = random.Random(0)
        paragraphs = [paragraph for path in paths for paragraph in read_annotations(path)]
        pool: dict[str, list[str]] = {}
        for paragraph in paragraphs:
            for span in paragraph.spans:
                pool.setdefault(span.label, []).append(paragraph.surface(span))
        for paragraph in paragraphs:
            yield make_example(nlp, paragraph)
            if change == "names":
                yield make_example(nlp, swap_names(paragraph, pool, rng))
            else:
                yield make_example(nlp, _CHANGES[change](paragraph, rng))

    return read


# --- linkers --------------------------------------------------------------------------


class RecordingLinker(Linker):
    """Keeps what its classifiers would learn from, in the order of the labels."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.data: list[tuple[NDArray[np.float32], NDArray[np.bool_]]] = []

    def fit_classifier(self, features: NDArray[np.float32], targets: NDArray[np.bool_]) -> Any:
        """Keep the data and return a classifier that knows nothing."""
        self.data.append((features, targets))
        return BoostedTrees.constant(0.5)


class NoWordsLinker(Linker):
    """Boosted trees that see places only."""

    def fit_classifier(self, features: NDArray[np.float32], targets: NDArray[np.bool_]) -> Any:
        """Fit without the verdict on the words."""
        return _Columns(super().fit_classifier(features[:, :-1], targets), slice(None, -1))


class WordsLinker(Linker):
    """The verdict on the words alone."""

    def fit_classifier(self, features: NDArray[np.float32], targets: NDArray[np.bool_]) -> Any:
        """Return the verdict's own probability."""
        return _Logistic()


class NeuralLinker(Linker):
    """A perceptron with one hidden layer on the same features."""

    def fit_classifier(self, features: NDArray[np.float32], targets: NDArray[np.bool_]) -> Any:
        """Fit scikit-learn's perceptron."""
        return _Neural(features, targets, int(self.settings["seed"]))


class PairLinker(Linker):
    """Every pair decided by itself."""

    def _choose(self, candidates: list[Candidate], scores: list[float]) -> set[Candidate]:
        pairs = zip(candidates, scores, strict=True)
        return {candidate for candidate, score in pairs if score >= self.threshold}


class PositionLinker(Linker):
    """No learning: the span that touches the figure, else the nearest one on its left."""

    def fit_classifier(self, features: NDArray[np.float32], targets: NDArray[np.bool_]) -> Any:
        """Return what passes the places' own decision on."""
        return _Position()

    def _features(
        self, sentences: list[Sentence], candidates: list[list[Candidate]]
    ) -> NDArray[np.float32]:
        decisions = [
            nearest(sentence, pair)
            for sentence, pairs in zip(sentences, candidates, strict=True)
            for pair in pairs
        ]
        return np.array(decisions, dtype=np.float32).reshape(-1, 1)


def nearest(sentence: Sentence, candidate: Candidate) -> bool:
    """Say whether position alone would relate the pair."""
    spans = sentence.spans
    figure, tail = spans[candidate.head], spans[candidate.tail]
    if candidate.relation == schema.MEASURES:
        measured = (schema.INDICATOR, schema.AWARD)
        touching = [s for s in spans if s.label in measured and figure.end == s.start]
        left = [s for s in spans if s.label in measured and s.end <= figure.start]
        if left and left[-1].end == figure.start:
            return tail == left[-1]
        return tail == (touching[0] if touching else left[-1] if left else None)
    left = [s for s in spans if s.label == tail.label and s.end <= figure.start]
    return bool(left) and tail == left[-1]


class _Columns:
    def __init__(self, model: Any, columns: slice) -> None:
        self.model = model
        self.columns = columns

    def predict(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        return self.model.predict(features[:, self.columns])


class _Logistic:
    def predict(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        return 1 / (1 + np.exp(-features[:, -1].astype(np.float64)))


class _Neural:
    def __init__(
        self, features: NDArray[np.float32], targets: NDArray[np.bool_], seed: int
    ) -> None:
        self.scaler = StandardScaler().fit(features)
        self.model = MLPClassifier((64,), alpha=1e-3, max_iter=60, random_state=seed)
        self.model.fit(self.scaler.transform(features), targets)

    def predict(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        return self.model.predict_proba(self.scaler.transform(features))[:, 1]


class _Position:
    def predict(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        return features[:, 0].astype(np.float64)


#: Name of a linker -> its class.
LINKERS: dict[str, type[Linker]] = {
    "trees on places and words": Linker,
    "trees on places": NoWordsLinker,
    "words alone": WordsLinker,
    "perceptron": NeuralLinker,
    "pair by pair": PairLinker,
    "position alone": PositionLinker,
}


@spacy.registry.callbacks("variants.lac_weights.v1")
def make_lac_loader(path: Path) -> Callable[[Language], None]:
    """Return a callback that fills every LAC encoder of a pipeline with its weights."""
    from unionie.pipeline.lac import load_weights

    def fill(nlp: Language) -> None:
        for _, component in nlp.pipeline:
            if hasattr(component, "model"):
                load_weights(component.model, path)

    return fill
