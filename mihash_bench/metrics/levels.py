"""Level counts: how many items, and how many relevant ones, each Hamming distance holds."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mihash_bench.codes import Words
from mihash_bench.metrics.kernel import count_levels, walk_ranks

Counts = NDArray[np.int64]

# Relevance is asked for in blocks of queries of about this many (query, item) pairs: 16 MiB of booleans.
BLOCK_PAIRS = 1 << 24


class Relevance(Protocol):
    """Which items of the table are relevant to which queries."""

    def block(self, start: int, stop: int) -> NDArray[np.bool_]:
        """Return the rows of queries start..stop-1, shape (stop - start, n)."""
        ...


@dataclass(frozen=True)
class LevelCounts:
    """Items and relevant items at each distance 0..b: two arrays of shape (queries, b + 1)."""

    items: Counts
    hits: Counts

    @property
    def items_before(self) -> Counts:
        """N_d: items at smaller distances, shape (queries, b + 1)."""
        return np.cumsum(self.items, axis=1) - self.items

    @property
    def hits_before(self) -> Counts:
        """R_d: relevant items at smaller distances, shape (queries, b + 1)."""
        return np.cumsum(self.hits, axis=1) - self.hits

    @property
    def relevant(self) -> Counts:
        """R: relevant items of each query, shape (queries,)."""
        return np.asarray(self.hits.sum(axis=1))


@dataclass(frozen=True)
class IndexRanks:
    """Precisions at the ranks of relevant items, ties in table order, up to each cutoff: (queries, cutoffs)."""

    cutoffs: tuple[int, ...]
    precision_sums: NDArray[np.float64]
    found: Counts


def _blocks(queries: int, items: int) -> Iterator[tuple[int, int]]:
    step = max(1, BLOCK_PAIRS // max(items, 1))
    for start in range(0, queries, step):
        yield start, min(start + step, queries)


def _relevant(relevance: Relevance, start: int, stop: int) -> NDArray[np.bool_]:
    """Return a block of relevance as the compiled loops need it: row after row."""
    return np.ascontiguousarray(relevance.block(start, stop))


def level_counts(queries: Words, table: Words, relevance: Relevance, n_bits: int) -> LevelCounts:
    """Count the levels of every query in one pass over the table.

    queries, table: packed codes of shape (q, words) and (n, words). Raises ValueError when their words differ.
    """
    if queries.shape[1] != table.shape[1]:
        raise ValueError(f"codes: queries have {queries.shape[1]} words a code, the table {table.shape[1]}")
    counts = LevelCounts(*(np.zeros((len(queries), n_bits + 1), np.int64) for _ in range(2)))
    for start, stop in _blocks(len(queries), len(table)):
        rows = slice(start, stop)
        count_levels(queries[rows], table, _relevant(relevance, start, stop), counts.items[rows], counts.hits[rows])
    return counts


def index_ranks(
    queries: Words, table: Words, relevance: Relevance, counts: LevelCounts, cutoffs: tuple[int, ...]
) -> IndexRanks:
    """Walk the table once more to rank ties in table order, up to each of the cutoffs."""
    shape = (len(queries), len(cutoffs))
    ranks = IndexRanks(cutoffs, np.zeros(shape), np.zeros(shape, np.int64))
    items_before, hits_before = counts.items_before, counts.hits_before
    limits = np.array(cutoffs, np.int64)
    for start, stop in _blocks(len(queries), len(table)):
        rows = slice(start, stop)
        walk_ranks(
            queries[rows],
            table,
            _relevant(relevance, start, stop),
            items_before[rows],
            hits_before[rows],
            limits,
            ranks.precision_sums[rows],
            ranks.found[rows],
        )
    return ranks
