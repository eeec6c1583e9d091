"""The values of single queries: their distribution for each series, and those by which two series are compared."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mihash_bench.report.data.comparisons import Runs
from mihash_bench.report.data.selection import GROUP
from mihash_bench.report.data.significance import Answers, Series, by_query
from mihash_bench.report.data.statistics import final
from mihash_bench.report.html.numbers import Numbers
from mihash_bench.report.html.series import Choices

QUANTILES = ("least", "q1", "median", "q3", "greatest")
# Values of single queries take up to so many bytes, which become 4/3 times as many characters of the page.
MOST_BYTES = 3_000_000

# The first row of a series, the number of its trials, and the values of its queries.
_Series = tuple[pd.Series, int, Answers]


def queries_of(
    frame: pd.DataFrame,
    metrics: Sequence[str],
    runs: Runs,
    choices: Choices,
    numbers: Numbers,
    most_bytes: int = MOST_BYTES,
) -> list[dict[str, Any]]:
    """Return one entry for each panel, series and metric whose values of queries are stored by all runs of the series.

    frame: the last checkpoints of comparable runs. The value of a query is its mean over the trials that have it.
    ``least`` to ``greatest`` are the quantiles 0, 1/4, 1/2, 3/4 and 1 over queries. Every entry has them, and those of
    a metric also have the arrays ``queries`` and ``values`` if ``most_bytes`` suffice for those of the metrics up to
    this one.
    """
    entries, used = [], 0
    for metric in metrics:
        series = list(_stored_series(frame, metric, runs))
        needed = sum(_size(queries) for _, _, (queries, _) in series)
        fits = used + needed <= most_bytes
        used += needed if fits else 0
        for first, trials, answers in series:
            where = {"metric": metric, "panel": choices.panel_of(first), "series": choices.series_of(first)}
            arrays = _arrays(answers, numbers) if fits else {}
            entries.append({**where, "trials": trials, **arrays, **_distribution(answers[1])})
    return entries


def _stored_series(frame: pd.DataFrame, metric: str, runs: Runs) -> Iterator[_Series]:
    for _, rows in final(frame, metric).groupby(GROUP, sort=False):
        if not all(runs.has_values(key, metric) for key in rows["key"]):
            continue
        keys = zip(rows["trial"], rows["key"], strict=True)
        answers = by_query(Series({trial: runs.values_of_queries(key, metric) for trial, key in keys}))
        if len(answers[0]):
            yield rows.iloc[0], len(rows), answers


def _size(queries: NDArray[np.int64]) -> int:
    # The queries themselves are mostly those of other series, which are in the page once.
    return len(queries) * np.dtype(np.float32).itemsize


def _arrays(answers: Answers, numbers: Numbers) -> dict[str, int]:
    queries, values = answers
    return {"queries": numbers.add(queries, "Int32Array"), "values": numbers.add(values, "Float32Array")}


def _distribution(values: NDArray[np.float64]) -> dict[str, float]:
    quantiles = np.quantile(values, np.linspace(0, 1, len(QUANTILES))).tolist()
    return {"n": len(values), "mean": float(values.mean()), **dict(zip(QUANTILES, quantiles, strict=True))}
