"""Gaussian-kernel features on anchor rows."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def squared_distances(X: NDArray[Any], anchors: Floats) -> Floats:
    """Return ``|x - a|^2``, shape (n, m), in float64; what rounding makes negative is 0."""
    rows = X.astype(np.float64)
    squares = (rows * rows).sum(axis=1)[:, None] + (anchors * anchors).sum(axis=1)[None, :]
    return np.asarray(np.maximum(squares - 2 * (rows @ anchors.T), 0.0))


@dataclass(frozen=True)
class KernelMap:
    """``kappa(x) = [exp(-|x - a_k|^2 / width), 1]`` for the m anchors, shape (m, d): m + 1 numbers a row."""

    anchors: Floats
    width: float

    def transform(self, X: NDArray[Any]) -> Floats:
        """Return the features of the rows, shape (n, m + 1)."""
        kernel = np.exp(-squared_distances(X, self.anchors) / self.width)
        return np.hstack([kernel, np.ones((len(X), 1))])
