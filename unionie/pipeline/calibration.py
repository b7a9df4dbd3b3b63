"""Scores that mean something: raw probabilities mapped to observed precision.

A network trained until it fits is surer of itself than it should be. Beta calibration
(Kull, Silva Filho & Flach 2017, "Beta calibration") maps its probabilities with a curve of
three parameters to the share of right answers seen on documents outside training.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from unionie.errors import needs_extra

_EDGE = 1e-4  # a probability nearer to 0 or 1 than this says no more than this
_LEAST = 20  # with fewer right or wrong answers than this there is nothing to fit


class Calibration:
    """A curve that never falls: logistic in ``low * log p - high * log (1 - p) + bias``."""

    def __init__(self, low: float = 1.0, high: float = 1.0, bias: float = 0.0) -> None:
        self.low = low
        self.high = high
        self.bias = bias

    @classmethod
    def fit(cls, scores: Sequence[float], right: Sequence[bool]) -> Calibration:
        """Fit to raw ``scores`` and whether each was ``right``.

        With too few of either kind the curve is the identity.

        Raises:
            MissingExtraError: scikit-learn is not installed; the message names the command.

        """
        target = np.asarray(right, dtype=bool)
        if min(target.sum(), (~target).sum()) < _LEAST:
            return cls()
        with needs_extra("train", "calibration"):
            from sklearn.linear_model import LogisticRegression
        columns = np.array([_logs(score) for score in scores])
        use = [True, True]
        while any(use):
            model = LogisticRegression(C=100.0, max_iter=1000).fit(columns[:, use], target)
            slopes = np.zeros(2)
            slopes[use] = model.coef_[0]
            if (slopes >= 0).all():
                return cls(float(slopes[0]), float(slopes[1]), float(model.intercept_[0]))
            use = (slopes > 0).tolist()  # a falling part would turn the order of scores round
        return cls()

    def __call__(self, score: float) -> float:
        """Return the calibrated probability of a raw ``score``."""
        low, high = _logs(score)
        return 1 / (1 + math.exp(-(self.low * low + self.high * high + self.bias)))

    def to_list(self) -> list[float]:
        """Return the three parameters."""
        return [self.low, self.high, self.bias]


def _logs(score: float) -> tuple[float, float]:
    clipped = min(max(score, _EDGE), 1 - _EDGE)
    return math.log(clipped), -math.log1p(-clipped)
