from __future__ import annotations

import numpy as np
import pytest
from thinc.api import Adam, fix_random_seed

import unionie
from unionie.checkpoint import load_state, save_state
from unionie.errors import TrainingError
from unionie.pipeline.corpus import examples_of


def weights(nlp) -> list[np.ndarray]:
    model = nlp.get_pipe("entities").model
    return [n.get_param(name).copy() for n in model.walk() for name in n.param_names]


def step(nlp, optimizer, paragraphs) -> None:
    fix_random_seed(0)
    nlp.update(examples_of(nlp, paragraphs), sgd=optimizer, drop=0.2)


def test_a_restored_training_takes_the_same_step(small_model, paragraphs, tmp_path):
    nlp, optimizer = unionie.load(small_model), Adam(0.01)
    step(nlp, optimizer, paragraphs)
    save_state(tmp_path / "state.npz", nlp, optimizer, {"steps": 1, "words": "字"})
    step(nlp, optimizer, paragraphs)

    other, other_optimizer = unionie.load(small_model), Adam(0.01)
    record = load_state(tmp_path / "state.npz", other, other_optimizer)
    assert record == {"steps": 1, "words": "字"}
    step(other, other_optimizer, paragraphs)
    for one, two in zip(weights(nlp), weights(other), strict=True):
        np.testing.assert_array_equal(one, two)
    with nlp.use_params(optimizer.averages), other.use_params(other_optimizer.averages):
        for one, two in zip(weights(nlp), weights(other), strict=True):
            np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("damage", [b"", b"not a zip", "half"])
def test_a_damaged_state_is_named(small_model, paragraphs, tmp_path, damage):
    path = tmp_path / "state.npz"
    nlp, optimizer = unionie.load(small_model), Adam(0.01)
    step(nlp, optimizer, paragraphs)
    save_state(path, nlp, optimizer, {})
    path.write_bytes(path.read_bytes()[:5000] if damage == "half" else damage)
    with pytest.raises(TrainingError, match=r"state\.npz.*damaged"):
        load_state(path, nlp, optimizer)


def test_a_broken_write_leaves_the_last_state(small_model, paragraphs, tmp_path, monkeypatch):
    path = tmp_path / "state.npz"
    nlp, optimizer = unionie.load(small_model), Adam(0.01)
    save_state(path, nlp, optimizer, {"steps": 1})

    def full(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="no space"):
        save_state(path, nlp, optimizer, {"steps": 2})
    assert load_state(path, nlp, optimizer) == {"steps": 1}
