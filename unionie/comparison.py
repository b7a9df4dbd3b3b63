"""Whether two pipelines differ, or only seem to.

The test is paired approximate randomization (Noreen 1989; Yeh 2000, "More accurate tests for
the statistical significance of result differences") over documents: if the two were equally
good, their results could be swapped in any document. So they are swapped at random, many
times, and the p-value is the share of times that F1 then differs at least as much as it does.

Whoever tests ten labels finds a "significant" one by chance soon enough. The p-values of
all rows that are looked at together are therefore adjusted by Holm's method (1979): the
chance that *any* row is called different by mistake stays below the level.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from unionie.bootstrap import bootstrap_interval
from unionie.evaluation import f1_of

#: A difference counts as real if its adjusted p-value is below this.
LEVEL = 0.05

_ROUNDS = 10_000
_RESAMPLES = 2000

Verdict = Literal["better", "worse", "not shown"]


@dataclass(frozen=True, slots=True)
class Difference:
    """How the second of two pipelines does beside the first in one row.

    Attributes:
        name: what the row counts.
        first: F1 of the first.
        second: F1 of the second.
        low: with ``high``, the bounds of ``second - first`` with 95% confidence, by paired
            bootstrap over documents.
        high: see ``low``.
        p: the p-value of this row alone.
        adjusted: the p-value, adjusted for all rows.

    """

    name: str
    first: float
    second: float
    low: float
    high: float
    p: float
    adjusted: float

    @property
    def verdict(self) -> Verdict:
        """What can be said of the second beside the first."""
        if self.adjusted >= LEVEL:
            return "not shown"
        return "better" if self.second > self.first else "worse"

    def __str__(self) -> str:
        numbers = f"F1 {self.first:.3f} → {self.second:.3f}, adjusted p {self.adjusted:.3f}"
        if self.verdict == "not shown":
            return f"{self.name}: no difference is shown ({numbers})"
        return f"{self.name}: the second is {self.verdict} ({numbers})"

    def to_dict(self) -> dict[str, Any]:
        """Return the row as JSON."""
        numbers = {
            name: round(getattr(self, name), 4)
            for name in ("first", "second", "low", "high", "p", "adjusted")
        }
        return {"name": self.name, **numbers, "verdict": self.verdict}


def compare(
    first: Mapping[str, NDArray[np.int64]],
    second: Mapping[str, NDArray[np.int64]],
    *,
    seed: int = 0,
) -> list[Difference]:
    """Compare two pipelines row by row.

    Args:
        first: what the first did, by the name of the row: an array (documents, 3) of how
            many items were right, proposed and due in each document.
        second: the same of the second, on the same documents in the same order.
        seed: of the random swaps and draws.

    Returns:
        A difference for each row in which anything was due or proposed, in order.

    """
    if first.keys() != second.keys():
        raise ValueError("the two have different rows")
    rows = []
    for name, one in first.items():
        other = second[name]
        if one.shape != other.shape or (one[:, 2] != other[:, 2]).any():
            raise ValueError(f"{name}: the two were not evaluated on the same documents")
        if one.any() or other.any():
            rows.append((name, one, other, _p_value(one, other, seed)))
    adjusted = holm([p for *_, p in rows])
    return [
        Difference(
            name,
            float(f1_of(one.sum(axis=0))),
            float(f1_of(other.sum(axis=0))),
            *bootstrap_interval(_difference, one, other, resamples=_RESAMPLES, seed=seed),
            p,
            corrected,
        )
        for (name, one, other, p), corrected in zip(rows, adjusted, strict=True)
    ]


def fewest_documents(rows: int) -> int:
    """Return how many documents it takes for a difference in ``rows`` rows to be shown at all.

    The p-value of a row over n documents is at least that of the two swaps of 2**n that
    exchange none or all of them; Holm's method multiplies the smallest by the number of rows.
    """
    return next(n for n in count(1) if rows * 2 ** (1 - n) < LEVEL)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return the p-values adjusted by Holm's method, in the same order."""
    adjusted = [1.0] * len(p_values)
    highest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        highest = max(highest, min(1.0, p_values[index] * (len(p_values) - rank)))
        adjusted[index] = highest
    return adjusted


def _p_value(one: NDArray[np.int64], other: NDArray[np.int64], seed: int) -> float:
    change = other - one
    swapped = np.random.default_rng(seed).integers(2, size=(_ROUNDS, len(one))) @ change
    seen = abs(_difference(one.sum(axis=0), other.sum(axis=0)))
    by_chance = abs(_difference(one.sum(axis=0) + swapped, other.sum(axis=0) - swapped))
    # The result itself is one of the possible swaps; rounding must not lose its equals.
    return float((1 + (by_chance >= seen - 1e-12).sum()) / (1 + _ROUNDS))


def _difference(one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.float64]:
    return f1_of(other) - f1_of(one)
