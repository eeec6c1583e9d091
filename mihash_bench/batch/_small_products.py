"""Products of tall matrices, in pieces that are fast in OpenBLAS.

OpenBLAS multiplies small matrices without copying their factors first, which saves up to half of the time.
"""

import numpy as np

from mihash_bench.batch.base import Floats

# The largest number of multiplications of a small product in OpenBLAS.
SMALL = 1_000_000
# Pieces are a multiple of a line of the cache, and not so many that calls cost more than products.
LINE, FEWEST, MOST = 8, 64, 512


def piece(multiplications: int) -> int:
    """Return how many rows or columns make a small product, if each of them takes so many multiplications."""
    return min(max(SMALL // multiplications // LINE * LINE, FEWEST), MOST)


def outputs(X: Floats, W: Floats) -> Floats:
    """Return ``X W``, for X of shape (m, d) and W of shape (d, bits), as a sum over pieces of the d features."""
    features = piece(len(X) * W.shape[1])
    total = np.asarray(X[:, :features] @ W[:features])
    for start in range(features, len(W), features):
        total += X[:, start : start + features] @ W[start : start + features]
    return total


def slopes(G: Floats, X: Floats, out: Floats) -> Floats:
    """Write ``G^T X``, for G of shape (m, bits) and X of shape (m, d), to ``out``, of shape (bits, d)."""
    features = piece(G.shape[0] * G.shape[1])
    for start in range(0, X.shape[1], features):
        part = slice(start, start + features)
        np.matmul(G.T, X[:, part], out=out[:, part])
    return out
