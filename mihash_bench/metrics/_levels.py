"""Counting the items and the relevant items at each Hamming distance of each query, block by block."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mihash_bench.codes import Words
from mihash_bench.metrics._distinct import distinct_codes
from mihash_bench.metrics._kernel import (
    count_distinct_levels,
    count_levels,
    count_levels_by_range,
    walk_ranks,
    walk_ranks_by_label,
)
from mihash_bench.metrics.base import IndexRanks, LevelCounts
from mihash_bench.neighbors import ByLabel
from mihash_bench.parameters import MAX_BITS

# Blocks of queries have about this many (query, item) pairs, so that their relevance takes 16 MiB of booleans.
BLOCK_PAIRS = 1 << 24


class Relevance(Protocol):
    """Which items are relevant to which queries."""

    @property
    def by_label(self) -> ByLabel | None:
        """The labels, if an item is relevant to a query exactly when both have the same label; None otherwise."""
        ...

    def block(self, start: int, stop: int) -> NDArray[np.bool_]:
        """Return the rows of queries start..stop-1, shape (stop - start, n)."""
        ...


def _blocks(queries: int, items: int, threads: int) -> Iterator[slice]:
    """Yield blocks of queries that keep memory bounded, and at least one block for each thread."""
    step = max(1, min(BLOCK_PAIRS // max(items, 1), -(-queries // threads)))
    for start in range(0, queries, step):
        yield slice(start, min(start + step, queries))


def _each_block(work: Callable[[slice], None], queries: int, items: int, threads: int) -> None:
    """Do the work block by block, where each query needs memory for ``items`` numbers."""
    blocks = _blocks(queries, items, threads)
    if threads == 1:
        for rows in blocks:
            work(rows)
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, blocks))


def _relevant(relevance: Relevance, rows: slice) -> NDArray[np.bool_]:
    """Return a block of relevance in C order, as the compiled loops need it."""
    return np.ascontiguousarray(relevance.block(rows.start, rows.stop))


def _no_counts(queries: Words, table: Words, n_bits: int) -> LevelCounts:
    if queries.shape[1] != table.shape[1]:
        raise ValueError(f"codes: queries have {queries.shape[1]} words per code, the table has {table.shape[1]}")
    if not 1 <= n_bits <= MAX_BITS or table.shape[1] != -(-n_bits // 64):
        raise ValueError(f"codes: {n_bits} bits do not fit {table.shape[1]} words (allowed: 1 to {MAX_BITS} bits)")
    return LevelCounts(*(np.zeros((len(queries), n_bits + 1), np.int64) for _ in range(2)))


def level_counts(queries: Words, table: Words, relevance: Relevance, n_bits: int, *, threads: int = 1) -> LevelCounts:
    """Count the items and relevant items at each distance of each query in one pass over the table.

    queries, table: packed codes of shape (q, words) and (n, words). The queries are divided among ``threads``, which
    does not affect the counts. Raises ValueError if the codes do not have ``n_bits`` bits.
    """
    counts = _no_counts(queries, table, n_bits)
    by_label = relevance.by_label
    sorted_table = np.ascontiguousarray(table[by_label.order]) if by_label else table
    distinct = distinct_codes(sorted_table, by_label) if by_label else None

    def count(rows: slice) -> None:
        out = counts.items[rows], counts.hits[rows]
        if distinct:
            ranges = distinct.starts[rows], distinct.stops[rows]
            count_distinct_levels(queries[rows, 0].copy(), distinct.words, distinct.times, *ranges, *out)
        elif by_label:
            count_levels_by_range(queries[rows], sorted_table, by_label.starts[rows], by_label.stops[rows], *out)
        else:
            count_levels(queries[rows], table, _relevant(relevance, rows), *out)

    _each_block(count, len(queries), 1 if by_label else len(table), threads)
    return counts


def index_ranks(
    queries: Words,
    table: Words,
    relevance: Relevance,
    n_bits: int,
    cutoffs: tuple[int, ...],
    *,
    threads: int = 1,
) -> tuple[LevelCounts, IndexRanks]:
    """Return the level counts, and the sums up to each cutoff with ties in database order, from one pass.

    Arguments and errors are those of ``level_counts``.
    """
    counts = _no_counts(queries, table, n_bits)
    shape = (len(queries), len(cutoffs))
    ranks = IndexRanks(cutoffs, np.zeros(shape), np.zeros(shape, np.int64))
    limits = np.array(cutoffs, np.int64)
    by_label = relevance.by_label

    def walk(rows: slice) -> None:
        out = limits, counts.items[rows], counts.hits[rows], ranks.precision_sums[rows], ranks.found[rows]
        if by_label:
            walk_ranks_by_label(queries[rows], table, by_label.query_labels[rows], by_label.labels, *out)
        else:
            walk_ranks(queries[rows], table, _relevant(relevance, rows), *out)

    _each_block(walk, len(queries), 1 if by_label else len(table), threads)
    return counts, ranks
