"""Ranks of the rows of a summary."""

import pandas as pd

from mihash_bench.metrics.base import higher_is_better
from mihash_bench.report.data.comparisons import BLOCK


def with_ranks(summary: pd.DataFrame, metric: str, decimals: int, series: list[str]) -> pd.DataFrame:
    """Return the rows of one metric with the columns ``rank``, ``mean_rank`` and ``place``.

    rank: of the mean among all rows of the dataset and code length, 1 for the best. Means that are equal with so many
    decimals have the same rank, the best of theirs. mean_rank: the mean over code lengths, for each combination of the
    columns ``series``; NaN if it does not have all code lengths of its dataset. place: sorts by it, those without a
    mean rank last. All ranks are NaN if nothing is known about the metric's direction.
    """
    higher = higher_is_better(metric)
    means = summary["final_mean"].round(decimals) * (float("nan") if higher is None else 1)
    ranks = means.groupby([summary[name] for name in BLOCK]).rank(method="min", ascending=not higher)
    ranked = summary.assign(rank=ranks)
    where = ["setting", "dataset"]
    lengths = ranked.groupby(where)["bits"].transform("nunique")
    by_series = ranked.groupby([*where, *series])["rank"]
    mean, complete = by_series.transform("mean"), by_series.transform("count") == lengths
    order = pd.DataFrame({"partly": ~complete, "mean": mean}, ranked.index)
    place = order.groupby(["partly", "mean"], sort=True, dropna=False).ngroup()
    return ranked.assign(mean_rank=mean.where(complete), place=place)
