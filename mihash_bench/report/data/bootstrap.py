"""BCa bootstrap intervals of the means of many vectors of one length, with shared resamples."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RESAMPLES, RESAMPLES_AT_ONCE = 9_999, 500
# The number of vectors whose resampled means are in memory at once.
VECTORS_AT_ONCE = 1_000
# Means that differ by less than this share of the mean absolute value are equal except for rounding.
ROUNDING = 1e-12


def intervals(vectors: Floats, confidence: float, seed: int = 0) -> Floats:
    """Return the lower and upper bound of the mean of each vector, shape (k, 2).

    vectors: shape (k, n), none of them constant. The interval is the bias-corrected and accelerated one (Efron, 1987):
    ``G^-1(Phi(z0 + (z0 + z) / (1 - a (z0 + z))))``, where G is the distribution of the resampled means, z0 corrects the
    bias and a is the acceleration from the jackknife. It equals that of ``scipy.stats.bootstrap``, which would draw the
    resamples anew for each vector, except where resampled means are equal and rounding decides which is smaller.
    """
    # Imported late because it takes a quarter of a second and most commands test nothing.
    from scipy.special import ndtr, ndtri

    parts = [vectors[start : start + VECTORS_AT_ONCE] for start in range(0, len(vectors), VECTORS_AT_ONCE)]
    levels = ndtri([(1 - confidence) / 2, (1 + confidence) / 2])
    out = np.empty((len(vectors), 2))
    for place, (vector, resampled) in enumerate(_with_resampled_means(parts, seed)):
        mean, near = vector.mean(), ROUNDING * np.abs(vector).mean()
        smaller, not_larger = np.count_nonzero(resampled < mean - near), np.count_nonzero(resampled <= mean + near)
        bias = ndtri((smaller + not_larger) / 2 / RESAMPLES)
        deviations = vector - mean
        acceleration = (deviations**3).sum() / (6 * (deviations**2).sum() ** 1.5)
        shifted = bias + levels
        out[place] = np.quantile(resampled, ndtr(bias + shifted / (1 - acceleration * shifted)))
    return out


def _with_resampled_means(parts: Sequence[Floats], seed: int) -> Iterator[tuple[Floats, Floats]]:
    """Yield each vector of several arrays of vectors with its resampled means, shape (RESAMPLES,)."""
    for vectors in parts:
        means = np.empty((len(vectors), RESAMPLES))
        for start, counts in _counts(vectors.shape[1], seed):
            means[:, start : start + len(counts)] = vectors @ counts.T
        means /= vectors.shape[1]
        yield from zip(vectors, means, strict=True)


def _counts(length: int, seed: int) -> Iterator[tuple[int, Floats]]:
    """Yield the number of the first of some resamples, and how often each position is drawn in each of them.

    The shape is (at most RESAMPLES_AT_ONCE, length).
    """
    rng = np.random.default_rng(seed)
    for start in range(0, RESAMPLES, RESAMPLES_AT_ONCE):
        rows = min(RESAMPLES_AT_ONCE, RESAMPLES - start)
        drawn = rng.integers(0, length, (rows, length)) + length * np.arange(rows)[:, None]
        yield start, np.bincount(drawn.ravel(), minlength=rows * length).reshape(rows, length).astype(np.float64)
