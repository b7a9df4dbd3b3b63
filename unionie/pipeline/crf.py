"""A linear-chain conditional random field over batches of sequences, in numpy.

Tags follow BIOES: a span of label X is ``S-X``, or ``B-X`` (``I-X``)* ``E-X``. Tag 0 is
``O``; label number n has the tags 4n+1 (B), 4n+2 (I), 4n+3 (E) and 4n+4 (S).

All sums run in float64 on probabilities rescaled at every step, which is exact to
rounding and faster than logarithms. See Sutton & McCallum (2012), "An Introduction to
Conditional Random Fields", section 4.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Ints = NDArray[np.intp]
TagSpan = tuple[int, int, int]  # start, end, label number

_IMPOSSIBLE = -1e4
# Padded positions that are worked on at once, and so the memory that decoding takes.
_POSITIONS = 50_000


def tag_count(labels: int) -> int:
    """Return the number of tags for ``labels`` labels."""
    return 4 * labels + 1


def allowed_transitions(labels: int) -> NDArray[np.bool_]:
    """Return which tag may follow which, shape (tags + 1, tags + 1).

    The last row and column stand for the sequence's edge: what may open it and what
    may close it.
    """
    tags = tag_count(labels)
    kind = np.array([*("OBIES"[(tag - 1) % 4 + 1] if tag else "O" for tag in range(tags)), "O"])
    label = np.array([*((tag - 1) // 4 if tag else -1 for tag in range(tags)), -1])
    inside = np.isin(kind, ["B", "I"])[:, None]
    continues = np.isin(kind, ["I", "E"])[None, :]
    same = label[:, None] == label[None, :]
    return np.where(inside, continues & same, ~continues)


def encode_spans(spans: Sequence[TagSpan], length: int) -> Ints:
    """Return the tags of a sequence of ``length`` holding ``spans``."""
    tags = np.zeros(length, dtype=np.intp)
    for start, end, label in spans:
        first = 4 * label + 1
        if end - start == 1:
            tags[start] = first + 3
        else:
            tags[start] = first
            tags[start + 1 : end - 1] = first + 1
            tags[end - 1] = first + 2
    return tags


def decode_spans(tags: Ints) -> list[TagSpan]:
    """Return the spans in a well-formed tag sequence."""
    spans = []
    start = 0
    for position, tag in enumerate(tags.tolist()):
        if not tag:
            continue
        kind, label = (tag - 1) % 4, (tag - 1) // 4
        if kind in (0, 3):
            start = position
        if kind in (2, 3):
            spans.append((start, position + 1, label))
    return spans


@dataclass(slots=True)
class _Batch:
    """Sequences sorted by falling length and padded: shape (steps, sequences, tags)."""

    order: Ints
    lengths: Ints
    active: Ints  # sequences still running at each step
    emissions: NDArray[np.float64]

    @classmethod
    def of(cls, sequences: Sequence[Floats]) -> _Batch:
        lengths = np.array([len(sequence) for sequence in sequences], dtype=np.intp)
        order = np.argsort(-lengths, kind="stable")
        lengths = lengths[order]
        steps, tags = int(lengths[0]), sequences[0].shape[1]
        emissions = np.zeros((steps, len(sequences), tags))
        for row, index in enumerate(order):
            emissions[: lengths[row], row] = sequences[index]
        active = (lengths[None, :] > np.arange(steps)[:, None]).sum(axis=1)
        return cls(order, lengths, active, emissions)


def _groups(sequences: Sequence[Floats]) -> Iterator[list[int]]:
    """Yield the indices of sequences of like length, few enough to be padded together."""
    order = sorted(range(len(sequences)), key=lambda index: -len(sequences[index]))
    while order:
        size = max(1, _POSITIONS // max(1, len(sequences[order[0]])))
        yield order[:size]
        order = order[size:]


class CRF:
    """Transition scores, shape (tags + 1, tags + 1), the last row and column being the edge."""

    def __init__(self, transitions: Floats, labels: int) -> None:
        self.allowed = allowed_transitions(labels)
        self.scores = np.where(self.allowed, transitions, _IMPOSSIBLE).astype(np.float64)

    def best(self, sequences: Sequence[Floats]) -> list[Ints]:
        """Return the most probable tags of each sequence of emissions (length, tags)."""
        found: dict[int, Ints] = {}
        for group in _groups(sequences):
            found |= zip(group, self._best([sequences[i] for i in group]), strict=True)
        return [found[index] for index in range(len(sequences))]

    def _best(self, sequences: Sequence[Floats]) -> list[Ints]:
        batch = _Batch.of(sequences)
        inner, start, stop = self._parts()
        steps, count, tags = batch.emissions.shape
        back = np.zeros((steps, count, tags), dtype=np.int16)
        last = np.zeros(count, dtype=np.intp)
        scores = start + batch.emissions[0]
        for step in range(1, steps + 1):
            running = batch.active[step] if step < steps else 0
            ending = slice(running, len(scores))
            last[ending] = (scores[ending] + stop).argmax(axis=1)
            if not running:
                break
            paths = scores[:running, :, None] + inner
            origin = paths.argmax(axis=1)
            back[step, :running] = origin
            scores = np.take_along_axis(paths, origin[:, None], axis=1)[:, 0]
            scores += batch.emissions[step, :running]
        found: list[Ints] = [np.zeros(0, dtype=np.intp)] * count
        for row, index in enumerate(batch.order):
            tags_ = np.empty(batch.lengths[row], dtype=np.intp)
            tags_[-1] = tag = last[row]
            for step in range(len(tags_) - 1, 0, -1):
                tags_[step - 1] = tag = back[step, row, tag]
            found[index] = tags_
        return found

    def span_probabilities(
        self, sequences: Sequence[Floats], spans: Sequence[Sequence[TagSpan]]
    ) -> list[list[float]]:
        """Return the probability of each span, given the emissions of its sequence."""
        found: dict[int, list[float]] = {}
        for group in _groups(sequences):
            part = self._span_probabilities(
                [sequences[i] for i in group], [spans[i] for i in group]
            )
            found |= zip(group, part, strict=True)
        return [found[index] for index in range(len(sequences))]

    def _span_probabilities(
        self, sequences: Sequence[Floats], spans: Sequence[Sequence[TagSpan]]
    ) -> list[list[float]]:
        batch = _Batch.of(sequences)
        state = self._forward_backward(batch)
        inner = np.exp(self._parts()[0])
        found: list[list[float]] = [[] for _ in sequences]
        for row, index in enumerate(batch.order):
            for start, end, label in spans[index]:
                tags = encode_spans([(0, end - start, label)], end - start)
                probability = state.forward[start, row, tags[0]]
                for step in range(start + 1, end):
                    left, right = tags[step - start - 1], tags[step - start]
                    probability *= inner[left, right] * state.weights[step, row, right]
                    probability /= state.scale[step, row]
                probability *= state.backward[end - 1, row, tags[-1]]
                found[index].append(float(min(max(probability, 0.0), 1.0)))
        return found

    def gradient(
        self, sequences: Sequence[Floats], gold: Sequence[Ints]
    ) -> tuple[float, list[Floats], Floats]:
        """Return the negative log-likelihood of ``gold`` and its gradients.

        The gradients are with respect to each sequence's emissions (length, tags) and
        to the transition scores (tags + 1, tags + 1).
        """
        batch = _Batch.of(sequences)
        state = self._forward_backward(batch)
        inner = np.exp(self._parts()[0])
        edge = len(self.scores) - 1
        d_scores = np.zeros_like(self.scores)
        marginals = state.forward * state.backward
        loss = state.log_partition.sum()
        steps = batch.emissions.shape[0]
        for step in range(1, steps):
            running = batch.active[step]
            left = state.forward[step - 1, :running]
            right = state.backward[step, :running] * state.weights[step, :running]
            right /= state.scale[step, :running, None]
            d_scores[:edge, :edge] += inner * (left.T @ right)
        d_scores[edge, :edge] += marginals[0].sum(axis=0)
        d_emissions: list[Floats] = [np.zeros((0, 0))] * len(sequences)
        for row, index in enumerate(batch.order):
            length = batch.lengths[row]
            d_sequence = marginals[:length, row].copy()
            d_scores[:edge, edge] += d_sequence[-1]
            tags = gold[index]
            d_sequence[np.arange(length), tags] -= 1
            path = np.concatenate(([edge], tags, [edge]))
            np.subtract.at(d_scores, (path[:-1], path[1:]), 1)
            loss -= batch.emissions[np.arange(length), row, tags].sum()
            loss -= self.scores[path[:-1], path[1:]].sum()
            d_emissions[index] = d_sequence
        return float(loss), d_emissions, np.where(self.allowed, d_scores, 0)

    def _parts(self) -> tuple[Floats, Floats, Floats]:
        return self.scores[:-1, :-1], self.scores[-1, :-1], self.scores[:-1, -1]

    def _forward_backward(self, batch: _Batch) -> _Messages:
        inner, start, stop = (np.exp(part) for part in self._parts())
        steps, count, _ = batch.emissions.shape
        peak = batch.emissions.max(axis=2, keepdims=True)
        # Tags this far below the best weigh nothing, but a step never underflows.
        weights = np.exp(np.maximum(batch.emissions - peak, -80))
        forward = np.zeros_like(weights)
        backward = np.zeros_like(weights)
        scale = np.ones((steps, count))
        for step in range(steps):
            running = batch.active[step]
            message = forward[step - 1, :running] @ inner if step else start
            message = message * weights[step, :running]
            scale[step, :running] = message.sum(axis=1)
            forward[step, :running] = message / scale[step, :running, None]
        final = np.empty(count)
        for step in range(steps - 1, -1, -1):
            running = batch.active[step]
            longer = batch.active[step + 1] if step + 1 < steps else 0
            ending = slice(longer, running)
            final[ending] = forward[step, ending] @ stop
            backward[step, ending] = stop / final[ending, None]
            message = backward[step + 1, :longer] * weights[step + 1, :longer] if longer else None
            if message is not None:
                message = message / scale[step + 1, :longer, None]
                backward[step, :longer] = message @ inner.T
        inside = np.arange(steps)[:, None] < batch.lengths[None, :]
        log_partition = (np.where(inside, np.log(scale) + peak[:, :, 0], 0)).sum(axis=0)
        return _Messages(forward, backward, weights, scale, log_partition + np.log(final))


@dataclass(slots=True)
class _Messages:
    """Scaled messages; ``forward * backward`` are the tag marginals."""

    forward: NDArray[np.float64]
    backward: NDArray[np.float64]
    weights: NDArray[np.float64]
    scale: NDArray[np.float64]
    log_partition: NDArray[np.float64]
