"""Gaussian kernel features with respect to anchor rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Few rows at a time stay in the cache from one operation to the next.
ROWS_AT_ONCE = 128


@dataclass(frozen=True)
class KernelMap:
    """The features ``kappa(x) = [exp(-|x - a_k|^2 / width), 1]`` for m anchors a_k of shape (m, d)."""

    anchors: Floats
    width: float

    def transform(self, X: NDArray[Any]) -> Floats:
        """Return the features of the rows, shape (n, m + 1), in float64."""
        features = np.ones((len(X), len(self.anchors) + 1))
        for part in self._write_squares(X, features[:, :-1]):
            part /= -self.width
            np.exp(part, out=part)
        return features

    def squared_distances(self, X: NDArray[Any]) -> Floats:
        """Return ``|x - a_k|^2``, shape (n, m), in float64; values that rounding makes negative are set to 0."""
        squares = np.empty((len(X), len(self.anchors)))
        for _ in self._write_squares(X, squares):
            pass
        return squares

    def _write_squares(self, X: NDArray[Any], out: Floats) -> Iterator[Floats]:
        """Write ``|x - a_k|^2`` and yield the parts of ``out`` as they are complete, while they are in the cache."""
        rows = X.astype(np.float64, copy=False)
        np.matmul(rows, self.anchors.T, out=out)
        for start in range(0, len(rows), ROWS_AT_ONCE):
            some, part = rows[start : start + ROWS_AT_ONCE], out[start : start + ROWS_AT_ONCE]
            part *= -2
            part += (some * some).sum(axis=1)[:, None] + self._anchor_squares
            yield np.maximum(part, 0.0, out=part)

    @cached_property
    def _anchor_squares(self) -> Floats:
        return np.asarray((self.anchors * self.anchors).sum(axis=1))
