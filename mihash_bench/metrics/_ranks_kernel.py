"""Ranking the relevant items of each query by distance, with ties in table order, from bit planes and without sorting.

The rank of an item is the number of items at smaller distances plus its position among those at its own distance, which
is the number of bits up to its own in the mask of the level (``_planes_kernel``).
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from mihash_bench.compiling import compiled
from mihash_bench.metrics._lanes import (
    FIFTEEN,
    LANES,
    count_bits,
    count_fifteen,
    load_row,
    store_eight_masks,
    store_preceding,
    store_row,
)
from mihash_bench.metrics._planes_kernel import (
    BLOCK,
    DIGITS,
    SIXTEEN,
    SUMS,
    choose_sums,
    digits_of,
    narrow,
    write_distances,
    write_range,
    write_sums,
)

WORDS = FIFTEEN * LANES  # of a mask
# Queries that share the sums of planes, and relevant items of theirs that are remembered until all items are counted.
GROUP, REMEMBERED = 16, 1 << 20

_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
_INLINED: Callable[[Callable[..., Any]], Any] = compiled(inline="always", **_OPTIONS)


@_INLINED
def _measure(query: Any, codes: Any, distances: Any) -> None:
    """Write the distances of some items to a query. codes: the words of these items, one after another."""
    if len(query) == 1:
        for k in range(len(distances)):
            distances[k] = count_bits(query[0] ^ codes[k])
        return
    for k in range(len(distances)):
        bits = np.uint64(0)
        for j in range(len(query)):
            bits += count_bits(query[j] ^ codes[np.uint64(k * len(query) + j)])
        distances[k] = bits


@_INLINED
def _count(distances: Any, here: Any) -> None:
    """Write to ``here`` how many items are at each distance.

    It has two banks of counters, which different instructions use, because incrementing one counter twice in a row
    stalls.
    """
    here[:] = 0
    for k in range(0, len(distances) - 1, 2):
        # Unsigned, since numba takes a negative index as counted from the end, which costs a comparison.
        here[0, distances[np.uint64(k)]] += 1
        here[1, distances[np.uint64(k) + np.uint64(1)]] += 1
    if len(distances) % 2:
        here[0, distances[len(distances) - 1]] += 1


@_INLINED
def _write_levels(
    numbers: Any, digits: Any, whole: Any, masks: Any, levels: Any, before: Any, here: Any, counts: Any
) -> None:
    """Add the number of items at each level to ``counts`` and write the masks of these levels to ``levels``.

    For levels with relevant items, which ``here`` counts, the number of items of the level that precede each word of
    the mask is written to ``before``. Both have WORDS entries for each level.
    """
    for block in range(FIFTEEN):
        store_row(masks, FIFTEEN * digits + block, load_row(whole, block))
    for eight in range(0, len(counts), 8):
        if not narrow(numbers, digits, eight, masks):
            continue
        for block in range(FIFTEEN):
            row = load_row(masks, FIFTEEN * 3 + block)
            store_eight_masks(row, numbers, DIGITS * block, levels, FIFTEEN * eight + block)
        for level in range(eight, min(eight + 8, len(counts))):
            if here[0, level] + here[1, level]:
                counts[level] = store_preceding(levels, FIFTEEN * level, before, WORDS * level, counts[level])
            else:
                counts[level] += count_fifteen(levels, FIFTEEN * level)


@_INLINED
def _place(positions: Any, low: Any, levels: Any, before: Any, distances: Any, places: Any) -> None:
    """Write the places of the items at ``positions`` within their levels, from 1, with masks that begin at ``low``."""
    for k in range(len(positions)):
        inside = np.uint64(positions[k]) - np.uint64(low)
        word = np.uint64(distances[k]) * np.uint64(WORDS) + (inside >> np.uint64(6))
        upto = levels[word] << (np.uint64(63) - (inside & np.uint64(63)))
        places[k] = np.uint64(before[word]) + count_bits(upto)


@_INLINED
def _add_precisions(distances: Any, places: Any, cutoffs: Any, items: Any, hits: Any, sums: Any, found: Any) -> None:
    """Add the precisions at the ranks of relevant items up to each cutoff, in table order, and count these items."""
    # Items and relevant items at smaller distances; ``seen`` are the latter and those before it at the same distance.
    nearer, nearer_hits = np.zeros(len(items), np.int64), np.zeros(len(items), np.int64)
    seen = np.empty(len(items), np.int64)
    for d in range(1, len(items)):
        nearer[d] = nearer[d - 1] + items[d - 1]
        nearer_hits[d] = nearer_hits[d - 1] + hits[d - 1]
    for c in range(len(cutoffs)):
        total, number, cutoff = sums[c], found[c], cutoffs[c]
        seen[:] = nearer_hits
        for k in range(len(distances)):
            d = distances[k]
            rank, relevant = nearer[d] + np.int64(places[k]), seen[d] + 1
            seen[d] = relevant
            if rank <= cutoff:
                total += relevant / rank
                number += 1
        sums[c], found[c] = total, number


@_INLINED
def _first_beyond(positions: Any, first: Any, last: Any, high: Any) -> Any:
    """Return the first index from ``first`` whose position is at least ``high``, or ``last``, by bisection."""
    index, end = first, last
    while index < end:
        middle = (index + end) // 2
        if positions[middle] < high:
            index = middle + 1
        else:
            end = middle
    return index


@_INLINED
def _end_of_group(first: Any, starts: Any, stops: Any) -> Any:
    """Return the end of a group of queries that starts at ``first``, whose relevant items are not too many."""
    end, total = first + 1, stops[first] - starts[first]
    while end < min(first + GROUP, len(starts)) and total + stops[end] - starts[end] <= REMEMBERED:
        total += stops[end] - starts[end]
        end += 1
    return end


@_INLINED
def _room(units: Any, n_levels: Any) -> Any:
    """Return arrays for the sums of planes, a query's choice of them, distances and masks of a part of the table."""
    sums, chosen = np.empty(FIFTEEN * units * SUMS * LANES, np.uint64), np.empty((units, 6), np.int64)
    numbers, masks = np.zeros(DIGITS * WORDS, np.uint64), np.empty((DIGITS + 1) * WORDS, np.uint64)
    levels = np.empty((n_levels + 7) // 8 * 8 * WORDS, np.uint64)
    before, here = np.empty(len(levels), np.uint32), np.empty((2, n_levels), np.int64)
    return sums, chosen, numbers, masks, np.empty(WORDS, np.uint64), levels, before, here


@_INLINED
def _remember(starts: Any, stops: Any) -> Any:
    """Return arrays for the distances and places of relevant items, and where those of each query begin."""
    begin = np.append(0, np.cumsum(stops - starts))
    total = begin[-1]
    return np.empty(total, np.uint16), np.empty(total, np.uint32), begin


@_INLINED
def _place_part(
    queries: Any, planes: Any, first: Any, n_items: Any, codes: Any, positions: Any, starts: Any, stops: Any,
    taken: Any, room: Any, remembered: Any, items: Any, hits: Any,
) -> None:  # fmt: skip
    """Count the levels of fifteen blocks from block ``first``, and place the relevant items that are in them.

    codes: the words of the items at all ``positions``, one after another. The first ``taken`` relevant items of each
    query are in earlier blocks.
    """
    sums, chosen, numbers, masks, whole, levels, before, here = room
    distances, places, begin = remembered
    blocks, low = min(FIFTEEN, len(planes) - first), first * BLOCK
    high, digits = min(low + FIFTEEN * BLOCK, n_items), digits_of(items.shape[1] - 1)
    write_range(whole, low, low, high)
    write_sums(planes.reshape(-1), first, blocks, len(chosen), sums)
    words = queries.shape[1]
    for q in range(len(queries)):
        choose_sums(queries[q], chosen)
        write_distances(sums, chosen, blocks, digits, numbers)
        start = starts[q] + taken[q]
        stop = _first_beyond(positions, start, min(stops[q], start + high - low), high)
        part = slice(begin[q] + taken[q], begin[q] + stop - starts[q])
        _measure(queries[q], codes[start * words : stop * words], distances[part])
        _count(distances[part], here)
        for d in range(len(hits[q])):
            hits[q, d] += here[0, d] + here[1, d]
        _write_levels(numbers, digits, whole, masks, levels, before, here, items[q])
        _place(positions[start:stop], low, levels, before, distances[part], places[part])
        taken[q] = stop - starts[q]


@compiled(
    "void(uint64[:, ::1], uint64[:, :, ::1], int64, uint64[:, ::1], int64[::1], int64[::1], int64[::1], int64[::1],"
    " int64[:, ::1], int64[:, ::1], float64[:, ::1], int64[:, ::1])",
    **_OPTIONS,
)
def rank_in_planes(
    queries: Any, planes: Any, n_items: Any, codes: Any, positions: Any, starts: Any, stops: Any, cutoffs: Any,
    items: Any, hits: Any, sums: Any, found: Any,
) -> None:  # fmt: skip
    """Count the levels as ``count_in_planes`` does, and rank the relevant items of each query.

    Relevant to query q are the items at ``positions[starts[q]:stops[q]]``, which increase; ``codes`` has the codes of
    the items at all positions. The precisions at the ranks of relevant items up to each cutoff are added to ``sums``,
    and the number of these items to ``found``, both of shape (queries, cutoffs). A group of queries is ranked at once.
    """
    room, flat = _room(planes.shape[1] // SIXTEEN, items.shape[1]), codes.reshape(-1)
    group = 0
    while group < len(queries):
        end = _end_of_group(group, starts, stops)
        some = slice(group, end)
        remembered, taken = _remember(starts[some], stops[some]), np.zeros(end - group, np.int64)
        for first in range(0, len(planes), FIFTEEN):
            _place_part(
                queries[some], planes, first, n_items, flat, positions, starts[some], stops[some], taken, room,
                remembered, items[some], hits[some],
            )  # fmt: skip
        distances, places, begin = remembered
        for q in range(group, end):
            mine = slice(begin[q - group], begin[q - group + 1])
            _add_precisions(distances[mine], places[mine], cutoffs, items[q], hits[q], sums[q], found[q])
        group = end
