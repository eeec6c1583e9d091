"""Precision of the first k ranks, and within a Hamming ball. A query without relevant items scores 0."""

import numpy as np

from mihash_bench.metrics.average_precision import PerQuery
from mihash_bench.metrics.levels import IndexRanks, LevelCounts


def expected_precision(counts: LevelCounts, k: int) -> PerQuery:
    """Return ``(R_d + (k - N_d) r_d/n_d) / k`` at the level d that reaches rank k, shape (queries,).

    That is the mean over all orders of the ties. With fewer than k items in the table all of them count, and
    the sum is still divided by k.
    """
    taken = np.clip(k - counts.items_before, 0, counts.items)
    share = counts.hits / np.maximum(counts.items, 1)
    return np.asarray((share * taken).sum(axis=1) / k)


def index_precision(ranks: IndexRanks, k: int) -> PerQuery:
    """Return the share of relevant items among the first k ranks, ties in table order, shape (queries,)."""
    return ranks.found[:, ranks.cutoffs.index(k)] / k


def ball_precision(counts: LevelCounts, radius: int) -> PerQuery:
    """Return the share of relevant items among those within the radius, shape (queries,); 0 for an empty ball."""
    items = counts.items[:, : radius + 1].sum(axis=1)
    return np.asarray(counts.hits[:, : radius + 1].sum(axis=1) / np.maximum(items, 1))
