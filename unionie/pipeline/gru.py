"""Bidirectional gated recurrent units over batches of sequences, in numpy.

Sequences of different lengths are packed by time step, longest first, so that each
step is one matrix product over the sequences still running. The arithmetic is that of
ONNX's GRU with ``linear_before_reset`` (Cho et al. 2014, with the reset gate applied
after the recurrent product), in which Baidu LAC's weights are given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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

_BLOCK = 256  # rows that are multiplied by the input weights at once


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
    parameters = [model.get_param(name) for name in PARAMETERS]
    output, back = bi_gru(sequences, *parameters, is_train=is_train)

    def backprop(gradient: list[Floats2d]) -> list[Floats2d]:
        d_sequences, d_parameters = back(gradient)
        for name, d_parameter in zip(PARAMETERS, d_parameters, strict=True):
            model.inc_grad(name, d_parameter)
        return d_sequences

    return output, backprop


def bi_gru(
    sequences: Sequence[Array], weights: Array, recurrent: Array, bias: Array, *, is_train: bool
) -> tuple[list[Array], Callable[[Sequence[Array]], tuple[list[Array], list[Array]]]]:
    """Read ``sequences`` of (length, inputs) in both directions.

    Returns:
        The states, (length, 2 * hidden) for each sequence, and a function from their
        gradient to those of the sequences and of the three parameters, which can be
        called if ``is_train``.

    """
    packing = Packing.of([len(sequence) for sequence in sequences])
    rows = packing.join(sequences, weights.shape[2])
    run = _run(rows, packing, weights, recurrent, bias, keep=is_train)

    def backprop(gradient: Sequence[Array]) -> tuple[list[Array], list[Array]]:
        d_rows = packing.join(gradient, 2 * recurrent.shape[2])
        d_states = np.stack(
            [half[p] for half, p in zip(np.split(d_rows, 2, 1), packing.places, strict=True)]
        )
        d_inputs, *d_parameters = _run_back(d_states, run, packing, weights, recurrent)
        forwards, backwards = np.hsplit(packing.unpack(d_inputs), 2)
        return packing.split(forwards + backwards), d_parameters

    return packing.split(packing.unpack(run.states)), backprop


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

    def blocks(self) -> Iterator[list[slice]]:
        """Yield the steps in groups of at least :data:`_BLOCK` rows."""
        block: list[slice] = []
        for step in self.steps:
            block.append(step)
            if step.stop - block[0].start >= _BLOCK:
                yield block
                block = []
        if block:
            yield block

    def unpack(self, packed: Array) -> Array:
        """Return the rows of both directions beside each other, in the order of :meth:`join`."""
        _, rows, width = packed.shape
        unpacked = np.empty((rows, 2 * width), dtype="float32")
        unpacked[self.places[0], :width] = packed[0]
        unpacked[self.places[1], width:] = packed[1]
        return unpacked

    def split(self, rows: Array) -> list[Array]:
        """Undo :meth:`join`."""
        return np.split(rows, np.cumsum(self.lengths)[:-1]) if self.lengths else []


@dataclass(slots=True)
class _Run:
    """Both directions' values at every step, in packed order: (2, rows, hidden).

    All but the states have no rows where nothing is kept for the gradient.
    """

    inputs: Array
    states: Array
    update: Array
    reset: Array
    new: Array
    fed: Array  # the recurrent part of the new state, before the reset gate


def _run(
    rows: Array, packing: Packing, weights: Array, recurrent: Array, bias: Array, *, keep: bool
) -> _Run:
    # Both directions take each step together: half the calls, which is what steps cost. And
    # memory is taken once, small enough for the cache: arrays that come and go cost more
    # than the products that fill them.
    hidden, inputs = recurrent.shape[2], weights.shape[2]
    bias_in, bias_out = np.split(bias[:, None, :], 2, axis=2)
    turned = weights.transpose(0, 2, 1)
    transposed = np.ascontiguousarray(recurrent.transpose(0, 2, 1))
    count = len(packing.lengths)
    kept = len(rows) if keep else 0
    run = _Run(
        np.empty((2, kept, inputs), dtype="float32"),
        np.empty((2, len(rows), hidden), dtype="float32"),
        *(np.empty((2, kept, hidden), dtype="float32") for _ in range(4)),
    )
    block_inputs = np.empty((2, _BLOCK + count, inputs), dtype="float32")
    block_own = np.empty((2, _BLOCK + count, 3 * hidden), dtype="float32")
    step_fed = np.empty((2, count, 3 * hidden), dtype="float32")
    step_new = np.empty((2, count, hidden), dtype="float32")
    state = np.zeros((2, count, hidden), dtype="float32")
    for block in packing.blocks():
        whole = slice(block[0].start, block[-1].stop)
        size = whole.stop - whole.start
        for direction, places in enumerate(packing.places):
            np.take(rows, places[whole], axis=0, out=block_inputs[direction, :size], mode="clip")
        own = np.matmul(block_inputs[:, :size], turned, out=block_own[:, :size])
        own += bias_in
        if keep:
            run.inputs[:, whole] = block_inputs[:, :size]
        for step in block:
            running = step.stop - step.start
            here = slice(step.start - whole.start, step.stop - whole.start)
            before = state[:, :running]
            fed = np.matmul(before, transposed, out=step_fed[:, :running])
            fed += bias_out
            gates, fed_new = fed[:, :, : 2 * hidden], fed[:, :, 2 * hidden :]
            gates += own[:, here, : 2 * hidden]
            _sigmoid(gates)
            update, reset = gates[:, :, :hidden], gates[:, :, hidden:]
            new = np.multiply(reset, fed_new, out=step_new[:, :running])
            new += own[:, here, 2 * hidden :]
            np.tanh(new, out=new)
            state = np.subtract(before, new, out=run.states[:, step])
            state *= update
            state += new
            if keep:
                run.update[:, step], run.reset[:, step] = update, reset
                run.new[:, step], run.fed[:, step] = new, fed_new
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


def _sigmoid(array: Array) -> None:
    """Replace every value by that of the logistic function."""
    array *= np.float32(0.5)
    np.tanh(array, out=array)
    array += np.float32(1)
    array *= np.float32(0.5)
