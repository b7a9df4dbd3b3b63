"""The words around a span, and what they say of its relations.

向省总工会推荐 (recommended to the federation) and 省总工会推荐 (the federation
recommended) differ in no distance or count. A logistic regression over the characters
beside and inside a span learns from training text which of them tell a subject from an
object; its verdict is one more feature of the linker's trees.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unionie.annotation import Span
from unionie.errors import needs_extra

_CLAUSE_MARKS = "，,；;。"
_REACH = 8  # characters after a span that are looked at
_FOLDS = 5
_LEAST = 3  # a gram that fewer examples have is not learned


def figure_context(text: str, start: int, end: int, figure: Span) -> list[str]:
    """Return the character grams beside ``figure`` in its sentence ``[start, end)``."""
    return [
        f"figure-before1:{text[max(start, figure.start - 1) : figure.start]}",
        f"figure-before2:{text[max(start, figure.start - 2) : figure.start]}",
        f"figure-after2:{text[figure.end : min(end, figure.end + 2)]}",
    ]


def tail_context(text: str, start: int, end: int, tail: Span) -> list[str]:
    """Return the character grams beside and inside ``tail``, and those of its clause.

    ``[start, end)`` is its sentence. Before the span the clause counts back to its
    comma, after it for a few characters.
    """
    left, right = tail.start, tail.end
    opening = left
    while opening > start and text[opening - 1] not in _CLAUSE_MARKS:
        opening -= 1
    closing = right
    while closing < min(end, right + _REACH) and text[closing] not in _CLAUSE_MARKS:
        closing += 1
    grams = [f"opens:{min(left - opening, 6)}"]
    for size in (1, 2):
        grams.append(f"before{size}:{text[max(start, left - size) : left]}")
        grams.append(f"last{size}:{text[right - size : right]}")
        grams += [
            f"clause{size}:{text[place : place + size]}"
            for place in range(opening, left - size + 1)
        ]
    grams += [f"after{size}:{text[right : min(end, right + size)]}" for size in (1, 2, 3)]
    grams += [f"follows:{text[place : place + 2]}" for place in range(right, closing - 1)]
    return grams


class ContextModel:
    """A logistic regression over grams: a bias and a weight for each gram."""

    def __init__(self, bias: float, weights: dict[str, float]) -> None:
        self.bias = bias
        self.weights = weights

    @classmethod
    def fit(
        cls, contexts: Sequence[Sequence[str]], targets: NDArray[np.bool_]
    ) -> tuple[ContextModel, NDArray[np.float64]]:
        """Fit to ``contexts`` (rows of grams) and ``targets`` (rows).

        Returns:
            The model, and for every row the score of a model that was fitted without
            that row and its neighbours: what the trees may learn from.

        Raises:
            MissingExtraError: scikit-learn is not installed; the message names the command.

        """
        with needs_extra("train", "training the linker"):
            from sklearn.feature_extraction.text import CountVectorizer
            from sklearn.linear_model import LogisticRegression
            from sklearn.model_selection import KFold, cross_val_predict

        # Folds of neighbouring rows: those of one document mostly fall in one fold.
        folds = KFold(_FOLDS)
        if len(targets) < 2 * _FOLDS or any(
            len({*targets[others].tolist()}) < 2 for others, _ in folds.split(targets)
        ):
            return cls(0.0, {}), np.zeros(len(targets))
        vectorizer = CountVectorizer(analyzer=list, min_df=_LEAST, binary=True)
        try:
            features = vectorizer.fit_transform(contexts)
        except ValueError:  # no gram is frequent enough
            return cls(0.0, {}), np.zeros(len(targets))
        model = LogisticRegression(C=0.3, max_iter=500)
        held_out = cross_val_predict(model, features, targets, cv=folds, method="decision_function")
        model.fit(features, targets)
        names = vectorizer.get_feature_names_out()
        weights = dict(zip(names.tolist(), model.coef_[0].tolist(), strict=True))
        return cls(float(model.intercept_[0]), weights), held_out

    def score(self, grams: Sequence[str]) -> float:
        """Return the weights of ``grams`` added up, without the bias."""
        get = self.weights.get
        return sum(get(gram, 0.0) for gram in grams)

    def to_dict(self) -> dict[str, Any]:
        """Return numbers and strings only."""
        return {
            "bias": self.bias,
            "grams": list(self.weights),
            "weights": list(self.weights.values()),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> ContextModel:
        """Build from what :meth:`to_dict` returned."""
        return cls(float(data["bias"]), dict(zip(data["grams"], data["weights"], strict=True)))
