"""Intervals by bootstrap over documents.

What is found in one document goes right or wrong together, so documents are drawn, not
what is in them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

_AT_ONCE = 1_000_000  # draws of documents that are held in memory


def bootstrap_interval(
    statistic: Callable[..., NDArray[np.float64]],
    *tables: NDArray[Any],
    resamples: int,
    seed: int,
) -> tuple[float, float]:
    """Return the bounds of a statistic with 95% confidence.

    Args:
        statistic: from the sums of each table over the drawn documents, shape (resamples,
            columns), to the value for each draw.
        tables: counts of shape (documents, columns), all of the same documents.
        resamples: how many times as many documents as there are are drawn.
        seed: of the draws.

    """
    documents = len(tables[0])
    generator = np.random.default_rng(seed)
    at_once = max(1, _AT_ONCE // max(1, documents))
    sums: list[list[NDArray[Any]]] = [[] for _ in tables]
    for start in range(0, resamples, at_once):
        size = (min(at_once, resamples - start), documents)
        times = _times_drawn(generator.integers(documents, size=size))
        for table, parts in zip(tables, sums, strict=True):
            parts.append(times @ table)
    values = statistic(*map(np.concatenate, sums))
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def _times_drawn(draws: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how often each document is among the ``draws`` of each row; same shape."""
    rows, documents = draws.shape
    places = draws + documents * np.arange(rows)[:, None]
    return np.bincount(places.ravel(), minlength=draws.size).reshape(rows, documents)
