"""Bidirectional gated recurrent units over batches of sequences, in numpy.

Sequences of different lengths are packed by time step, longest first, so that each
step is one matrix product over the sequences still running. The arithmetic is that of
ONNX's GRU with ``linear_before_reset`` (Cho et al. 2014, with the reset gate applied
after the recurrent product), in which Baidu LAC's weights are given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from thinc.api import Model, glorot_uniform_init
from thinc.types import Floats2d

Array = NDArray[np.float32]

#: The parameters of a layer, each with the directions as its first axis:
#: input weights (2, 3 * hidden, inputs), recurrent weights (2, 3 * hidden, hidden) and
#: biases (2, 6 * hidden), the gates in the order update, reset, new.
PARAMETERS = ("input", "recurrent", "bias")


def build_bi_gru(width: int) -> Model[list[Floats2d], list[Floats2d]]:
    """Build a trainable layer whose output has ``width`` columns, half for each direction."""
    if width % 2:
        raise ValueError(f"the width of a bidirectional layer must be even, got {width}")
    return Model(
        "bi_gru",
        _forward,
        init=partial(_init, width // 2),
        params=dict.fromkeys(PARAMETERS),
        dims={"nO": width, "nI": None},
    )


def _init(
    hidden: int,
    model: Model[list[Floats2d], list[Floats2d]],
    X: list[Floats2d] | None = None,
    Y: list[Floats2d] | None = None,
) -> None:
    if X is None:
        return
    inputs = X[0].shape[1]
    model.set_dim("nI", inputs)
    gates = [
        [glorot_uniform_init(model.ops, (hidden, columns)) for _ in range(6)]
        for columns in (inputs, hidden)
    ]
    model.set_param("input", np.concatenate(gates[0]).reshape(2, 3 * hidden, inputs))
    model.set_param("recurrent", np.concatenate(gates[1]).reshape(2, 3 * hidden, hidden))
    model.set_param("bias", np.zeros((2, 6 * hidden), dtype="float32"))


def _forward(
    model: Model[list[Floats2d], list[Floats2d]], sequences: list[Floats2d], is_train: bool
) -> tuple[list[Floats2d], Callable[[list[Floats2d]], list[Floats2d]]]:
    output, back = bi_gru(sequences, *(model.get_param(name) for name in PARAMETERS))

    def backprop(gradient: list[Floats2d]) -> list[Floats2d]:
        d_sequences, d_parameters = back(gradient)
        for name, d_parameter in zip(PARAMETERS, d_parameters, strict=True):
            model.inc_grad(name, d_parameter)
        return d_sequences

    return output, backprop


def bi_gru(
    sequences: Sequence[Array], weights: Array, recurrent: Array, bias: Array
) -> tuple[list[Array], Callable[[Sequence[Array]], tuple[list[Array], list[Array]]]]:
    """Read ``sequences`` of (length, inputs) in both directions.

    Returns:
        The states, (length, 2 * hidden) for each sequence, and a function from their
        gradient to those of the sequences and of the three parameters.

    """
    packing = Packing.of([len(sequence) for sequence in sequences])
    run = _run(packing.pack(sequences, weights.shape[2]), packing, weights, recurrent, bias)

    def backprop(gradient: Sequence[Array]) -> tuple[list[Array], list[Array]]:
        rows = packing.join(gradient, 2 * recurrent.shape[2])
        d_states = np.stack(
            [half[p] for half, p in zip(np.split(rows, 2, 1), packing.places, strict=True)]
        )
        d_inputs, *d_parameters = _run_back(d_states, run, packing, weights, recurrent)
        forwards, backwards = packing.unpack(d_inputs)
        return packing.split(forwards + backwards), d_parameters

    return packing.split(np.concatenate(packing.unpack(run.states), axis=1)), backprop


@dataclass(frozen=True, slots=True)
class Packing:
    """How sequences laid end to end are read step by step.

    ``places[0]`` and ``places[1]`` list the rows in the order of the steps, forwards and
    backwards; ``steps`` gives each step's slice of that order.
    """

    lengths: list[int]
    places: tuple[NDArray[np.intp], NDArray[np.intp]]
    steps: list[slice]

    @classmethod
    def of(cls, lengths: list[int]) -> Packing:
        """Plan the packing of sequences of these lengths; none may be empty."""
        sizes = np.array(lengths, dtype=np.intp)
        starts = np.cumsum(sizes) - sizes
        order = np.argsort(-sizes, kind="stable")
        longest = int(sizes.max(initial=0))
        running = [int((sizes > step).sum()) for step in range(longest)]
        forwards = [starts[order[:count]] + step for step, count in enumerate(running)]
        backwards = [
            starts[order[:count]] + sizes[order[:count]] - 1 - step
            for step, count in enumerate(running)
        ]
        edges = np.cumsum([0, *running]).tolist()
        none = [np.zeros(0, dtype=np.intp)]
        return cls(
            lengths,
            (np.concatenate(none + forwards), np.concatenate(none + backwards)),
            [slice(start, end) for start, end in pairwise(edges)],
        )

    def join(self, sequences: Sequence[Array], width: int) -> Array:
        """Lay sequences of (length, width) end to end."""
        return np.concatenate(sequences) if self.lengths else np.zeros((0, width), dtype="float32")

    def pack(self, sequences: Sequence[Array], width: int) -> Array:
        """Return the rows of ``sequences`` in the order of both directions, (2, rows, width)."""
        return self.join(sequences, width)[np.stack(self.places)]

    def unpack(self, packed: Array) -> tuple[Array, Array]:
        """Return the rows of both directions in the order of :meth:`join`."""
        forwards, backwards = (np.empty_like(packed[0]) for _ in range(2))
        forwards[self.places[0]] = packed[0]
        backwards[self.places[1]] = packed[1]
        return forwards, backwards

    def split(self, rows: Array) -> list[Array]:
        """Undo :meth:`join`."""
        return np.split(rows, np.cumsum(self.lengths)[:-1]) if self.lengths else []


@dataclass(slots=True)
class _Run:
    """Both directions' values at every step, in packed order: (2, rows, hidden)."""

    inputs: Array
    states: Array
    update: Array
    reset: Array
    new: Array
    fed: Array  # the recurrent part of the new state, before the reset gate


def _run(inputs: Array, packing: Packing, weights: Array, recurrent: Array, bias: Array) -> _Run:
    # Both directions take each step together: half the calls, which is what steps cost.
    hidden = recurrent.shape[2]
    bias_in, bias_out = np.split(bias[:, None, :], 2, axis=2)
    own = inputs @ weights.transpose(0, 2, 1) + bias_in
    transposed = np.ascontiguousarray(recurrent.transpose(0, 2, 1))
    shape = (2, inputs.shape[1], hidden)
    run = _Run(inputs, *(np.empty(shape, dtype="float32") for _ in range(5)))
    state = np.zeros((2, len(packing.lengths), hidden), dtype="float32")
    for step in packing.steps:
        state = state[:, : step.stop - step.start]
        fed = state @ transposed
        fed += bias_out
        gates = _sigmoid(own[:, step, : 2 * hidden] + fed[:, :, : 2 * hidden])
        update, reset = gates[:, :, :hidden], gates[:, :, hidden:]
        new = np.tanh(own[:, step, 2 * hidden :] + reset * fed[:, :, 2 * hidden :])
        state = new + update * (state - new)
        run.states[:, step] = state
        run.update[:, step], run.reset[:, step], run.new[:, step] = update, reset, new
        run.fed[:, step] = fed[:, :, 2 * hidden :]
    return run


def _run_back(
    d_states: Array, run: _Run, packing: Packing, weights: Array, recurrent: Array
) -> tuple[Array, Array, Array, Array]:
    """Return the gradients of the inputs, both weights and the bias."""
    _, rows, hidden = d_states.shape
    d_own = np.empty((2, rows, 3 * hidden), dtype="float32")
    d_fed = np.empty((2, rows, 3 * hidden), dtype="float32")
    before = np.zeros((2, rows, hidden), dtype="float32")
    carried = np.zeros((2, 0, hidden), dtype="float32")
    # What does not depend on the order of steps is done for all of them at once.
    one_less = 1 - run.update
    new_slope = one_less * (1 - run.new * run.new)
    reset_slope = run.fed * run.reset * (1 - run.reset)
    for number in range(1, len(packing.steps)):
        step, previous = packing.steps[number], packing.steps[number - 1]
        count = step.stop - step.start
        before[:, step] = run.states[:, previous.start : previous.start + count]
    update_slope = (before - run.new) * run.update * one_less
    for step in reversed(packing.steps):
        d_state = d_states[:, step].copy()
        d_state[:, : carried.shape[1]] += carried
        d_new = d_state * new_slope[:, step]
        fed, own = d_fed[:, step], d_own[:, step]
        own[:, :, :hidden] = d_state * update_slope[:, step]
        own[:, :, hidden : 2 * hidden] = d_new * reset_slope[:, step]
        own[:, :, 2 * hidden :] = d_new
        fed[:, :, : 2 * hidden] = own[:, :, : 2 * hidden]
        fed[:, :, 2 * hidden :] = d_new * run.reset[:, step]
        carried = d_state * run.update[:, step] + fed @ recurrent
    d_bias = np.concatenate((d_own.sum(axis=1), d_fed.sum(axis=1)), axis=1)
    turned = d_own.transpose(0, 2, 1), d_fed.transpose(0, 2, 1)
    return d_own @ weights, turned[0] @ run.inputs, turned[1] @ before, d_bias


def _sigmoid(array: Array) -> Array:
    return np.float32(0.5) * (np.tanh(np.float32(0.5) * array) + np.float32(1))
