"""Gaussian kernel features with respect to anchor rows."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class KernelMap:
    """The features ``kappa(x) = [exp(-|x - a_k|^2 / width), 1]`` for m anchors a_k of shape (m, d)."""

    anchors: Floats
    width: float

    def transform(self, X: NDArray[Any]) -> Floats:
        """Return the features of the rows, shape (n, m + 1), in float64."""
        features = np.ones((len(X), len(self.anchors) + 1))
        np.exp(-self.squared_distances(X) / self.width, out=features[:, :-1])
        return features

    def squared_distances(self, X: NDArray[Any]) -> Floats:
        """Return ``|x - a_k|^2``, shape (n, m), in float64; values that rounding makes negative are set to 0."""
        rows = X.astype(np.float64)
        squares = (rows * rows).sum(axis=1)[:, None] + self._anchor_squares
        return np.asarray(np.maximum(squares - 2 * (rows @ self.anchors.T), 0.0))

    @cached_property
    def _anchor_squares(self) -> Floats:
        return np.asarray((self.anchors * self.anchors).sum(axis=1))
