"""Counting the items and the relevant items at each Hamming distance of each query, block by block."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mihash_bench.codes import Words
from mihash_bench.metrics._distinct import distinct_codes, distinct_queries
from mihash_bench.metrics._kernel import count_distinct_levels
from mihash_bench.metrics._planes_kernel import bit_planes, count_in_planes
from mihash_bench.metrics._ranks_kernel import rank_in_planes
from mihash_bench.metrics.base import IndexRanks, LevelCounts
from mihash_bench.neighbors import ByLabel, Positions
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


def _check(queries: Words, table: Words, n_bits: int) -> None:
    if queries.shape[1] != table.shape[1]:
        raise ValueError(f"codes: queries have {queries.shape[1]} words per code, the table has {table.shape[1]}")
    if not 1 <= n_bits <= MAX_BITS or table.shape[1] != -(-n_bits // 64):
        raise ValueError(f"codes: {n_bits} bits do not fit {table.shape[1]} words (allowed: 1 to {MAX_BITS} bits)")


def _no_counts(queries: int, n_bits: int) -> LevelCounts:
    return LevelCounts(*(np.zeros((queries, n_bits + 1), np.int64) for _ in range(2)))


def level_counts(queries: Words, table: Words, relevance: Relevance, n_bits: int, *, threads: int = 1) -> LevelCounts:
    """Count the items and relevant items at each distance of each query in one pass over the table.

    queries, table: packed codes of shape (q, words) and (n, words). The queries are divided among ``threads``, which
    does not affect the counts. Raises ValueError if the codes do not have ``n_bits`` bits.
    """
    _check(queries, table, n_bits)
    by_label = relevance.by_label
    if by_label is None:
        return _counts_of_blocks(queries, table, relevance, n_bits, threads)
    once, equal = distinct_queries(queries, by_label.query_labels)
    ranges = by_label.starts[once], by_label.stops[once]
    counts = _counts_by_range(queries[once], np.ascontiguousarray(table[by_label.order]), *ranges, n_bits, threads)
    return LevelCounts(counts.items[equal], counts.hits[equal])


def _counts_by_range(
    queries: Words, table: Words, starts: Positions, stops: Positions, n_bits: int, threads: int
) -> LevelCounts:
    """Count where items starts[q]..stops[q]-1 of the table are those that are relevant to query q."""
    counts, distinct = _no_counts(len(queries), n_bits), distinct_codes(table, starts, stops)
    planes = bit_planes(table, n_bits) if distinct is None else None
    nothing = np.empty((len(queries), 0), np.uint64)

    def count(rows: slice) -> None:
        out = counts.items[rows], counts.hits[rows]
        if distinct is not None:
            ranges = distinct.starts[rows], distinct.stops[rows]
            count_distinct_levels(queries[rows, 0].copy(), distinct.words, distinct.times, *ranges, *out)
        else:
            count_in_planes(queries[rows], planes, len(table), starts[rows], stops[rows], nothing[rows], *out)

    _each_block(count, len(queries), 1, threads)
    return counts


def _counts_of_blocks(queries: Words, table: Words, relevance: Relevance, n_bits: int, threads: int) -> LevelCounts:
    """Count where relevance is a matrix, of which a block is held at a time."""
    counts, planes = _no_counts(len(queries), n_bits), bit_planes(table, n_bits)

    def count(rows: slice) -> None:
        near = _as_words(relevance.block(rows.start, rows.stop))
        nowhere = np.zeros(len(near), np.int64)
        out = counts.items[rows], counts.hits[rows]
        count_in_planes(queries[rows], planes, len(table), nowhere, nowhere, near, *out)

    _each_block(count, len(queries), len(table), threads)
    return counts


def _as_words(near: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """Return a matrix with the columns as bits of words, at least one; bit 0 of the first word is the first column."""
    packed = np.packbits(near, axis=1, bitorder="little")
    words = np.zeros((len(near), 8 * max(1, -(-packed.shape[1] // 8))), np.uint8)
    words[:, : packed.shape[1]] = packed
    return words.view("<u8").astype(np.uint64, copy=False)


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
    _check(queries, table, n_bits)
    by_label = relevance.by_label
    everyone = np.arange(len(queries))
    once, equal = distinct_queries(queries, by_label.query_labels) if by_label else (everyone, everyone)
    shape = (len(once), len(cutoffs))
    counts, sums, found = _no_counts(len(once), n_bits), np.zeros(shape), np.zeros(shape, np.int64)
    planes, limits = bit_planes(table, n_bits), np.array(cutoffs, np.int64)
    by_order = np.ascontiguousarray(table[by_label.order]) if by_label else None

    def rank(rows: slice) -> None:
        if by_label:
            relevant = by_label.order, by_label.starts[once[rows]], by_label.stops[once[rows]]
        else:
            relevant = _positions(relevance.block(rows.start, rows.stop))
        codes = np.ascontiguousarray(table[relevant[0]]) if by_order is None else by_order
        out = counts.items[rows], counts.hits[rows], sums[rows], found[rows]
        rank_in_planes(queries[once[rows]], planes, len(table), codes, *relevant, limits, *out)

    # A block of queries has the codes of its relevant items in memory.
    _each_block(rank, len(once), 1 if by_label else table.size, threads)
    ranks = IndexRanks(cutoffs, sums[equal], found[equal])
    return LevelCounts(counts.items[equal], counts.hits[equal]), ranks


def _positions(near: NDArray[np.bool_]) -> tuple[Positions, Positions, Positions]:
    """Return the columns that are true, row after row, and where those of each row start and stop."""
    rows, columns = np.nonzero(near)
    ends = np.cumsum(np.bincount(rows, minlength=len(near)))
    return np.ascontiguousarray(columns), np.append(0, ends[:-1]), ends
