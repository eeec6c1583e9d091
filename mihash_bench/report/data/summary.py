"""The summary of runs, from which every table is built."""

from collections.abc import Callable, Sequence

import pandas as pd

from mihash_bench.report.data.comparisons import Runs, with_comparisons
from mihash_bench.report.data.statistics import summary


def summary_of(
    frame: pd.DataFrame,
    metrics: Sequence[str],
    runs: Runs | None = None,
    areas: Callable[[str], pd.Series] | None = None,
) -> pd.DataFrame:
    """Return the rows of ``statistics.summary`` for each metric, in full precision.

    If ``runs`` is given, further columns say how each row differs from the best; see ``comparisons``. areas: returns
    the ``statistics.auc`` of each run for a metric, for a frame that does not have all checkpoints.
    """
    blocks = {metric: summary(frame, metric, areas and areas(metric)) for metric in metrics}
    if runs is not None:
        blocks = {m: with_comparisons(block, frame, m, runs) for m, block in blocks.items()}
    return pd.concat(blocks.values(), ignore_index=True)
