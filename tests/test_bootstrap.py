from __future__ import annotations

import numpy as np
import pytest

from unionie.bootstrap import bootstrap_interval


def share(counts):
    return counts[..., 0] / counts[..., 1]


@pytest.mark.parametrize("at_once", [1, 50, 10**6])
def test_the_interval_is_that_of_the_documents_drawn(monkeypatch, at_once):
    monkeypatch.setattr("unionie.bootstrap._AT_ONCE", at_once)
    table = np.random.default_rng(1).integers(1, 9, size=(7, 2))
    drawn = np.random.default_rng(3).integers(7, size=(101, 7))
    expected = np.percentile(share(table[drawn].sum(axis=1)), [2.5, 97.5])
    assert bootstrap_interval(share, table, resamples=101, seed=3) == tuple(expected)
