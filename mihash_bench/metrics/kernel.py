"""The compiled loops over (query, item) pairs: XOR, population count, and counters by Hamming distance.

Compiled once and cached; they hold no interpreter lock. Their checked public face is ``levels``.
"""

from typing import Any

import numba
import numpy as np
from numba import types
from numba.extending import intrinsic

# Items that a block of queries goes through together: 64 KiB of codes stay in the first cache.
CHUNK_ITEMS = 8192
BANK = 257  # counters of one bank: distances 0..256


@intrinsic
def _population_count(typing_context: Any, word: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), generate


_WORDS = "uint64[:, ::1]"
_COUNTS = "int64[:, ::1]"
_RELEVANT = "boolean[:, ::1]"
_OPTIONS: dict[str, Any] = {"nogil": True, "cache": True, "error_model": "numpy"}


@numba.njit("int64(uint64[::1], uint64[::1])", inline="always", **_OPTIONS)
def _distance(a: Any, b: Any) -> Any:
    total = np.uint64(0)
    for k in range(len(a)):
        total += _population_count(a[k] ^ b[k])  # type: ignore[call-arg]
    return np.int64(total)


@numba.njit(inline="always", **_OPTIONS)
def _fill(query: Any, table: Any, start: Any, stop: Any, banks: Any) -> None:
    """Count distances of items start..stop-1. Four banks: one counter raised twice in a row would wait for itself."""
    if len(query) == 1:
        code, words = query[0], table[:, 0]
        whole = start + (stop - start) // 4 * 4
        for i in range(start, whole, 4):
            banks[0, _population_count(words[i] ^ code)] += 1  # type: ignore[call-arg]
            banks[1, _population_count(words[i + 1] ^ code)] += 1
            banks[2, _population_count(words[i + 2] ^ code)] += 1
            banks[3, _population_count(words[i + 3] ^ code)] += 1
        for i in range(whole, stop):
            banks[0, _population_count(words[i] ^ code)] += 1  # type: ignore[call-arg]
    else:
        for i in range(start, stop):
            banks[i & 3, _distance(query, table[i])] += 1


@numba.njit(inline="always", **_OPTIONS)
def _empty(banks: Any, counts: Any) -> None:
    """Add what the banks hold to counts and set them to 0."""
    for d in range(len(counts)):
        counts[d] += banks[0, d] + banks[1, d] + banks[2, d] + banks[3, d]
        banks[0, d] = banks[1, d] = banks[2, d] = banks[3, d] = 0


@numba.njit(f"void({_WORDS}, {_WORDS}, int64[::1], int64[::1], {_COUNTS}, {_COUNTS})", **_OPTIONS)
def count_levels_by_range(queries: Any, table: Any, starts: Any, stops: Any, items: Any, hits: Any) -> None:
    """Add to items[q, d] the table rows at distance d from query q, and to hits[q, d] those of its range.

    Rows starts[q]..stops[q]-1 are the relevant ones: the table is sorted by label.
    """
    banks = np.zeros((4, BANK), np.int64)
    for low in range(0, len(table), CHUNK_ITEMS):
        high = min(low + CHUNK_ITEMS, len(table))
        for q in range(len(queries)):
            start = min(max(starts[q], low), high)
            stop = min(max(stops[q], start), high)
            if start < stop:
                before = hits[q].copy()
                _fill(queries[q], table, start, stop, banks)
                _empty(banks, hits[q])
                items[q] += hits[q] - before
            _fill(queries[q], table, low, start, banks)
            _fill(queries[q], table, stop, high, banks)
            _empty(banks, items[q])


@numba.njit(f"void({_WORDS}, {_WORDS}, {_RELEVANT}, {_COUNTS}, {_COUNTS})", **_OPTIONS)
def count_levels(queries: Any, table: Any, relevant: Any, items: Any, hits: Any) -> None:
    """Add to items[q, d] the table rows at distance d from query q, and to hits[q, d] the relevant ones."""
    for q in range(len(queries)):
        for i in range(len(table)):
            d = _distance(queries[q], table[i])
            items[q, d] += 1
            hits[q, d] += relevant[q, i]


@numba.njit(inline="always", **_OPTIONS)
def _ranks_of_relevant(query: Any, table: Any, relevant: Any, rank: Any, distances: Any, ranks: Any) -> Any:
    """Write distance and rank of each relevant item, in table order, and return how many there are.

    Without a branch, which could not be foreseen: each item is written to the next free place, which only a relevant
    one takes.
    """
    taken = 0
    for i in range(len(table)):
        d = _distance(query, table[i])
        rank[d] += 1
        distances[taken], ranks[taken] = d, rank[d]
        taken += relevant[i]
    return taken


@numba.njit(inline="always", **_OPTIONS)
def _walk(query: Any, table: Any, relevant: Any, rank: Any, hit: Any, cutoffs: Any, sums: Any, found: Any) -> None:
    distances, ranks = np.empty(len(table) + 1, np.int64), np.empty(len(table) + 1, np.int64)
    for k in range(_ranks_of_relevant(query, table, relevant, rank, distances, ranks)):
        d = distances[k]
        hit[d] += 1
        precision = hit[d] / ranks[k]
        for c in range(len(cutoffs)):
            if ranks[k] <= cutoffs[c]:
                sums[c] += precision
                found[c] += 1


@numba.njit(
    f"void({_WORDS}, {_WORDS}, {_RELEVANT}, {_COUNTS}, {_COUNTS}, int64[::1], float64[:, ::1], {_COUNTS})", **_OPTIONS
)
def walk_ranks(
    queries: Any, table: Any, relevant: Any, items_before: Any, hits_before: Any, cutoffs: Any, sums: Any, found: Any
) -> None:
    """Rank each query's items by distance, ties in table order, without sorting.

    The rank of an item is the number of items at smaller distances (``items_before``) plus its place among its
    own level; likewise for relevant ones. Adds the precisions at the ranks of the relevant items up to each
    cutoff to ``sums``, and their number to ``found``, both of shape (queries, cutoffs).
    """
    for q in range(len(queries)):
        rank, hit = items_before[q].copy(), hits_before[q].copy()
        _walk(queries[q], table, relevant[q], rank, hit, cutoffs, sums[q], found[q])


@numba.njit(
    f"void({_WORDS}, {_WORDS}, int64[::1], int64[::1], {_COUNTS}, {_COUNTS}, int64[::1], float64[:, ::1], {_COUNTS})",
    **_OPTIONS,
)
def walk_ranks_by_label(
    queries: Any, table: Any, query_labels: Any, labels: Any, items_before: Any, hits_before: Any, cutoffs: Any,
    sums: Any, found: Any,
) -> None:  # fmt: skip
    """Do as ``walk_ranks`` for items that are relevant when they have the query's label."""
    relevant = np.empty(len(table), np.bool_)
    for q in range(len(queries)):
        for i in range(len(table)):
            relevant[i] = labels[i] == query_labels[q]
        rank, hit = items_before[q].copy(), hits_before[q].copy()
        _walk(queries[q], table, relevant, rank, hit, cutoffs, sums[q], found[q])
