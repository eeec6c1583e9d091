"""From packed codes and metric specs to figures: means over the queries, AP by query, and what was left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from mihash_bench.codes import Words
from mihash_bench.metrics.average_precision import PerQuery, expected_ap, index_ap
from mihash_bench.metrics.levels import IndexRanks, LevelCounts, Relevance, index_ranks, level_counts
from mihash_bench.metrics.precision import ball_precision, expected_precision, index_precision
from mihash_bench.metrics.spec import MetricSpec

MAP_EXPECTED = MetricSpec("mAP")
MAP_INDEX = MetricSpec("mAP", ties="index")


@dataclass(frozen=True)
class GivenRelevance:
    """Relevance as a boolean matrix of shape (queries, items), for small tables."""

    matrix: NDArray[np.bool_]
    by_label: ClassVar[None] = None

    def block(self, start: int, stop: int) -> NDArray[np.bool_]:
        """Return the rows of queries start..stop-1."""
        return self.matrix[start:stop]


@dataclass(frozen=True)
class Evaluation:
    """Every metric's value for every query, and the counts behind them."""

    counts: LevelCounts
    per_query: dict[MetricSpec, PerQuery]
    ranks: IndexRanks | None

    def value(self, spec: MetricSpec) -> float:
        """Return the mean over the queries; mAP leaves out those without a relevant item (NaN if that is all)."""
        kept = self.per_query[spec][~np.isnan(self.per_query[spec])]
        return float(kept.mean()) if len(kept) else float("nan")

    @property
    def queries_without_relevant(self) -> int:
        """Queries that have no relevant item in the table."""
        return int((self.counts.relevant == 0).sum())

    def left_empty(self, spec: MetricSpec) -> float | None:
        """Return what to report beside the metric, or None.

        For mAP@N in index order: the number of queries with relevant items in the table but none among the
        first N, which score 0. For P@r: the share of queries whose ball is empty.
        """
        if spec.radius is not None:
            return float((self.counts.items[:, : spec.radius + 1].sum(axis=1) == 0).mean())
        if spec.kind == "mAP" and spec.cutoff is not None and spec.ties == "index" and self.ranks is not None:
            found = self.ranks.found[:, self.ranks.cutoffs.index(spec.cutoff)]
            return float(((found == 0) & (self.counts.relevant > 0)).sum())
        return None


def _cutoffs(specs: Sequence[MetricSpec], n_items: int) -> tuple[int, ...]:
    """Return the ranks at which metrics in index order need sums; the whole table is one of them."""
    needed = {n_items if spec.cutoff is None else spec.cutoff for spec in specs if spec.ties == "index"}
    return tuple(sorted(needed))


def _per_query(spec: MetricSpec, counts: LevelCounts, ranks: IndexRanks | None) -> PerQuery:
    if spec.radius is not None:
        return ball_precision(counts, spec.radius)
    if spec.ties == "expected" or ranks is None:
        k = spec.cutoff
        return expected_ap(counts, k) if spec.kind == "mAP" or k is None else expected_precision(counts, k)
    if spec.kind == "mAP" or spec.cutoff is None:
        return index_ap(counts, ranks, spec.cutoff)
    return index_precision(ranks, spec.cutoff)


def evaluate(
    table: Words, queries: Words, relevance: Relevance, specs: Sequence[MetricSpec], n_bits: int, *, threads: int = 1
) -> Evaluation:
    """Measure how well the queries find their relevant items in the table.

    table, queries: packed codes (``codes.pack``) of shape (n, words) and (q, words), the table in database
    order. One pass over the pairs, a slower one if a metric needs ties in index order; memory is bounded by a
    block of queries, whatever q is. ``threads`` share the queries; no figure depends on it.
    """
    cutoffs = _cutoffs(specs, len(table))
    ranks: IndexRanks | None = None
    if cutoffs:
        counts, ranks = index_ranks(queries, table, relevance, n_bits, cutoffs, threads=threads)
    else:
        counts = level_counts(queries, table, relevance, n_bits, threads=threads)
    return Evaluation(counts, {spec: _per_query(spec, counts, ranks) for spec in specs}, ranks)
