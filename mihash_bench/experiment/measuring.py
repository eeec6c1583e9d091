"""Evaluation of packed codes, and the values and arrays that are stored in the run file."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.codes import Words
from mihash_bench.encoders import Encoder
from mihash_bench.evaluation import Evaluation, evaluate
from mihash_bench.experiment.result import Columns
from mihash_bench.experiment.retrieval import Retrieval
from mihash_bench.metrics.average_precision import MAP_EXPECTED, MAP_INDEX
from mihash_bench.metrics.base import Metric

DOUBLE = np.dtype(np.float64)


def evaluate_codes(
    retrieval: Retrieval, words: Words, metrics: Sequence[Metric], n_bits: int, *, threads: int = 1
) -> Evaluation:
    """Evaluate the packed codes of all rows, shape (n, words), in file order."""
    database, queries = words[retrieval.database], words[retrieval.queries]
    return evaluate(database, queries, retrieval.relevance, metrics, n_bits, threads=threads)


def metric_values(evaluation: Evaluation, metrics: Sequence[Metric]) -> dict[str, float]:
    """Return the value of each metric, followed by the number of queries that metrics leave out."""
    values = {str(metric): evaluation.value(metric) for metric in metrics}
    empty = {f"{m} empty": left for m in metrics if (left := evaluation.left_empty(m)) is not None}
    return {**values, "queries_without_relevant": evaluation.queries_without_relevant, **empty}


def with_final(metrics: Sequence[Metric]) -> list[Metric]:
    """Return some metrics and those that ``final_arrays`` needs, each once."""
    return list(dict.fromkeys([*metrics, MAP_EXPECTED, MAP_INDEX]))


def values_of_queries(evaluation: Evaluation, metrics: Sequence[Metric]) -> Columns:
    """Return the value of each query by the text of each metric, without those whose values ``final_arrays`` returns.

    Their mean, without NaN, is the value of the metric. They keep the type that the metric gives, up to double
    precision.
    """
    others = [metric for metric in metrics if metric not in (MAP_EXPECTED, MAP_INDEX)]
    return {str(metric): _storable(evaluation.per_query[metric]) for metric in others}


def _storable(values: NDArray[Any]) -> NDArray[Any]:
    plain = np.array(np.ma.filled(values, np.nan) if np.ma.isMaskedArray(values) else values, copy=True, subok=False)
    return plain if plain.dtype.itemsize <= DOUBLE.itemsize else plain.astype(DOUBLE)


def final_arrays(evaluation: Evaluation, queries: NDArray[np.int64], encoder: Encoder) -> Columns:
    """Return the AP of each query for both treatments of ties, the rows of the queries, and the encoder's arrays.

    ``evaluation`` must contain both ``MAP_EXPECTED`` and ``MAP_INDEX``.
    """
    per_query = evaluation.per_query
    return {
        "ap_expected": per_query[MAP_EXPECTED],
        "ap_index": per_query[MAP_INDEX],
        "queries": queries,
        **encoder.arrays(),
    }
