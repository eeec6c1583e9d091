"""Compiled loops over (query, code) pairs: XOR, population count, and counters for each Hamming distance.

They are compiled once, cached, and release the interpreter lock. They do not check their arguments; ``_levels`` does.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from mihash_bench.compiling import compiled
from mihash_bench.metrics._lanes import count_bits

BANK = 257  # counters in one bank, for distances 0..256

_WORDS = "uint64[:, ::1]"
_COUNTS = "int64[:, ::1]"
_RELEVANT = "boolean[:, ::1]"
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
_INLINED: Callable[[Callable[..., Any]], Any] = compiled(inline="always", **_OPTIONS)


@compiled("int64(uint64[::1], uint64[::1])", inline="always", **_OPTIONS)
def _distance(a: Any, b: Any) -> Any:
    total = np.uint64(0)
    for k in range(len(a)):
        total += count_bits(a[k] ^ b[k])
    return np.int64(total)


@_INLINED
def _fill_often(code: Any, words: Any, times: Any, start: Any, stop: Any, a: Any, b: Any) -> None:
    """Count the distances of items start..stop-1, each as often as it occurs.

    Two banks of counters are used because incrementing one counter twice in a row stalls.
    """
    whole = start + (stop - start) // 2 * 2
    for i in range(start, whole, 2):
        a[count_bits(words[i] ^ code)] += times[i]
        b[count_bits(words[i + 1] ^ code)] += times[i + 1]
    for i in range(whole, stop):
        a[count_bits(words[i] ^ code)] += times[i]


@compiled(f"void(uint64[::1], uint64[::1], int64[::1], int64[::1], int64[::1], {_COUNTS}, {_COUNTS})", **_OPTIONS)
def count_distinct_levels(
    queries: Any, words: Any, times: Any, starts: Any, stops: Any, items: Any, hits: Any
) -> None:  # fmt: skip
    """Add to items[q, d] the number of items at distance d from query q, and to hits[q, d] the relevant ones.

    Each of the words is the code of ``times`` items, and words starts[q]..stops[q]-1 are those of relevant ones.
    """
    a, b = np.zeros(BANK, np.int64), np.zeros(BANK, np.int64)
    for q in range(len(queries)):
        first, last = starts[q], max(starts[q], stops[q])
        _fill_often(queries[q], words, times, first, last, a, b)
        hits[q] += a[: items.shape[1]] + b[: items.shape[1]]
        _fill_often(queries[q], words, times, 0, first, a, b)
        _fill_often(queries[q], words, times, last, len(words), a, b)
        items[q] += a[: items.shape[1]] + b[: items.shape[1]]
        a[:] = 0
        b[:] = 0


@_INLINED
def _places_of_relevant(query: Any, table: Any, relevant: Any, items: Any, distances: Any, places: Any) -> Any:
    """Count the items at each distance and return the number of relevant items.

    For each relevant item, its distance and its position among the items at that distance are written to ``distances``
    and ``places``. There is no branch, since it could not be predicted: every item is written to the next free entry,
    and only a relevant item advances it.
    """
    taken = 0
    if len(query) == 1:
        code, words = query[0], table[:, 0]
        for i in range(len(words)):
            d: Any = count_bits(words[i] ^ code)
            place = items[d] + 1
            items[d] = place
            distances[taken], places[taken] = d, place
            taken += relevant[i]
    else:
        for i in range(len(table)):
            d = _distance(query, table[i])
            items[d] += 1
            distances[taken], places[taken] = d, items[d]
            taken += relevant[i]
    return taken


@_INLINED
def _walk(
    query: Any, table: Any, relevant: Any, cutoffs: Any, items: Any, hits: Any, sums: Any, found: Any, distances: Any,
    places: Any,
) -> None:  # fmt: skip
    taken = _places_of_relevant(query, table, relevant, items, distances, places)
    for k in range(taken):
        hits[distances[k]] += 1
    # Items and relevant items at smaller distances.
    nearer, nearer_hits = np.zeros(len(items), np.int64), np.zeros(len(items), np.int64)
    for d in range(1, len(items)):
        nearer[d] = nearer[d - 1] + items[d - 1]
        nearer_hits[d] = nearer_hits[d - 1] + hits[d - 1]
    for k in range(taken):
        d = distances[k]
        nearer_hits[d] += 1
        rank = nearer[d] + places[k]
        precision = nearer_hits[d] / rank
        for c in range(len(cutoffs)):
            if rank <= cutoffs[c]:
                sums[c] += precision
                found[c] += 1


@compiled(
    f"void({_WORDS}, {_WORDS}, {_RELEVANT}, int64[::1], {_COUNTS}, {_COUNTS}, float64[:, ::1], {_COUNTS})", **_OPTIONS
)
def walk_ranks(
    queries: Any, table: Any, relevant: Any, cutoffs: Any, items: Any, hits: Any, sums: Any, found: Any
) -> None:
    """Count the levels and rank each query's items by distance, with ties in table order, without sorting.

    The rank of an item is the number of items at smaller distances plus its position among those at its own distance;
    the same holds for relevant items. ``items`` and ``hits`` are those of ``count_in_planes``. The precisions at the
    ranks of relevant items up to each cutoff are added to ``sums``, and the number of these items to ``found``, both of
    shape (queries, cutoffs).
    """
    distances, places = np.empty(len(table) + 1, np.int32), np.empty(len(table) + 1, np.int64)
    for q in range(len(queries)):
        _walk(queries[q], table, relevant[q], cutoffs, items[q], hits[q], sums[q], found[q], distances, places)


@compiled(
    f"void({_WORDS}, {_WORDS}, int64[::1], int64[::1], int64[::1], {_COUNTS}, {_COUNTS}, float64[:, ::1], {_COUNTS})",
    **_OPTIONS,
)
def walk_ranks_by_label(
    queries: Any, table: Any, query_labels: Any, labels: Any, cutoffs: Any, items: Any, hits: Any, sums: Any, found: Any
) -> None:
    """Do the same as ``walk_ranks``, where the items with the query's label are the relevant ones."""
    relevant = np.empty(len(table), np.bool_)
    distances, places = np.empty(len(table) + 1, np.int32), np.empty(len(table) + 1, np.int64)
    for q in range(len(queries)):
        for i in range(len(table)):
            relevant[i] = labels[i] == query_labels[q]
        _walk(queries[q], table, relevant, cutoffs, items[q], hits[q], sums[q], found[q], distances, places)
