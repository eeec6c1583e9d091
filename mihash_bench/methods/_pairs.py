"""Pairs of successive rows, from which some methods learn."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.methods.base import Floats
from mihash_bench.neighbors import Neighbors


def similar_pairs(X: Floats, y: NDArray[Any] | None, neighbors: Neighbors) -> NDArray[np.bool_]:
    """Return for rows 0 and 1, 2 and 3, and so on whether they are neighbors, shape (len(X) / 2,)."""
    pairs = range(0, len(X), 2)
    found = [
        neighbors.between(
            X[i : i + 1], None if y is None else y[i : i + 1], X[i + 1 : i + 2], None if y is None else y[i + 1 : i + 2]
        )[0, 0]
        for i in pairs
    ]
    return np.array(found, np.bool_)
