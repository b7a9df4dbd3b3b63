import numpy as np
import pytest

from unionie.pipeline.calibration import Calibration


def draw(shape, rng):
    scores = rng.uniform(0.02, 0.98, 4000)
    return scores, rng.uniform(size=4000) < shape(scores)


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param(lambda p: p, id="honest"),
        pytest.param(lambda p: 0.5 + 0.4 * (p - 0.5), id="overconfident"),
        pytest.param(lambda p: p**3, id="too optimistic"),
        pytest.param(lambda p: 1 / (1 + ((1 - p) / p) ** 2), id="too modest"),
    ],
)
def test_calibrated_scores_are_shares_of_right_answers(shape):
    scores, right = draw(shape, np.random.default_rng(0))
    curve = Calibration.fit(scores, right)
    grid = np.linspace(0.1, 0.9, 9)
    assert np.abs([curve(p) - shape(p) for p in grid]).max() < 0.06


@pytest.mark.parametrize("right", [[True] * 50, [False] * 50, [True] * 40 + [False] * 3, []])
def test_too_few_answers_leave_scores_alone(right):
    curve = Calibration.fit(np.linspace(0.1, 0.9, len(right)), right)
    assert [curve(0.2), curve(0.7)] == pytest.approx([0.2, 0.7])


def test_order_never_turns_round():
    rng = np.random.default_rng(1)
    scores = rng.uniform(size=500)
    curve = Calibration.fit(scores, rng.uniform(size=500) < 1 - scores)
    values = [curve(p) for p in np.linspace(0, 1, 101)]
    assert (np.diff(values) >= 0).all()


def test_certainty_is_never_claimed():
    curve = Calibration()
    assert 0 < curve(0.0) < curve(1.0) < 1
