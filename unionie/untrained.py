"""Pipelines ready to be trained: a known one with room for new labels, or an empty one.

Both keep what they carry: the settings, the segmenter and, if there is one, LAC's encoder
come from a trained pipeline, so nothing is ever downloaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from spacy.language import Language
from spacy.training import Example
from thinc.api import Model

from unionie.own_labels import OWN_LINKER, scheme_of
from unionie.pipeline.lac import NODE, WEIGHTS
from unionie.schema import Scheme

# What a new tag scores at first: it is rarer than every tag that was learned.
_NEW_TAG = -4.0


def continue_from(base: Language, scheme: Scheme, examples: Sequence[Example]) -> Language:
    """Return a pipeline that knows what ``base`` knows and has room for what ``scheme`` adds.

    The weights of known tags and of the transitions between them are those of ``base``, and
    so are linkers and calibrator; ``base`` itself may be what is returned.
    """
    known = base.get_pipe("entities").labels
    labels = [*known, *(label for label in scheme.entity_labels if label not in known)]
    if len(labels) == len(known) and scheme == scheme_of(base):
        return base
    nlp = _blank(base, scheme, examples, labels)
    _copy_weights(base.get_pipe("entities").model, nlp.get_pipe("entities").model)
    for name in nlp.pipe_names:
        if name != "entities" and name in base.pipe_names:
            nlp.get_pipe(name).from_bytes(base.get_pipe(name).to_bytes())
    return nlp


def start_afresh(base: Language, scheme: Scheme, examples: Sequence[Example]) -> Language:
    """Return a pipeline with the settings of ``base`` and nothing learned.

    It has the segmenter of ``base``, and LAC's encoder as it was published. ``examples``
    are what it will be trained on; nothing but shapes is taken from them.
    """
    return _blank(base, scheme, examples, scheme.entity_labels)


def _blank(
    base: Language, scheme: Scheme, examples: Sequence[Example], labels: Sequence[str]
) -> Language:
    config = base.config.copy()
    if OWN_LINKER in config["nlp"]["pipeline"]:
        config["nlp"]["pipeline"] = [n for n in config["nlp"]["pipeline"] if n != OWN_LINKER]
        config["components"].pop(OWN_LINKER)
    nlp = type(base).from_config(config, meta=base.meta)
    nlp.tokenizer.from_bytes(base.tokenizer.to_bytes())
    entities = nlp.get_pipe("entities")
    encoders = [
        [node for node in pipe.model.walk() if node.name == NODE]
        for pipe in (base.get_pipe("entities"), entities)
    ]
    for source, target in zip(*encoders, strict=True):
        for name in target.param_names:
            # What training adds to LAC's weights is kept apart from them and starts at 0.
            weights = source.get_param(name)
            target.set_param(name, weights.copy() if name in WEIGHTS else np.zeros_like(weights))
        target.attrs.update(source.attrs)
    entities.initialize(lambda: examples, labels=labels)
    _set_own_linker(nlp, scheme)
    return nlp


def _copy_weights(source: Model[Any, Any], target: Model[Any, Any]) -> None:
    output = target.get_ref("output")
    for old, new in zip(source.walk(), target.walk(), strict=True):
        for name in old.param_names:
            weights = old.get_param(name)
            if name == "transitions":
                # Tags are numbered on; the last row and column are the sentence's edge.
                grown = np.zeros_like(new.get_param(name))
                places = [*range(len(weights) - 1), len(grown) - 1]
                grown[np.ix_(places, places)] = weights
            elif new is output:
                shape = new.get_param(name).shape
                grown = np.full(shape, _NEW_TAG if name == "b" else 0, dtype="float32")
                grown[: len(weights)] = weights
            else:
                grown = weights.copy()
            new.set_param(name, grown)


def _set_own_linker(nlp: Language, scheme: Scheme) -> None:
    if not scheme.added_relations:
        return
    settings = {
        "relations": {name: list(tails) for name, tails in scheme.added_relations.items()},
        "single": list(scheme.added_single),
    }
    nlp.add_pipe("unionie_own_linker", name=OWN_LINKER, after="linker", config=settings)
