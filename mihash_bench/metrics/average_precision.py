"""Average precision of every query, with ties in all orders at once or in table order."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma

from mihash_bench.metrics.levels import IndexRanks, LevelCounts

PerQuery = NDArray[np.float64]


def _harmonic(n: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return ``1 + 1/2 + ... + 1/n``, elementwise."""
    return np.asarray(digamma(n + 1.0) + np.euler_gamma)


def _ratio(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide elementwise; NaN where there is nothing to divide by."""
    return np.divide(a, b, out=np.full(a.shape, np.nan), where=b > 0)


def expected_ap(counts: LevelCounts, cutoff: int | None = None) -> PerQuery:
    """Return the mean AP over all orders of the ties, shape (queries,); NaN without a relevant item.

    With n, r items and relevant items at distance d, N, R those at smaller distances, m of the level's ranks
    within the cutoff (all n without one) and ``rho = (r - 1)/(n - 1)`` (0 if n = 1), a level adds
    ``(r/n) { [R + 1 - rho (N + 1)] (H_{N+m} - H_N) + rho m }``; the sum is divided by the number of relevant
    items, or by the cutoff if that is smaller. McSherry and Najork, ECIR 2008, in closed form.
    """
    n, r = counts.items.astype(np.float64), counts.hits.astype(np.float64)
    N, R = counts.items_before, counts.hits_before
    m = counts.items if cutoff is None else np.clip(cutoff - N, 0, counts.items)
    rho = np.divide(r - 1, n - 1, out=np.zeros_like(n), where=n > 1)
    inside = (R + 1 - rho * (N + 1)) * (_harmonic(N + m) - _harmonic(N)) + rho * m
    share = np.divide(r, n, out=np.zeros_like(n), where=n > 0)
    total = counts.relevant.astype(np.float64)
    return _ratio((share * inside).sum(axis=1), total if cutoff is None else np.minimum(total, cutoff))


def index_ap(counts: LevelCounts, ranks: IndexRanks, cutoff: int | None = None) -> PerQuery:
    """Return AP with ties in table order, shape (queries,); NaN without a relevant item in the table.

    With a cutoff: the mean precision at the relevant items among the first so many ranks; 0 when there is none.
    """
    place = ranks.cutoffs.index(int(counts.items[0].sum()) if cutoff is None else cutoff)
    found = ranks.found[:, place]
    values = ranks.precision_sums[:, place] / np.maximum(found, 1)
    return np.where(counts.relevant > 0, values, np.nan)
