"""The Pareto front: the rows of a summary of which no other is at least as good at no more cost."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mihash_bench.metrics.base import higher_is_better
from mihash_bench.report.data.comparisons import BLOCK

# The column that says which rows, or checkpoints, are on the front.
FRONT = "front"
FRONT_TITLE = "Pareto front"

Floats = NDArray[np.float64]


def on_front(costs: Floats, values: Floats, *, higher: bool = True) -> NDArray[np.bool_]:
    """Return which points are on the Pareto front, shape (n,).

    A point is on it unless another one costs no more and is at least as good, and is better in one of the two. Points
    that are equal in both are all on it or all not. A point with NaN is not on it and dominates none. higher: whether
    larger values are better.
    """
    good = values if higher else -values
    known = ~(np.isnan(costs) | np.isnan(good))
    no_worse = (costs <= costs[:, None]) & (good >= good[:, None])
    better = (costs < costs[:, None]) | (good > good[:, None])
    return np.asarray(known & ~(no_worse & better).any(axis=1))


def with_front(summary: pd.DataFrame, metric: str, cost: str) -> pd.DataFrame:
    """Return the rows of one metric with the column ``FRONT``, by their means, for each dataset and code length.

    All are False if the cost is not measured, or if nothing is known about the metric's direction.
    """
    higher, columns = higher_is_better(metric), [f"{cost}_mean", "final_mean"]
    found = pd.Series(data=False, index=summary.index)
    if higher is not None and columns[0] in summary:
        for _, part in summary.groupby(BLOCK, sort=False):
            costs, values = (part[name].to_numpy(float) for name in columns)
            found[part.index] = on_front(costs, values, higher=higher)
    return summary.assign(**{FRONT: found})


def has_front(rows: pd.DataFrame) -> bool:
    """Return whether some rows are on a front."""
    return FRONT in rows and bool(rows[FRONT].any())
