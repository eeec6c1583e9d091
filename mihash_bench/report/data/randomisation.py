"""Two-sided paired randomisation tests of many pairs at once, and Holm's correction."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# The number of sign flips is at least FLIPS, and grows with the number of pairs because otherwise no p could stay below
# the level after Holm's correction.
FLIPS, FLIPS_A_PAIR = 19_999, 100
FLIPS_AT_ONCE = 1_000
# Sums that differ by less than this share of the sums of absolute values are equal except for rounding.
ROUNDING = 1e-12
# So many differences fit into the cache of a core.
PAIRS_AT_ONCE = 16


def flips_for(pairs: int) -> int:
    """Return the number of sign flips for a family of pairs that are corrected together."""
    return max(FLIPS, FLIPS_A_PAIR * pairs)


def randomisation_p_values(differences: Sequence[Floats], seed: int = 0) -> Floats:
    """Return the two-sided p of each vector of paired differences.

    ``p = (1 + #{flips: |mean| at least as large as observed}) / (1 + flips)`` over random signs of the differences.
    Under the hypothesis that two methods are equal on every query, either sign of a difference is equally likely.
    Vectors of the same length share their signs. Raises ValueError for a NaN.
    """
    p_values = np.empty(len(differences))
    for length in {len(values) for values in differences}:
        places = [place for place, values in enumerate(differences) if len(values) == length]
        vectors = np.array([*(differences[place] for place in places), np.zeros(length)])
        pairs = np.array([(place, len(places)) for place in range(len(places))])
        p_values[places] = paired_p_values(vectors, pairs, flips_for(len(differences)), seed)
    return p_values


def paired_p_values(vectors: Floats, pairs: NDArray[np.int64], flips: int, seed: int = 0) -> Floats:
    """Return the two-sided p of the differences ``vectors[i] - vectors[j]`` for each pair (i, j).

    vectors: shape (k, queries). pairs: shape (m, 2). The signs multiply each vector only once, because the sum of a
    difference is the difference of the sums. Raises ValueError for a NaN.
    """
    if np.isnan(vectors).any():
        raise ValueError("significance: a difference is NaN (leave out queries without AP)")
    first, second = pairs.T
    size = np.abs(vectors).sum(axis=1)
    bar, count = np.empty(len(pairs)), np.zeros(len(pairs), np.int64)
    parts = [slice(start, start + PAIRS_AT_ONCE) for start in range(0, len(pairs), PAIRS_AT_ONCE)]
    for part in parts:
        bar[part] = np.abs((vectors[first[part]] - vectors[second[part]]).sum(axis=1))
    bar -= ROUNDING * (size[first] + size[second])
    for signs in _signs(vectors.shape[1], flips, seed):
        # One row for each vector, so that the sums of a pair are read and written one after another.
        sums = vectors @ signs.T
        for part in parts:
            differences = sums[first[part]]
            differences -= sums[second[part]]
            np.abs(differences, out=differences)
            count[part] += (differences >= bar[part, None]).sum(axis=1)
    return (1 + count) / (1 + flips)


def _signs(length: int, flips: int, seed: int) -> Iterator[Floats]:
    """Yield random signs, shape (at most FLIPS_AT_ONCE, length)."""
    rng = np.random.default_rng(seed)
    for start in range(0, flips, FLIPS_AT_ONCE):
        yield rng.choice((-1.0, 1.0), (min(FLIPS_AT_ONCE, flips - start), length))


def holm(p_values: Floats) -> Floats:
    """Return p adjusted for multiple comparisons (Holm, 1979): ``max_{j<=i} min(1, (m - j + 1) p_(j))``."""
    order = np.argsort(p_values, kind="stable")
    factors = len(p_values) - np.arange(len(p_values))
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(np.maximum.accumulate(factors * p_values[order]), 1)
    return adjusted
