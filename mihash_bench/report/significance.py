"""Is a method really better than another: paired randomisation tests over queries.

Three trials cannot reject anything (with signs flipped there are 8 outcomes, so p is at least 1/4); a thousand
queries can. Within a trial all methods answer the same queries over the same stream, so their AP is compared query
by query: Smucker, Allan and Carterette, CIKM 2007.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mihash_bench.report.selection import GROUP
from mihash_bench.report.statistics import final
from mihash_bench.store.results import AP_ARRAYS

Floats = NDArray[np.float64]
# A run's queries and the AP of each, by run key and column.
AveragePrecisions = Callable[[str, str], tuple[NDArray[np.int64], Floats]]

LEVEL = 0.05
# At least so many, and more where Holm's correction over many pairs would leave no p below the level.
FLIPS, FLIPS_A_PAIR = 19_999, 100
FLIPS_AT_ONCE = 1_000
CONFIDENCE = 0.95
ROUNDING = 1e-12  # differences that vary by less are all the same
BLOCK = ["setting", "dataset", "bits"]
COLUMNS = [
    "difference",
    "ci_low",
    "ci_high",
    "effect_size",
    "p_value",
    "p_adjusted",
    "queries",
    "pairs",
    "trials_agree",
    "trials_compared",
]


@dataclass(frozen=True)
class Series:
    """AP of each query by trial, of one method, variant and trigger."""

    trials: Mapping[int, tuple[NDArray[np.int64], Floats]]


def with_comparisons(
    summary: pd.DataFrame, frame: pd.DataFrame, metric: str, average_precisions: AveragePrecisions
) -> pd.DataFrame:
    """Return a summary with how each row differs from the best of its block (setting, dataset, bits).

    Columns: ``difference`` of mAP (this row - best), its ``ci_low`` and ``ci_high`` (95 %, BCa bootstrap over queries,
    each for itself), ``effect_size`` (mean over standard deviation of the differences by query), ``p_value`` (two-sided
    paired randomisation test), ``p_adjusted`` (Holm over all pairs of the block, which keeps the level although the
    best is chosen by looking), ``queries``, ``pairs``, and ``trials_agree``: in how many trials the difference has the
    same sign, of ``trials_compared``, since the test is about the codes of these trials, not about trials to come. NaN
    for the best itself, and where the metric is not kept by query.
    """
    out = summary.assign(**dict.fromkeys(COLUMNS, np.nan))
    if metric not in AP_ARRAYS:
        return out
    series = _series(final(frame, metric), AP_ARRAYS[metric], average_precisions)
    for _, block in summary.groupby(BLOCK, sort=False):
        names = [tuple(row) for row in block[GROUP].itertuples(index=False)]
        best = int(np.argmax(block["final_mean"].to_numpy()))
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
    """Return the columns for each series that can be paired with the best one."""
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
    """Return a - b for each query, averaged over the trials that both have; queries without AP are left out.

    None when they have no trial in common or did not answer the same queries.
    """
    common = sorted(set(a.trials) & set(b.trials))
    if not common or any(not np.array_equal(a.trials[t][0], b.trials[t][0]) for t in common):
        return None
    if any(not np.array_equal(a.trials[t][0], a.trials[common[0]][0]) for t in common):
        return None
    differences = np.mean([a.trials[t][1] - b.trials[t][1] for t in common], axis=0)
    return np.asarray(differences[~np.isnan(differences)])


def trials_that_agree(a: Series, b: Series) -> tuple[int, int]:
    """Return in how many of their common trials the mean difference a - b has the sign that it has over all, and how
    many those trials are."""
    common = sorted(set(a.trials) & set(b.trials))
    means = np.array([np.nanmean(a.trials[t][1] - b.trials[t][1]) for t in common])
    return int((np.sign(means) == np.sign(means.mean())).sum()), len(common)


def randomisation_p_values(differences: Sequence[Floats], seed: int = 0) -> Floats:
    """Return the two-sided p of each vector of paired differences.

    ``p = (1 + #{flips: |mean| as large as observed}) / (1 + flips)`` over random signs of the differences: under the
    hypothesis that two methods are equal on every query, a difference may as well have the other sign. Vectors of one
    length share their signs.
    """
    if any(np.isnan(values).any() for values in differences):
        raise ValueError("significance: a difference is NaN (leave out queries without AP)")
    p_values = np.empty(len(differences))
    flips = max(FLIPS, FLIPS_A_PAIR * len(differences))
    for length in {len(values) for values in differences}:
        places = [place for place, values in enumerate(differences) if len(values) == length]
        together = np.array([differences[place] for place in places])
        observed = np.abs(together.sum(axis=1))
        # What is as large but for rounding counts as as large.
        bar = observed * (1 - 1e-12)
        rng = np.random.default_rng(seed)
        as_large = np.zeros(len(places))
        for start in range(0, flips, FLIPS_AT_ONCE):
            signs = rng.choice((-1.0, 1.0), (min(FLIPS_AT_ONCE, flips - start), length))
            as_large += (np.abs(signs @ together.T) >= bar).sum(axis=0)
        p_values[places] = (1 + as_large) / (1 + flips)
    return p_values


def holm(p_values: Floats) -> Floats:
    """Return p adjusted for as many comparisons (Holm, 1979): ``max_{j<=i} min(1, (m - j + 1) p_(j))``."""
    order = np.argsort(p_values, kind="stable")
    factors = len(p_values) - np.arange(len(p_values))
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(np.maximum.accumulate(factors * p_values[order]), 1)
    return adjusted


def _size(differences: Floats) -> list[float]:
    """Return mean difference, the bounds of its confidence interval, and the effect size."""
    mean, sd = float(differences.mean()), float(differences.std(ddof=1))
    if sd <= ROUNDING * np.abs(differences).max():
        return [mean, mean, mean, 0.0 if mean == 0 else float(np.copysign(np.inf, mean))]
    # Not at the top: it takes a quarter of a second to import, and most commands test nothing.
    from scipy import stats

    rng = np.random.default_rng(0)
    made = stats.bootstrap((differences,), np.mean, confidence_level=CONFIDENCE, batch=500, rng=rng)
    low, high = made.confidence_interval
    return [mean, float(low), float(high), mean / sd]
