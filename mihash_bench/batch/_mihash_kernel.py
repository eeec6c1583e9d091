"""The compiled kernels of batch MIHash, which compare each point of a mini-batch with all others."""

from typing import Any

import numpy as np

from mihash_bench.compiling import compiled
from mihash_bench.methods._mihash_kernel import fill_histograms, gains_of, slopes_of

_VECTOR, _MATRIX, _NEAR = "float64[::1]", "float64[:, ::1]", "boolean[:, ::1]"
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}


@compiled(f"int64({_MATRIX}, {_NEAR}, int64, int64, {_VECTOR}, boolean[::1])", **_OPTIONS)
def _others(products: Any, near: Any, i: Any, bits: Any, distances: Any, sides: Any) -> Any:
    """Write the relaxed distances from point i to all others and which are neighbors; return the number of these."""
    neighbors = 0
    for r in range(len(distances)):
        j = r if r < i else r + 1
        distances[r] = (bits - products[i, j]) / 2.0
        sides[r] = near[i, j]
        neighbors += near[i, j]
    return neighbors


@compiled(f"float64({_VECTOR}, float64)", **_OPTIONS)
def _entropy(counts: Any, total: Any) -> Any:
    """Return the entropy of a histogram in bits, 0 for an empty one."""
    entropy = 0.0
    for bin_ in range(len(counts)):
        if counts[bin_] > 0.0:
            share = counts[bin_] / total
            entropy -= share * np.log2(share)
    return entropy


@compiled(f"void({_MATRIX}, {_NEAR}, int64, int64, {_VECTOR})", **_OPTIONS)
def write_information(products: Any, near: Any, bits: Any, n_bins: Any, information: Any) -> None:
    """Write I(D; C) of each point of a mini-batch, in bits.

    products (N, N): ``<phi_i, phi_j>``. near (N, N): which points are neighbors. information (N,): the output. Each
    point is compared with all others, but not with itself.
    """
    n = len(products)
    distances, sides = np.empty(n - 1), np.empty(n - 1, np.bool_)
    histograms = np.empty((2, n_bins + 1))
    for i in range(n):
        neighbors = _others(products, near, i, bits, distances, sides)
        fill_histograms(distances, sides, n - 1, bits / n_bins, histograms)
        pooled = _entropy(histograms[0] + histograms[1], n - 1)
        others = n - 1 - neighbors
        apart = others * _entropy(histograms[0], others) + neighbors * _entropy(histograms[1], neighbors)
        information[i] = pooled - apart / (n - 1)


@compiled(f"void({_MATRIX}, {_NEAR}, int64, int64, {_MATRIX})", **_OPTIONS)
def write_slopes(products: Any, near: Any, bits: Any, n_bins: Any, slopes: Any) -> None:
    """Write ``-dI_i / dD_ij`` of all pairs of a mini-batch, with 0 on the diagonal; the arguments are as above."""
    n = len(products)
    distances, sides, own = np.empty(n - 1), np.empty(n - 1, np.bool_), np.empty(n - 1)
    histograms, gains = np.empty((2, n_bins + 1)), np.empty((2, n_bins + 1))
    for i in range(n):
        neighbors = _others(products, near, i, bits, distances, sides)
        fill_histograms(distances, sides, n - 1, bits / n_bins, histograms)
        gains_of(histograms, n - 1, neighbors, gains)
        slopes_of(distances, sides, n - 1, bits / n_bins, gains, own)
        slopes[i, :i] = own[:i]
        slopes[i, i] = 0.0
        slopes[i, i + 1 :] = own[i:]
