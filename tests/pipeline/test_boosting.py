from __future__ import annotations

import numpy as np
import pytest
import srsly
from sklearn.ensemble import GradientBoostingClassifier

from unionie.pipeline.boosting import BoostedTrees

SETTINGS = {"trees": 20, "depth": 3, "learning_rate": 0.3, "seed": 1}


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(400, 5)).astype("float32")
    return features, (features[:, 0] > 0) ^ (features[:, 3] > 0.5)


def test_agrees_with_scikit_learn(data):
    features, targets = data
    model = GradientBoostingClassifier(
        n_estimators=20,
        max_depth=3,
        learning_rate=0.3,
        subsample=0.7,
        max_features="sqrt",
        min_samples_leaf=5,
        random_state=1,
    ).fit(features, targets)
    trees = BoostedTrees.fit(features, targets, **SETTINGS)
    np.testing.assert_allclose(trees.predict(features), model.predict_proba(features)[:, 1])


def test_storage_keeps_the_predictions(data):
    trees = BoostedTrees.fit(*data, **SETTINGS)
    stored = srsly.msgpack_loads(srsly.msgpack_dumps(trees.to_dict()))
    again = BoostedTrees.from_dict(stored).predict(data[0])
    np.testing.assert_array_equal(again, trees.predict(data[0]))


@pytest.mark.parametrize("value", [True, False])
def test_targets_of_one_kind_give_a_constant(data, value):
    features, targets = data
    trees = BoostedTrees.fit(features, np.full_like(targets, value), **SETTINGS)
    assert ((trees.predict(features) > 0.5) == value).all()


def test_no_rows_to_fit_or_predict(data):
    trees = BoostedTrees.fit(np.zeros((0, 5), "float32"), np.zeros(0, bool), **SETTINGS)
    assert (trees.predict(data[0]) < 0.5).all()
    assert BoostedTrees.fit(*data, **SETTINGS).predict(np.zeros((0, 5), "float32")).shape == (0,)
