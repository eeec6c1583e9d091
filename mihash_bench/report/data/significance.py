"""Paired randomisation tests over queries, which say whether one method is really better than another.

Three trials cannot reject anything: there are 8 ways to flip their signs, so p is at least 1/4. A thousand queries can.
Within a trial all methods answer the same queries over the same stream, so their AP is compared query by query
(Smucker, Allan and Carterette, CIKM 2007).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mihash_bench.metrics.base import higher_is_better
from mihash_bench.report.data.selection import GROUP
from mihash_bench.report.data.statistics import final
from mihash_bench.store.results import AP_ARRAYS

Floats = NDArray[np.float64]
# From a run's key and the name of an array to the queries and the AP of each.
AveragePrecisions = Callable[[str, str], tuple[NDArray[np.int64], Floats]]

LEVEL = 0.05
# The number of sign flips is at least FLIPS, and grows with the number of pairs because otherwise no p could stay below
# the level after Holm's correction.
FLIPS, FLIPS_A_PAIR = 19_999, 100
FLIPS_AT_ONCE = 1_000
CONFIDENCE = 0.95
ROUNDING = 1e-12  # differences that vary by less are taken for equal
BLOCK = ["setting", "dataset", "bits"]
COLUMNS = [
    "difference", "ci_low", "ci_high", "effect_size", "p_value", "p_adjusted", "queries", "pairs", "trials_agree",
    "trials_compared",
]  # fmt: skip


@dataclass(frozen=True)
class Series:
    """The queries and the AP of each, for every trial of one method, variant and trigger."""

    trials: Mapping[int, tuple[NDArray[np.int64], Floats]]


def with_comparisons(
    summary: pd.DataFrame, frame: pd.DataFrame, metric: str, average_precisions: AveragePrecisions
) -> pd.DataFrame:
    """Return a summary with columns for how each row differs from the best of its setting, dataset and code length.

    Columns: ``difference`` of mAP (this row - best); ``ci_low`` and ``ci_high``, its 95 % interval (BCa bootstrap over
    queries, not corrected for the number of pairs); ``effect_size``, mean over standard deviation of the differences by
    query; ``p_value`` of the two-sided paired randomisation test; ``p_adjusted``, corrected by Holm's method over all
    ``pairs``, which keeps the level although the best is chosen from the same data; ``queries``; ``trials_agree``, the
    number of trials in which the difference has the same sign as overall, out of ``trials_compared``. The last two
    matter because the test is about the codes of these trials, not about further trials. All are NaN for the best
    itself, and for a metric that is not stored for each query.
    """
    out = summary.assign(**dict.fromkeys(COLUMNS, np.nan))
    if metric not in AP_ARRAYS:
        return out
    series = _series(final(frame, metric), AP_ARRAYS[metric], average_precisions)
    find_best = np.argmax if higher_is_better(metric) else np.argmin
    for _, block in summary.groupby(BLOCK, sort=False):
        names = [tuple(row) for row in block[GROUP].itertuples(index=False)]
        best = int(find_best(block["final_mean"].to_numpy()))
        compared = _against([series[name] for name in names], best)
        for place, values in compared.items():
            out.loc[block.index[place], COLUMNS] = values
    return out


def _series(last: pd.DataFrame, array: str, average_precisions: AveragePrecisions) -> dict[tuple[Any, ...], Series]:
    groups = last.groupby(GROUP, sort=False)
    return {
        tuple(name): Series({run["trial"]: average_precisions(run["key"], array) for run in runs.to_dict("records")})
        for name, runs in groups
    }


def _against(series: Sequence[Series], best: int) -> dict[int, list[float]]:
    """Return the values of ``COLUMNS`` for each series that can be paired with the best one, by its position."""
    pairs = list(combinations(range(len(series)), 2))
    differences = {pair: paired_differences(series[pair[0]], series[pair[1]]) for pair in pairs}
    kept = {pair: values for pair, values in differences.items() if values is not None and len(values) > 1}
    p_values = randomisation_p_values(list(kept.values()))
    adjusted = holm(p_values)
    out = {}
    for (pair, values), p, p_adjusted in zip(kept.items(), p_values, adjusted, strict=True):
        if best in pair:
            towards = values if pair[1] == best else -values
            other = pair[0] if pair[1] == best else pair[1]
            agree = trials_that_agree(series[other], series[best])
            out[other] = [*_size(towards), p, p_adjusted, len(values), len(kept), *agree]
    return out


def paired_differences(a: Series, b: Series) -> Floats | None:
    """Return a - b for each query, averaged over common trials; queries without AP are left out.

    Returns None if the two have no trial in common or did not answer the same queries.
    """
    common = sorted(set(a.trials) & set(b.trials))
    if not common or any(not np.array_equal(a.trials[t][0], b.trials[t][0]) for t in common):
        return None
    if any(not np.array_equal(a.trials[t][0], a.trials[common[0]][0]) for t in common):
        return None
    differences = np.mean([a.trials[t][1] - b.trials[t][1] for t in common], axis=0)
    return np.asarray(differences[~np.isnan(differences)])


def trials_that_agree(a: Series, b: Series) -> tuple[int, int]:
    """Return the number of common trials in which the mean of a - b has its overall sign, and that of all of them."""
    common = sorted(set(a.trials) & set(b.trials))
    means = np.array([np.nanmean(a.trials[t][1] - b.trials[t][1]) for t in common])
    return int((np.sign(means) == np.sign(means.mean())).sum()), len(common)


def randomisation_p_values(differences: Sequence[Floats], seed: int = 0) -> Floats:
    """Return the two-sided p of each vector of paired differences.

    ``p = (1 + #{flips: |mean| at least as large as observed}) / (1 + flips)`` over random signs of the differences.
    Under the hypothesis that two methods are equal on every query, either sign of a difference is equally likely.
    Vectors of the same length share their signs. Raises ValueError for a NaN.
    """
    if any(np.isnan(values).any() for values in differences):
        raise ValueError("significance: a difference is NaN (leave out queries without AP)")
    p_values = np.empty(len(differences))
    flips = max(FLIPS, FLIPS_A_PAIR * len(differences))
    for length in {len(values) for values in differences}:
        places = [place for place, values in enumerate(differences) if len(values) == length]
        together = np.array([differences[place] for place in places])
        p_values[places] = (1 + _at_least_as_large(together, flips, seed)) / (1 + flips)
    return p_values


def _at_least_as_large(differences: Floats, flips: int, seed: int) -> Floats:
    """Count the random signs for which the absolute mean of each row is at least the observed one."""
    rng = np.random.default_rng(seed)
    # A mean that is smaller only because of rounding counts as equal.
    bar = np.abs(differences.sum(axis=1)) * (1 - ROUNDING)
    count = np.zeros(len(differences))
    for start in range(0, flips, FLIPS_AT_ONCE):
        signs = rng.choice((-1.0, 1.0), (min(FLIPS_AT_ONCE, flips - start), differences.shape[1]))
        count += (np.abs(signs @ differences.T) >= bar).sum(axis=0)
    return count


def holm(p_values: Floats) -> Floats:
    """Return p adjusted for multiple comparisons (Holm, 1979): ``max_{j<=i} min(1, (m - j + 1) p_(j))``."""
    order = np.argsort(p_values, kind="stable")
    factors = len(p_values) - np.arange(len(p_values))
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(np.maximum.accumulate(factors * p_values[order]), 1)
    return adjusted


def _size(differences: Floats) -> list[float]:
    """Return the mean difference, the bounds of its confidence interval, and the effect size."""
    mean, sd = float(differences.mean()), float(differences.std(ddof=1))
    if sd <= ROUNDING * np.abs(differences).max():
        return [mean, mean, mean, 0.0 if mean == 0 else float(np.copysign(np.inf, mean))]
    # Imported late because it takes a quarter of a second and most commands test nothing.
    from scipy import stats

    rng = np.random.default_rng(0)
    made = stats.bootstrap((differences,), np.mean, confidence_level=CONFIDENCE, batch=500, rng=rng)
    low, high = made.confidence_interval
    return [mean, float(low), float(high), mean / sd]
