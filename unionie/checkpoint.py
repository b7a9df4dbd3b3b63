"""The state of a training on disk, from which it goes on as if it had not stopped.

A state is one ``npz`` file: the weights that training has changed, the optimizer's moments
and averages of each, and a JSON record. It is written whole or not at all, and holds
arrays only, so reading it runs no code.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from spacy.language import Language
from thinc.api import Model, Optimizer

from unionie.durable import replacing
from unionie.errors import TrainingError

_RECORD = "record"


def save_state(path: Path, nlp: Language, optimizer: Optimizer, record: dict[str, Any]) -> None:
    """Write the state of ``nlp`` and ``optimizer``, with ``record``, to the file ``path``."""
    arrays: dict[str, Any] = {}
    updates = {}
    for name, key, model in _parameters(nlp):
        if key not in optimizer.nr_update:
            continue  # as it was at the start
        updates[name] = optimizer.nr_update[key]
        arrays[f"weights/{name}"] = model.get_param(key[1])
        for kind, values in _moments(optimizer).items():
            if key in values:
                arrays[f"{kind}/{name}"] = values[key]
    text = json.dumps({"updates": updates, "record": record})
    arrays[_RECORD] = np.frombuffer(text.encode("utf-8"), dtype=np.uint8)
    with replacing(path) as stream:
        np.savez(stream, **arrays)


def load_state(path: Path, nlp: Language, optimizer: Optimizer) -> dict[str, Any]:
    """Put the state in ``path`` into ``nlp`` and a new ``optimizer``; return the record.

    Raises:
        TrainingError: the file is damaged or of another pipeline.

    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            text = json.loads(stored[_RECORD].tobytes().decode("utf-8"))
            for name, key, model in _parameters(nlp):
                if name not in text["updates"]:
                    continue
                optimizer.nr_update[key] = text["updates"][name]
                weights = stored[f"weights/{name}"]
                if weights.shape != model.get_param(key[1]).shape:
                    raise ValueError(f"the weights {name} have another shape")
                model.set_param(key[1], weights)
                for kind, values in _moments(optimizer).items():
                    if f"{kind}/{name}" in stored:
                        values[key] = stored[f"{kind}/{name}"]
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise TrainingError(
            f"{path}: this state of the training is damaged ({error}); delete its folder to "
            "start anew"
        ) from error
    record: dict[str, Any] = text["record"]
    return record


def _moments(optimizer: Optimizer) -> dict[str, dict[tuple[int, str], Any]]:
    averages = optimizer.averages if optimizer.averages is not None else {}
    return {"mom1": optimizer.mom1, "mom2": optimizer.mom2, "averages": averages}


def _parameters(nlp: Language) -> Iterator[tuple[str, tuple[int, str], Model[Any, Any]]]:
    """Yield every parameter: a name that stays, thinc's key, which does not, and its node."""
    for pipe_name, pipe in nlp.pipeline:
        if isinstance(getattr(pipe, "model", None), Model):
            for number, node in enumerate(pipe.model.walk()):
                for name in node.param_names:
                    if node.has_param(name):
                        yield f"{pipe_name}/{number}/{name}", (node.id, name), node
