"""Boosted decision trees: fitted by scikit-learn, kept as plain arrays.

A fitted scikit-learn model can only be stored by pickling it, and unpickling runs code.
Here the trees are copied out into arrays, which also makes scikit-learn unnecessary
where nothing is trained.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from unionie.errors import needs_extra

#: Deeper trees are no boosted ones; walking them would take for ever.
MAX_DEPTH = 32

_FIELDS = {
    "feature": np.int16,
    "threshold": np.float64,
    "left": np.int16,
    "right": np.int16,
    "value": np.float64,
}

_ROWS = 100  # rows that are worked on at once: few enough for the processor's cache


class BoostedTrees:
    """A binary classifier: the sum of many small trees, through the logistic function.

    All arrays have the shape (trees, nodes); a leaf is its own child on both sides.
    """

    def __init__(self, bias: float, depth: int, arrays: dict[str, NDArray[Any]]) -> None:
        self.bias = bias
        self.depth = depth
        self.arrays = arrays
        # The nodes of all trees in one row, the ways left and right side by side: taking
        # from flat arrays is what makes walking many trees at once fast.
        trees, nodes = arrays["feature"].shape
        ways = np.stack((arrays["left"], arrays["right"]), axis=2, dtype=np.intp)
        ways += np.arange(trees)[:, None, None] * nodes
        self._nodes = (
            arrays["feature"].ravel().astype(np.intp),
            arrays["threshold"].ravel(),
            ways.ravel(),
        )

    @classmethod
    def constant(cls, probability: float) -> BoostedTrees:
        """Return a classifier that gives everything the same ``probability``."""
        probability = min(max(probability, 1e-6), 1 - 1e-6)
        arrays = {name: np.zeros((0, 1), dtype) for name, dtype in _FIELDS.items()}
        return cls(float(np.log(probability / (1 - probability))), 0, arrays)

    @classmethod
    def fit(
        cls,
        features: NDArray[np.float32],
        targets: NDArray[np.bool_],
        *,
        trees: int,
        depth: int,
        learning_rate: float,
        seed: int,
    ) -> BoostedTrees:
        """Fit to ``features`` (rows, features) and ``targets`` (rows).

        Raises:
            MissingExtraError: scikit-learn is not installed; the message names the command.

        """
        if not len(targets) or targets.all() or not targets.any():
            return cls.constant(float(targets.mean()) if len(targets) else 0.0)
        with needs_extra("train", "training the linker"):
            from sklearn.ensemble import GradientBoostingClassifier
        model = GradientBoostingClassifier(
            n_estimators=trees,
            max_depth=depth,
            learning_rate=learning_rate,
            subsample=0.7,
            max_features="sqrt",
            min_samples_leaf=5,
            random_state=seed,
        ).fit(features, targets)
        fitted = [row[0].tree_ for row in model.estimators_]
        nodes = max(tree.node_count for tree in fitted)
        arrays = {name: np.zeros((len(fitted), nodes), dtype) for name, dtype in _FIELDS.items()}
        for row, tree in enumerate(fitted):
            own = np.arange(tree.node_count)
            leaf = tree.children_left < 0
            node = slice(0, tree.node_count)
            arrays["feature"][row, node] = np.where(leaf, 0, tree.feature)
            arrays["threshold"][row, node] = tree.threshold
            arrays["left"][row, node] = np.where(leaf, own, tree.children_left)
            arrays["right"][row, node] = np.where(leaf, own, tree.children_right)
            arrays["value"][row, node] = tree.value[:, 0, 0] * learning_rate
        prior = float(targets.mean())
        return cls(float(np.log(prior / (1 - prior))), depth, arrays)

    def predict(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the probability of each row of ``features`` (rows, features)."""
        parts = [features[i : i + _ROWS] for i in range(0, len(features), _ROWS)]
        return np.concatenate([np.zeros(0), *map(self._predict, parts)])

    def _predict(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        feature, threshold, ways = self._nodes
        trees, nodes = self.arrays["feature"].shape
        node = np.tile(np.arange(trees) * nodes, (len(features), 1))
        values = features.ravel()
        row = np.arange(len(features))[:, None] * features.shape[1]
        for _ in range(self.depth):
            right = values.take(row + feature.take(node)) > threshold.take(node)
            node = ways.take(2 * node + right)
        total = self.bias + self.arrays["value"].ravel().take(node).sum(axis=1)
        return 1 / (1 + np.exp(-total))

    def to_dict(self) -> dict[str, Any]:
        """Return numbers, strings and bytes only, ready for msgpack."""
        return {
            "bias": self.bias,
            "depth": self.depth,
            "shape": list(self.arrays["feature"].shape),
            "arrays": {name: self.arrays[name].tobytes() for name in _FIELDS},
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> BoostedTrees:
        """Build from what :meth:`to_dict` returned.

        Raises:
            ValueError: the arrays do not describe trees.

        """
        trees, nodes = data["shape"]
        arrays = {
            name: np.frombuffer(data["arrays"][name], dtype).reshape(trees, nodes)
            for name, dtype in _FIELDS.items()
        }
        ways = (arrays["left"], arrays["right"])
        sound = all(((way >= 0) & (way < nodes)).all() for way in ways)
        sound &= bool((arrays["feature"] >= 0).all() and 0 <= data["depth"] <= MAX_DEPTH)
        sound &= all(bool(np.isfinite(arrays[name]).all()) for name in ("threshold", "value"))
        if not (sound and np.isfinite(data["bias"])):
            raise ValueError("the trees' arrays are damaged")
        return cls(float(data["bias"]), int(data["depth"]), arrays)
