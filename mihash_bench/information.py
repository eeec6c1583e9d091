"""Mutual information between Hamming distance and neighborhood, from plain and from soft histograms.

For one anchor item, D is the Hamming distance from the anchor to another item and C indicates whether that item is a
neighbor: ``I(D; C) = H(D) - p+ H(D|+) - p- H(D|-)``, in bits (log base 2). MIHash, ICCV 2017, eq. 2 to 4.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def entropy(P: Floats) -> Floats:
    """Return ``-sum_l P_l log2 P_l`` over the last axis, in bits, with 0 log 0 = 0."""
    return np.asarray(-(P * _log2(P)).sum(axis=-1))


def _log2(P: Floats) -> Floats:
    """Return ``log2 P``, and 0 where P is 0."""
    return np.log2(P, out=np.zeros_like(P), where=P > 0)


def _shares(counts: Floats) -> Floats:
    """Normalise histograms over the last axis; empty histograms stay 0."""
    totals = counts.sum(axis=-1, keepdims=True)
    shares: Floats = np.divide(counts, totals, out=np.zeros_like(counts), where=totals > 0)
    return shares


def plain_histograms(levels: NDArray[np.int64], near: NDArray[np.bool_], n_bits: int) -> tuple[Floats, Floats]:
    """Return the histograms of the distances to neighbors and to non-neighbors, each of shape (m, n_bits + 1).

    levels: distances 0..n_bits, shape (m, n), one row per anchor item. near: whether an item is a neighbor of the
    anchor, same shape.
    """
    m, width = len(levels), 2 * (n_bits + 1)
    bins = levels + np.where(near, 0, n_bits + 1) + width * np.arange(m)[:, None]
    counts = np.bincount(bins.ravel(), minlength=m * width).astype(np.float64).reshape(m, 2, n_bits + 1)
    return counts[:, 0], counts[:, 1]


def information(positive: Floats, negative: Floats) -> Floats:
    """Return I(D; C) in bits, shape (m,), from the histograms of neighbors and non-neighbors, each (m, levels).

    ``p+`` is the fraction of neighbors. Values that rounding makes negative are set to 0.
    """
    pooled = positive + negative
    share = positive.sum(axis=-1) / np.maximum(pooled.sum(axis=-1), 1)
    conditional = share * entropy(_shares(positive)) + (1 - share) * entropy(_shares(negative))
    return np.asarray(np.maximum(entropy(_shares(pooled)) - conditional, 0.0))


def bin_centres(n_bits: int, n_bins: int) -> Floats:
    """Return the centres ``c_l = l b/K`` of the bins of a soft histogram, shape (n_bins + 1,)."""
    return np.arange(n_bins + 1, dtype=np.float64) * (n_bits / n_bins)


def pulse(distances: Floats, n_bits: int, n_bins: int) -> Floats:
    """Return the soft memberships ``1 - |h - c_l| / D`` on ``(c_l - D, c_l + D]``, D = b/K; shape (..., n_bins + 1).

    The memberships of each distance h in [0, b] sum to 1. Ustinova and Lempitsky, NIPS 2016.
    """
    width = n_bits / n_bins
    return np.maximum(0.0, 1.0 - np.abs(distances[..., None] - bin_centres(n_bits, n_bins)) / width)


def pulse_slope(distances: Floats, n_bits: int, n_bins: int) -> Floats:
    """Return the derivative of ``pulse`` with respect to h: +1/D on ``(c_l - D, c_l]``, -1/D on ``(c_l, c_l + D]``."""
    width = n_bits / n_bins
    offset = distances[..., None] - bin_centres(n_bits, n_bins)
    rising = (offset > -width) & (offset <= 0)
    falling = (offset > 0) & (offset <= width)
    return (rising.astype(np.float64) - falling) / width


def soft_histograms(distances: Floats, near: NDArray[np.bool_], n_bits: int, n_bins: int) -> tuple[Floats, Floats]:
    """Return the normalised soft histograms ``P+`` and ``P-`` of one anchor item, each of shape (n_bins + 1,).

    distances: relaxed distances from the anchor to n other items, shape (n,). near: which of them are neighbors, same
    shape. A histogram without members is 0. Arrays of shape (m, n) give the histograms of m anchors, each of shape
    (m, n_bins + 1); the same holds for the functions below.
    """
    membership = pulse(distances, n_bits, n_bins)
    return _shares(_counts(near, membership)), _shares(_counts(~near, membership))


def _counts(side: NDArray[np.bool_], membership: Floats) -> Floats:
    """Sum the memberships of neighbors or of non-neighbors for each anchor."""
    if side.ndim == 1:
        return np.asarray(side @ membership)
    return np.asarray((side.astype(np.float64)[:, None, :] @ membership)[:, 0])


def _pooled(positive: Floats, negative: Floats, near: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return the histogram of all items and the fraction of neighbors ``p+``, shape (..., 1)."""
    share = near.mean(axis=-1, keepdims=True)
    return share * positive + (1 - share) * negative, share


def soft_information(distances: Floats, near: NDArray[np.bool_], n_bits: int, n_bins: int) -> Floats:
    """Return the relaxed I(D; C) of each anchor in bits, shape () or (m,). MIHash, ICCV 2017, section 3.2."""
    positive, negative = soft_histograms(distances, near, n_bits, n_bins)
    pooled, share = _pooled(positive, negative, near)
    p = share[..., 0]
    return np.asarray(entropy(pooled) - p * entropy(positive) - (1 - p) * entropy(negative))


def _entropy_weight(P: Floats) -> Floats:
    """Return ``1 + log2 P``, and 1 where P is 0.

    This is minus the derivative of the entropy with 1 instead of 1/ln 2; the constant cancels because the memberships
    of a distance sum to 1.
    """
    return np.asarray(1.0 + _log2(P))


def soft_information_slope(distances: Floats, near: NDArray[np.bool_], n_bits: int, n_bins: int) -> Floats:
    """Return ``-dI/dh_r`` for each distance, in the shape of ``distances``, in bits per unit of distance.

    With ``w(P) = 1 + log2 P``, the value is ``(p+/n+) sum_l (w(P_l) - w(P+_l)) pulse'_l(h_r)`` for a neighbor r and
    ``(p-/n-) sum_l (w(P_l) - w(P-_l)) pulse'_l(h_r)`` for a non-neighbor; ``p+/n+`` and ``p-/n-`` are both 1/n.
    MIHash, ICCV 2017, eq. 8 to 11. Used by batch MIHash and by the tests' reference; the online method computes the
    same in its kernel, ``methods/_mihash_kernel.py``.
    """
    positive, negative = soft_histograms(distances, near, n_bits, n_bins)
    pooled, _ = _pooled(positive, negative, near)
    slopes = pulse_slope(distances, n_bits, n_bins)
    others, neighbors = (
        (slopes @ (_entropy_weight(pooled) - _entropy_weight(side))[..., None])[..., 0] for side in (negative, positive)
    )
    return np.asarray(np.where(near, neighbors, others) / distances.shape[-1])
