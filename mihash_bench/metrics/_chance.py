"""Expected values of metrics for rankings that do not depend on relevance: sampling without replacement."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def precision_sum(items: int, relevant: Floats, ranks: int) -> Floats:
    """Return the expected sum of the precisions at the relevant items among the first ranks, shape (queries,).

    In a random ranking of n items, r of them relevant, this is ``(r/n) [(1 - rho) H_m + rho m]`` for the first m ranks,
    with ``rho = (r - 1)/(n - 1)`` and the harmonic number H_m.
    """
    m = min(ranks, items)
    rho = (relevant - 1) / max(items - 1, 1)
    return np.asarray(relevant / items * ((1 - rho) * _harmonic(m) + rho * m))


def mean_precision_of_found(items: int, relevant: Floats, ranks: int) -> Floats:
    """Return the expected mean precision at the relevant items among the first ranks, which is 0 if there are none.

    Given that f of the first m items are relevant, their ranks are a random choice, so that the expected value is
    ``[(1 - rho) H_m + rho m] / m`` with ``rho = (f - 1)/(m - 1)``, which is linear in f.
    """
    m = min(ranks, items)
    some = 1 - none_found(items, relevant, m)
    found = np.divide(m * relevant / items, some, out=np.ones_like(some), where=some > 0)
    rho = (found - 1) / max(m - 1, 1)
    return np.asarray(some * ((1 - rho) * _harmonic(m) + rho * m) / m)


def none_found(items: int, relevant: Floats, ranks: int) -> Floats:
    """Return the probability that no relevant item is among the first ranks, shape (queries,)."""
    # Imported late so that reading a spec does not load SciPy.
    from scipy.special import gammaln

    others = items - relevant
    possible = others >= ranks
    kept = np.where(possible, others, ranks)
    log = gammaln(kept + 1) - gammaln(kept - ranks + 1) - gammaln(items + 1) + gammaln(items - ranks + 1)
    return np.where(possible, np.exp(log), 0.0)


def ball_is_empty(items: int, n_bits: int, radius: int) -> float:
    """Return the probability that no item with a uniformly random code lies within the radius."""
    from scipy.special import bdtr

    return float((1 - bdtr(radius, n_bits, 0.5)) ** items)


def _harmonic(n: int) -> float:
    return float((1 / np.arange(1, n + 1)).sum())
