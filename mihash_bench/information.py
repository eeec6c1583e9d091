"""Mutual information of Hamming distance and neighborhood, from plain histograms and from soft ones.

For one anchoring item, D is the Hamming distance from it to the others and C says who is its neighbor:
``I(D; C) = H(D) - p+ H(D|+) - p- H(D|-)``, in bits (log base 2). MIHash, ICCV 2017, eq. 2 to 4.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def entropy(P: Floats) -> Floats:
    """Return ``-sum_l P_l log2 P_l`` over the last axis, in bits, with 0 log 0 = 0."""
    logs = np.log2(P, out=np.zeros_like(P), where=P > 0)
    return np.asarray(-(P * logs).sum(axis=-1))


def _shares(counts: Floats) -> Floats:
    """Normalise histograms over the last axis; an empty one stays 0."""
    totals = counts.sum(axis=-1, keepdims=True)
    return np.divide(counts, totals, out=np.zeros_like(counts), where=totals > 0)


def plain_histograms(levels: NDArray[np.int64], near: NDArray[np.bool_], n_bits: int) -> tuple[Floats, Floats]:
    """Count the distances to neighbors and to others: two arrays of shape (m, n_bits + 1).

    ``levels`` holds distances 0..n_bits, shape (m, n): one row for each anchoring item; ``near`` says who is
    a neighbor of it, same shape.
    """
    m, width = len(levels), 2 * (n_bits + 1)
    places = levels + np.where(near, 0, n_bits + 1) + width * np.arange(m)[:, None]
    counts = np.bincount(places.ravel(), minlength=m * width).astype(np.float64).reshape(m, 2, n_bits + 1)
    return counts[:, 0], counts[:, 1]


def information(positive: Floats, negative: Floats) -> Floats:
    """Return I(D; C) in bits, shape (m,), from the two histograms of each row, shape (m, levels).

    ``p+`` is the share of neighbors. What rounding makes negative is 0.
    """
    pooled = positive + negative
    share = positive.sum(axis=-1) / np.maximum(pooled.sum(axis=-1), 1)
    conditional = share * entropy(_shares(positive)) + (1 - share) * entropy(_shares(negative))
    return np.asarray(np.maximum(entropy(_shares(pooled)) - conditional, 0.0))


def bin_centres(n_bits: int, n_bins: int) -> Floats:
    """Return the n_bins + 1 centres ``c_l = l b/K`` of the soft histogram."""
    return np.arange(n_bins + 1, dtype=np.float64) * (n_bits / n_bins)


def pulse(distances: Floats, n_bits: int, n_bins: int) -> Floats:
    """Return the soft memberships ``1 - |h - c_l| / D`` on ``(c_l - D, c_l + D]``, D = b/K; shape (..., n_bins + 1).

    Ustinova and Lempitsky, NIPS 2016. Each row sums to 1 for h in [0, b].
    """
    width = n_bits / n_bins
    return np.maximum(0.0, 1.0 - np.abs(distances[..., None] - bin_centres(n_bits, n_bins)) / width)


def pulse_slope(distances: Floats, n_bits: int, n_bins: int) -> Floats:
    """Return the derivative of ``pulse`` by h: +1/D on ``(c_l - D, c_l]``, -1/D on ``(c_l, c_l + D]``."""
    width = n_bits / n_bins
    offset = distances[..., None] - bin_centres(n_bits, n_bins)
    rising = (offset > -width) & (offset <= 0)
    falling = (offset > 0) & (offset <= width)
    return (rising.astype(np.float64) - falling) / width


def soft_histograms(distances: Floats, near: NDArray[np.bool_], n_bits: int, n_bins: int) -> tuple[Floats, Floats]:
    """Return the soft histograms ``P+`` and ``P-`` of one item, each of shape (n_bins + 1,), normalised.

    ``distances`` are its relaxed distances to n others, ``near`` says which are its neighbors. A side without
    any member stays 0. With arrays of shape (m, n) it returns those of m items, each of shape (m, n_bins + 1); so do
    the functions below.
    """
    membership = pulse(distances, n_bits, n_bins)
    return _shares(_counts(near, membership)), _shares(_counts(~near, membership))


def _counts(side: NDArray[np.bool_], membership: Floats) -> Floats:
    """Add up the memberships of one side, for each item."""
    if side.ndim == 1:
        return np.asarray(side @ membership)
    return np.asarray((side.astype(np.float64)[:, None, :] @ membership)[:, 0])


def _pooled(positive: Floats, negative: Floats, near: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return the histogram of all others and the share of neighbors ``p+``, shape (..., 1)."""
    share = near.mean(axis=-1, keepdims=True)
    return share * positive + (1 - share) * negative, share


def soft_information(distances: Floats, near: NDArray[np.bool_], n_bits: int, n_bins: int) -> Floats:
    """Return the relaxed objective I(D; C) in bits of each item, shape () or (m,) (MIHash, ICCV 2017, section 3.2)."""
    positive, negative = soft_histograms(distances, near, n_bits, n_bins)
    pooled, share = _pooled(positive, negative, near)
    p = share[..., 0]
    return np.asarray(entropy(pooled) - p * entropy(positive) - (1 - p) * entropy(negative))


def _entropy_weight(P: Floats) -> Floats:
    """Return ``1 + log2 P``, and 1 where P is 0: minus the derivative of the entropy, up to the 1/ln 2 that
    cancels because memberships sum to 1."""
    return 1.0 + np.log2(P, out=np.zeros_like(P), where=P > 0)


def soft_information_slope(distances: Floats, near: NDArray[np.bool_], n_bits: int, n_bins: int) -> Floats:
    """Return ``-dI/dh_r`` for each of the n distances, in their shape, in bits per unit of distance.

    With ``w(P) = 1 + log2 P``: a neighbor r contributes ``(p+/n+) sum_l (w(P_l) - w(P+_l)) pulse'_l(h_r)``, any
    other ``(p-/n-) sum_l (w(P_l) - w(P-_l)) pulse'_l(h_r)``; both ``p+/n+`` and ``p-/n-`` are 1/n.
    MIHash, ICCV 2017, eq. 8 to 11.
    """
    positive, negative = soft_histograms(distances, near, n_bits, n_bins)
    pooled, _ = _pooled(positive, negative, near)
    slopes = pulse_slope(distances, n_bits, n_bins)
    others, neighbors = (
        (slopes @ (_entropy_weight(pooled) - _entropy_weight(side))[..., None])[..., 0] for side in (negative, positive)
    )
    return np.where(near, neighbors, others) / distances.shape[-1]
