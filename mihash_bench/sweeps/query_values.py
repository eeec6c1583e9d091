"""Checks of the values of queries that a run stores for its metrics."""

import numpy as np

from mihash_bench.store.record import RunRecord
from mihash_bench.sweeps.bounds import ROUNDING


def values_fault(record: RunRecord) -> str:
    """Return what is wrong with the group ``per_query`` of a finished run, or "".

    Each array must belong to a metric of the curve and to the queries, and its mean, without NaN, must be the value at
    the end of the curve.
    """
    queries = record.final["queries"].shape
    for metric, values in record.per_query.items():
        if metric not in record.curve:
            return f"it has values of queries for {metric}, which its curve does not have"
        if values.shape != queries or values.dtype.kind not in "fiu":
            return f"its values of {metric} do not belong to its queries"
        known = values[~np.isnan(values)]
        if np.isinf(known).any():
            return f"its values of {metric} are infinite for some queries"
        last, mean = float(record.curve[metric][-1]), float(known.mean()) if len(known) else np.nan
        if not np.isclose(last, mean, rtol=ROUNDING, atol=ROUNDING, equal_nan=True):
            return f"its curve ends with {metric} {last:.6g}, but the mean of its values of queries is {mean:.6g}"
    return ""
