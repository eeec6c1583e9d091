"""BCa bootstrap intervals of the means of many vectors of one length, with shared resamples."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RESAMPLES, RESAMPLES_AT_ONCE = 9_999, 500
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

    means = vectors.mean(axis=1)
    resampled = np.concatenate([counts @ vectors.T for counts in _counts(vectors.shape[1], seed)]) / vectors.shape[1]
    near = ROUNDING * np.abs(vectors).mean(axis=1)
    below, equal = resampled < means - near, np.abs(resampled - means) <= near
    bias = ndtri((below + 0.5 * equal).mean(axis=0))
    deviations = vectors - means[:, None]
    acceleration = (deviations**3).sum(axis=1) / (6 * (deviations**2).sum(axis=1) ** 1.5)
    out = np.empty((len(vectors), 2))
    for side, level in enumerate(((1 - confidence) / 2, (1 + confidence) / 2)):
        shifted = bias + ndtri(level)
        shares = ndtr(bias + shifted / (1 - acceleration * shifted))
        out[:, side] = [np.quantile(each, share) for each, share in zip(resampled.T, shares, strict=True)]
    return out


def _counts(length: int, seed: int) -> Iterator[Floats]:
    """Yield how often each position is drawn in each resample, shape (at most RESAMPLES_AT_ONCE, length)."""
    rng = np.random.default_rng(seed)
    for start in range(0, RESAMPLES, RESAMPLES_AT_ONCE):
        rows = min(RESAMPLES_AT_ONCE, RESAMPLES - start)
        drawn = rng.integers(0, length, (rows, length)) + length * np.arange(rows)[:, None]
        yield np.bincount(drawn.ravel(), minlength=rows * length).reshape(rows, length).astype(np.float64)
