"""The entity model's network: embed characters, read each sentence both ways, score tags."""

# No postponed annotations here: spaCy reads these signatures as types to check configs.

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from spacy.attrs import SENT_START
from spacy.tokens import Doc
from thinc.api import Dropout, Linear, Model, chain, with_array
from thinc.types import Floats2d

from unionie.pipeline.crf import tag_count
from unionie.pipeline.gru import build_bi_gru

Encoded = list[Floats2d]


def build_sentence_reader(
    embed: Model[list[Doc], Encoded], width: int
) -> Model[list[Doc], Encoded]:
    """Build the network that reads characters in both directions.

    Registered as ``unionie.SentenceReader.v1``. A bidirectional GRU reads one sentence at
    a time, so what a sentence yields does not depend on the text around it.

    Args:
        embed: characters of a Doc to vectors, shape (characters, any width).
        width: the width of the output, both directions together.

    Returns:
        A model from Docs to one array (characters, width) for each Doc; it can stand
        wherever spaCy wants a tok2vec.

    """
    return Model(
        "sentence_reader",
        _read_forward,
        init=_read_init,
        layers=[chain(embed, with_array(Dropout())), build_bi_gru(width)],
        dims={"nO": width},
    )


def build_tag_scorer(reader: Model[list[Doc], Encoded]) -> Model[list[Doc], Encoded]:
    """Build the network that scores every tag for every character.

    Registered as ``unionie.TagScorer.v1``.

    Args:
        reader: Docs to one array of states (characters, any width) for each.

    Returns:
        A model from Docs to one array of scores (characters, tags) for each Doc. Its
        parameter ``transitions``, shape (tags + 1, tags + 1), belongs to the CRF that is
        put on top. The number of labels is set by :func:`set_labels` before
        initialization.

    """
    output: Model[Floats2d, Floats2d] = Linear()
    return Model(
        "tag_scorer",
        _forward,
        init=_init,
        layers=[chain(reader, with_array(chain(Dropout(), output)))],
        refs={"output": output},
        params={"transitions": None},
        dims={"nO": None},
    )


def set_labels(model: Model[list[Doc], Encoded], labels: int) -> None:
    """Fix the number of labels, and with it the widths that depend on it."""
    tags = tag_count(labels)
    model.set_dim("nO", tags, force=True)
    model.get_ref("output").set_dim("nO", tags, force=True)
    if not model.has_param("transitions"):
        model.set_param("transitions", model.ops.alloc2f(tags + 1, tags + 1))


def _forward(
    model: Model[list[Doc], Encoded], docs: list[Doc], is_train: bool
) -> tuple[Encoded, Callable[[Encoded], list[Doc]]]:
    return model.layers[0](docs, is_train)


def _init(
    model: Model[list[Doc], Encoded], X: list[Doc] | None = None, Y: Encoded | None = None
) -> None:
    model.layers[0].initialize(X=X)


def _read_forward(
    model: Model[list[Doc], Encoded], docs: list[Doc], is_train: bool
) -> tuple[Encoded, Callable[[Encoded], list[Doc]]]:
    embed, reader = model.layers
    vectors, embed_backprop = embed(docs, is_train)
    bounds = [sentence_bounds(doc) for doc in docs]
    encoded, reader_backprop = reader(split_arrays(vectors, bounds), is_train)

    def backprop(d_encoded: Encoded) -> list[Doc]:
        d_sentences = reader_backprop(split_arrays(d_encoded, bounds))
        return embed_backprop(join_arrays(d_sentences, bounds, vectors[0].shape[1]))

    return join_arrays(encoded, bounds, reader.get_dim("nO")), backprop


def _read_init(
    model: Model[list[Doc], Encoded], X: list[Doc] | None = None, Y: Encoded | None = None
) -> None:
    embed, reader = model.layers
    embed.initialize(X=X)
    if X is not None:
        reader.initialize(X=[vectors for vectors in embed.predict(X) if len(vectors)])


def sentence_bounds(doc: Doc) -> list[tuple[int, int]]:
    """Return the token offsets of the sentences of ``doc``, all of it if it has none marked."""
    if not len(doc):
        return []
    starts = np.flatnonzero(doc.to_array(SENT_START) == 1).tolist()
    return list(pairwise([*sorted({0, *starts}), len(doc)]))


def split_arrays(arrays: Encoded, bounds: list[list[tuple[int, int]]]) -> Encoded:
    """Cut each Doc's array into those of its sentences, all in one list."""
    return [
        array[start:end]
        for array, sentences in zip(arrays, bounds, strict=True)
        for start, end in sentences
    ]


def join_arrays(arrays: Encoded, bounds: list[list[tuple[int, int]]], width: int) -> Encoded:
    """Undo :func:`split_arrays`; a Doc without sentences gets no rows of ``width``."""
    remaining = iter(arrays)
    joined = []
    for sentences in bounds:
        parts = [next(remaining) for _ in sentences]
        joined.append(np.concatenate(parts) if parts else np.zeros((0, width), dtype="float32"))
    return joined
