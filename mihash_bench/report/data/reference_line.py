"""The line of the reference values of some checkpoints over an axis."""

import pandas as pd

from mihash_bench.report.data.reference import REFERENCE, has_reference
from mihash_bench.settings.base import Axis


def reference_line(rows: pd.DataFrame, x: Axis) -> "pd.Series[float] | None":
    """Return the reference values by x: one value if it is the same at all x, else the means over the examples.

    Returns None if there are none, or if they change over the examples but x is neither these nor the code length. Over
    code lengths it is the mean of the last values.
    """
    if rows.empty or not has_reference(rows):
        return None
    if x.final or rows.groupby("key")[REFERENCE].nunique().max() == 1:
        last = rows.sort_values("examples").drop_duplicates("key", keep="last")
        return last[REFERENCE].mean() * pd.Series([1.0])
    return rows.groupby("examples")[REFERENCE].mean() if x.column == "examples" else None
