"""The summary of runs, from which every table is built."""

from collections.abc import Sequence

import pandas as pd

from mihash_bench.report.data.significance import AveragePrecisions, with_comparisons
from mihash_bench.report.data.statistics import summary


def summary_of(
    frame: pd.DataFrame, metrics: Sequence[str], average_precisions: AveragePrecisions | None = None
) -> pd.DataFrame:
    """Return the rows of ``statistics.summary`` for each metric, in full precision.

    If ``average_precisions`` is given, further columns say how each row differs from the best; see ``significance``.
    """
    blocks = {metric: summary(frame, metric) for metric in metrics}
    if average_precisions is not None:
        blocks = {m: with_comparisons(block, frame, m, average_precisions) for m, block in blocks.items()}
    return pd.concat(blocks.values(), ignore_index=True)
