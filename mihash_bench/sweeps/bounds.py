"""The values that the metrics of a run may have."""

from collections.abc import Sequence

import numpy as np

from mihash_bench.errors import InputError
from mihash_bench.metrics.base import parse_metric
from mihash_bench.store.record import RunRecord

# A mean that differs by less is equal except for rounding.
ROUNDING = 1e-9


def bounds_fault(record: RunRecord, metrics: Sequence[str]) -> str:
    """Return which metric has an impossible value, or "". Metrics that are not installed are not checked."""
    for text in metrics:
        try:
            bounds = parse_metric(text).bounds
        except InputError:
            continue
        stored = [record.curve[text], record.per_query.get(text, np.empty(0))]
        values = np.concatenate([np.asarray(each, float) for each in stored])
        if bounds is not None and ((values < bounds[0] - ROUNDING) | (values > bounds[1] + ROUNDING)).any():
            return f"its {text} has values outside of {bounds[0]:g} to {bounds[1]:g}"
    return ""
