"""Evaluating packed codes: each metric's value for each query, and the mean over the queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import scipy.special  # noqa: F401 - metrics import it late; here, processes forked after this import share it
from numpy.typing import NDArray

from mihash_bench.codes import Words
from mihash_bench.errors import InputError
from mihash_bench.metrics._levels import Relevance, index_ranks, level_counts
from mihash_bench.metrics.base import IndexRanks, LevelCounts, Metric, PerQuery


@dataclass(frozen=True)
class GivenRelevance:
    """Relevance as a boolean matrix of shape (queries, items), for small databases."""

    matrix: NDArray[np.bool_]
    by_label: ClassVar[None] = None

    def block(self, start: int, stop: int) -> NDArray[np.bool_]:
        """Return the rows of queries start..stop-1."""
        return self.matrix[start:stop]


@dataclass(frozen=True)
class Evaluation:
    """Each metric's value for each query, and the counts from which it was computed."""

    counts: LevelCounts
    ranks: IndexRanks
    per_query: dict[Metric, PerQuery]

    def value(self, metric: Metric) -> float:
        """Return the mean over the queries, without those whose value is NaN; NaN if none is left.

        mAP thus leaves out queries without a relevant item.
        """
        values = self.per_query[metric]
        kept = values[~np.isnan(values)]
        return float(kept.mean()) if len(kept) else float("nan")

    @property
    def queries_without_relevant(self) -> int:
        """Number of queries without a relevant item in the database."""
        return int((self.counts.relevant == 0).sum())

    def left_empty(self, metric: Metric) -> float | None:
        """Return how many queries, or which share of them, had nothing to score; None if this is not reported."""
        return metric.left_empty(self.counts, self.ranks)


def evaluate(
    table: Words, queries: Words, relevance: Relevance, metrics: Sequence[Metric], n_bits: int, *, threads: int = 1
) -> Evaluation:
    """Measure how well the queries find their relevant items in the hash table.

    table, queries: packed codes (``codes.pack``) of shapes (n, words) and (q, words), the table in database order.
    relevance: which items are relevant to which queries, such as ``GivenRelevance``. metrics: see
    ``metrics.base.parse_metrics``. All pairs are visited once; this is slower if a metric needs ties in database
    order. Memory is bounded by a block of queries, regardless of q. The queries are divided among ``threads``, which
    does not affect the values. Raises ValueError if the codes do not have ``n_bits`` bits, and InputError, naming the
    metric, if a metric does not fit the number of items or bits, or does not give one number for each query.
    """
    for metric in metrics:
        metric.check(len(table), n_bits)
    cutoffs = tuple(sorted({cutoff for metric in metrics for cutoff in metric.cutoffs(len(table))}))
    if cutoffs:
        counts, ranks = index_ranks(queries, table, relevance, n_bits, cutoffs, threads=threads)
    else:
        counts = level_counts(queries, table, relevance, n_bits, threads=threads)
        ranks = IndexRanks((), np.empty((len(queries), 0)), np.empty((len(queries), 0), np.int64))
    return Evaluation(counts, ranks, {metric: _per_query(metric, counts, ranks) for metric in metrics})


def _per_query(metric: Metric, counts: LevelCounts, ranks: IndexRanks) -> PerQuery:
    values, allowed = metric.per_query(counts, ranks), counts.relevant.shape
    if not isinstance(values, np.ndarray) or values.shape != allowed or values.dtype.kind not in "fiu":
        found = f"{values.dtype} of shape {values.shape}" if isinstance(values, np.ndarray) else type(values).__name__
        raise InputError(f"--metric: {metric} gives {found} (allowed: numbers of shape {allowed})")
    return values
