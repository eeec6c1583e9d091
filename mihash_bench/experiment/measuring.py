"""Evaluation of packed codes, and the values and arrays that are stored in the run file."""

from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from mihash_bench.codes import Words
from mihash_bench.encoders import Encoder
from mihash_bench.evaluation import Evaluation, evaluate
from mihash_bench.experiment.options import Options
from mihash_bench.experiment.result import Columns
from mihash_bench.experiment.retrieval import Retrieval
from mihash_bench.metrics.average_precision import MAP_EXPECTED, MAP_INDEX
from mihash_bench.metrics.base import Metric, parse_metric


def evaluate_codes(
    retrieval: Retrieval, words: Words, metrics: Sequence[Metric], n_bits: int, *, threads: int = 1
) -> Evaluation:
    """Evaluate the packed codes of all rows, shape (n, words), in file order."""
    database, queries = words[retrieval.database], words[retrieval.queries]
    return evaluate(database, queries, retrieval.relevance, metrics, n_bits, threads=threads)


def check_metrics(options: Options, n_database: int) -> None:
    """Raise InputError, naming ``--metric``, if a metric does not fit the size of the database or a code length."""
    for text, bits in product(options.metric, options.bits):
        parse_metric(text).check(n_database, bits)


def metric_values(evaluation: Evaluation, metrics: Sequence[Metric]) -> dict[str, float]:
    """Return the value of each metric, followed by the number of queries that metrics leave out."""
    values = {str(metric): evaluation.value(metric) for metric in metrics}
    empty = {f"{m} empty": left for m in metrics if (left := evaluation.left_empty(m)) is not None}
    return {**values, "queries_without_relevant": evaluation.queries_without_relevant, **empty}


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
