from __future__ import annotations

import numpy as np
import pytest

from unionie.pipeline.gru import PARAMETERS, Packing, bi_gru, build_bi_gru


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def sequences(rng):
    return [rng.normal(size=(length, 6)).astype("float32") for length in (5, 9, 1, 3)]


@pytest.fixture
def layer(sequences):
    layer = build_bi_gru(8)
    layer.initialize(X=sequences)
    return layer


def test_a_sequence_reads_the_same_in_any_batch(layer, sequences):
    for sequence, together in zip(sequences, layer.predict(sequences), strict=True):
        (alone,) = layer.predict([sequence])
        np.testing.assert_allclose(alone, together, atol=1e-6)
        assert together.shape == (len(sequence), 8)


def test_steps_follow_the_definition(layer, sequences):
    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    weights, recurrent, bias = (layer.get_param(n)[0] for n in ("input", "recurrent", "bias"))
    state = np.zeros(4)
    for row, expected in zip(sequences[0], layer.predict(sequences)[0], strict=True):
        own = weights @ row + bias[:12]
        fed = recurrent @ state + bias[12:]
        update, reset = np.split(sigmoid(own[:8] + fed[:8]), 2)
        new = np.tanh(own[8:] + reset * fed[8:])
        state = (1 - update) * new + update * state
        np.testing.assert_allclose(expected[:4], state, atol=1e-5)


def test_gradients_are_those_of_the_output(layer, sequences, rng):
    output, backprop = layer.begin_update(sequences)
    weights = [rng.normal(size=part.shape).astype("float32") for part in output]
    d_inputs = backprop(weights)

    def total(inputs):
        parts = zip(layer.predict(inputs), weights, strict=True)
        return sum((a.astype("float64") * b).sum() for a, b in parts)

    step = 1e-2
    for index, place in [(0, (1, 2)), (1, (8, 5)), (2, (0, 0)), (3, (2, 3)), (1, (4, 1))]:
        sides = []
        for sign in (1, -1):
            moved = [sequence.copy() for sequence in sequences]
            moved[index][place] += sign * step
            sides.append(total(moved))
        expected = (sides[0] - sides[1]) / (2 * step)
        assert d_inputs[index][place] == pytest.approx(expected, abs=1e-3)
    for name, place in [
        ("input", (0, 5, 3)),
        ("input", (1, 9, 2)),
        ("recurrent", (0, 10, 3)),
        ("recurrent", (1, 1, 0)),
        ("bias", (0, 20)),
        ("bias", (1, 3)),
    ]:
        parameter = layer.get_param(name)
        sides = []
        for sign in (1, -1):
            parameter[place] += sign * step
            sides.append(total(sequences))
            parameter[place] -= sign * step
        expected = (sides[0] - sides[1]) / (2 * step)
        assert layer.get_grad(name)[place] == pytest.approx(expected, abs=1e-3)


def test_nothing_to_read(layer):
    assert layer.predict([]) == []
    parameters = [layer.get_param(name) for name in PARAMETERS]
    assert bi_gru([], *parameters, is_train=False)[0] == []


def test_reading_is_the_same_whether_or_not_it_trains(layer):
    rng = np.random.default_rng(3)
    inputs = layer.get_dim("nI")
    lengths = (400, 1, 37, 300)  # more rows than are worked on at once
    sequences = [rng.normal(size=(length, inputs)).astype("float32") for length in lengths]
    parameters = [layer.get_param(name) for name in PARAMETERS]
    once, _ = bi_gru(sequences, *parameters, is_train=False)
    again, _ = bi_gru(sequences, *parameters, is_train=True)
    for one, other in zip(once, again, strict=True):
        np.testing.assert_array_equal(one, other)


def test_packing_visits_every_row_once_in_both_directions():
    packing = Packing.of([2, 3, 1])
    assert packing.places[0].tolist() == [2, 0, 5, 3, 1, 4]
    assert packing.places[1].tolist() == [4, 1, 5, 3, 0, 2]
    assert [step.stop - step.start for step in packing.steps] == [3, 2, 1]


def test_odd_width_is_refused():
    with pytest.raises(ValueError, match="even"):
        build_bi_gru(7)
