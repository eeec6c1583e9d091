"""The AP of each query: its distribution for each series, and the values by which two series are compared."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mihash_bench.report.data.comparisons import Runs
from mihash_bench.report.data.selection import GROUP
from mihash_bench.report.data.significance import Series, by_query
from mihash_bench.report.data.statistics import final
from mihash_bench.report.html.numbers import Numbers
from mihash_bench.report.html.series import Choices
from mihash_bench.store.results import AP_ARRAYS

QUANTILES = ("least", "q1", "median", "q3", "greatest")


def queries_of(
    frame: pd.DataFrame, metrics: Sequence[str], runs: Runs, choices: Choices, numbers: Numbers
) -> list[dict[str, Any]]:
    """Return one entry for each panel, series and metric that is stored for each query.

    frame: the last checkpoints of comparable runs. The AP of a query is its mean over the trials that have it.
    ``least`` to ``greatest`` are the quantiles 0, 1/4, 1/2, 3/4 and 1 over queries.
    """
    chosen = [metric for metric in metrics if metric in AP_ARRAYS]
    return [entry for metric in chosen for entry in _of_metric(frame, metric, runs, choices, numbers)]


def _of_metric(
    frame: pd.DataFrame, metric: str, runs: Runs, choices: Choices, numbers: Numbers
) -> Iterator[dict[str, Any]]:
    for _, rows in final(frame, metric).groupby(GROUP, sort=False):
        keys = zip(rows["trial"], rows["key"], strict=True)
        answers = Series({trial: runs.values_of_queries(key, metric) for trial, key in keys})
        queries, values = by_query(answers)
        if len(values):
            first = rows.iloc[0]
            where = {"metric": metric, "panel": choices.panel_of(first), "series": choices.series_of(first)}
            arrays = {"queries": numbers.add(queries, "Int32Array"), "ap": numbers.add(values, "Float32Array")}
            yield {**where, "trials": len(rows), **arrays, **_distribution(values)}


def _distribution(values: NDArray[np.float64]) -> dict[str, float]:
    quantiles = np.quantile(values, np.linspace(0, 1, len(QUANTILES))).tolist()
    return {"n": len(values), "mean": float(values.mean()), **dict(zip(QUANTILES, quantiles, strict=True))}
