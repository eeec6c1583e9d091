"""Compiled loops over (query, item) pairs: XOR, population count, and counters for each Hamming distance.

They are compiled once, cached, and release the interpreter lock. They do not check their arguments; ``_levels`` does.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import types
from numba.extending import intrinsic

from mihash_bench.compiling import compiled

# Items that all queries of a block visit before the next ones: their 64 KiB of codes stay in the cache.
CHUNK_ITEMS = 8192
BANK = 257  # counters in one bank, for distances 0..256


@intrinsic
def _population_count(typing_context: Any, word: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), generate


_WORDS = "uint64[:, ::1]"
_COUNTS = "int64[:, ::1]"
_RELEVANT = "boolean[:, ::1]"
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
_INLINED: Callable[[Callable[..., Any]], Any] = compiled(inline="always", **_OPTIONS)


@compiled("int64(uint64[::1], uint64[::1])", inline="always", **_OPTIONS)
def _distance(a: Any, b: Any) -> Any:
    total = np.uint64(0)
    for k in range(len(a)):
        total += _population_count(a[k] ^ b[k])  # type: ignore[call-arg]
    return np.int64(total)


@_INLINED
def _fill(code: Any, words: Any, start: Any, stop: Any, a: Any, b: Any, c: Any, d: Any) -> None:
    """Count the distances of items start..stop-1.

    Four banks of counters are used because incrementing one counter twice in a row stalls.
    """
    whole = start + (stop - start) // 4 * 4
    for i in range(start, whole, 4):
        a[_population_count(words[i] ^ code)] += np.uint32(1)  # type: ignore[call-arg]
        b[_population_count(words[i + 1] ^ code)] += np.uint32(1)
        c[_population_count(words[i + 2] ^ code)] += np.uint32(1)
        d[_population_count(words[i + 3] ^ code)] += np.uint32(1)
    for i in range(whole, stop):
        a[_population_count(words[i] ^ code)] += np.uint32(1)  # type: ignore[call-arg]


@_INLINED
def _fill_wide(query: Any, table: Any, start: Any, stop: Any, a: Any, b: Any) -> None:
    """Count the distances of items start..stop-1 for codes of several words, with two banks."""
    whole = start + (stop - start) // 2 * 2
    for i in range(start, whole, 2):
        a[_distance(query, table[i])] += np.uint32(1)
        b[_distance(query, table[i + 1])] += np.uint32(1)
    for i in range(whole, stop):
        a[_distance(query, table[i])] += np.uint32(1)


@_INLINED
def _empty(a: Any, b: Any, c: Any, d: Any, counts: Any) -> None:
    """Add the banks to counts and set them to 0."""
    for level in range(len(counts)):
        counts[level] += np.int64(a[level] + b[level] + c[level] + d[level])
        a[level] = b[level] = c[level] = d[level] = 0


@compiled(f"void({_WORDS}, {_WORDS}, int64[::1], int64[::1], {_COUNTS}, {_COUNTS})", **_OPTIONS)
def count_levels_by_range(queries: Any, table: Any, starts: Any, stops: Any, items: Any, hits: Any) -> None:
    """Add to items[q, d] the number of table rows at distance d from query q, and to hits[q, d] the relevant ones.

    The table is sorted by label, and rows starts[q]..stops[q]-1 are the relevant ones.
    """
    single = table.shape[1] == 1
    words = table.reshape(-1)
    a, b = np.zeros(BANK, np.uint32), np.zeros(BANK, np.uint32)
    c, d = np.zeros(BANK, np.uint32), np.zeros(BANK, np.uint32)
    of_range = np.zeros(items.shape[1], np.int64)
    for low in range(0, len(table), CHUNK_ITEMS):
        high = min(low + CHUNK_ITEMS, len(table))
        for q in range(len(queries)):
            start = min(max(starts[q], low), high)
            stop = min(max(stops[q], start), high)
            for part in range(3):
                first, last = ((start, stop), (low, start), (stop, high))[part]
                if single:
                    _fill(queries[q, 0], words, first, last, a, b, c, d)
                else:
                    _fill_wide(queries[q], table, first, last, a, b)
                if part == 0 and start < stop:
                    of_range[:] = 0
                    _empty(a, b, c, d, of_range)
                    hits[q] += of_range
                    items[q] += of_range
            _empty(a, b, c, d, items[q])


@_INLINED
def _fill_often(code: Any, words: Any, times: Any, start: Any, stop: Any, a: Any, b: Any) -> None:
    """Count the distances of items start..stop-1, each as often as it occurs."""
    whole = start + (stop - start) // 2 * 2
    for i in range(start, whole, 2):
        a[_population_count(words[i] ^ code)] += times[i]  # type: ignore[call-arg]
        b[_population_count(words[i + 1] ^ code)] += times[i + 1]
    for i in range(whole, stop):
        a[_population_count(words[i] ^ code)] += times[i]  # type: ignore[call-arg]


@compiled(f"void(uint64[::1], uint64[::1], int64[::1], int64[::1], int64[::1], {_COUNTS}, {_COUNTS})", **_OPTIONS)
def count_distinct_levels(
    queries: Any, words: Any, times: Any, starts: Any, stops: Any, items: Any, hits: Any
) -> None:  # fmt: skip
    """Do the same as ``count_levels_by_range`` for codes of one word, each of which stands for ``times`` rows."""
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


@compiled(f"void({_WORDS}, {_WORDS}, {_RELEVANT}, {_COUNTS}, {_COUNTS})", **_OPTIONS)
def count_levels(queries: Any, table: Any, relevant: Any, items: Any, hits: Any) -> None:
    """Add to items[q, d] the number of table rows at distance d from query q, and to hits[q, d] the relevant ones."""
    for q in range(len(queries)):
        for i in range(len(table)):
            d = _distance(queries[q], table[i])
            items[q, d] += 1
            hits[q, d] += relevant[q, i]


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
            d: Any = _population_count(words[i] ^ code)  # type: ignore[call-arg]
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
    the same holds for relevant items. ``items`` and ``hits`` are those of ``count_levels``. The precisions at the ranks
    of relevant items up to each cutoff are added to ``sums``, and the number of these items to ``found``, both of
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
