"""Intervals by bootstrap over documents.

What is found in one document goes right or wrong together, so documents are drawn, not
what is in them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray


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
    draws = np.random.default_rng(seed).integers(documents, size=(resamples, documents))
    values = statistic(*(table[draws].sum(axis=1) for table in tables))
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)
