"""Ranking the relevant items of each query by distance, with ties in table order, from bit planes and without sorting.

The rank of an item is the number of items at smaller distances plus its position among those at its own distance, which
is the number of bits up to its own in the mask of the level (``_planes_kernel``).
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from mihash_bench.compiling import compiled
from mihash_bench.metrics._lanes import FIFTEEN, LANES, count_bits, load_row, store_eight_masks, store_row
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
def _write_levels(numbers: Any, digits: Any, whole: Any, masks: Any, levels: Any, before: Any, counts: Any) -> None:
    """Write the masks of all levels to ``levels``, and to ``before`` how many items of the level precede each word.

    Both have WORDS entries for each level. ``counts`` are the items of each level so far, also after the call.
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
            seen = counts[level]
            for place in range(WORDS * level, WORDS * (level + 1)):
                before[place] = seen
                seen += np.int64(count_bits(levels[place]))
            counts[level] = seen


@_INLINED
def _place_one(bits: Any, inside: Any, levels: Any, before: Any) -> Any:
    """Return the position, among the items at a distance of ``bits``, of the item at bit ``inside`` of the mask."""
    word = bits * np.uint64(WORDS) + (inside >> np.uint64(6))
    upto = levels[word] << (np.uint64(63) - (inside & np.uint64(63)))
    return np.uint64(before[word]) + count_bits(upto)


@_INLINED
def _place(
    query: Any, table: Any, positions: Any, low: Any, levels: Any, before: Any, hits: Any, distances: Any, places: Any,
    hit_places: Any,
) -> None:  # fmt: skip
    """Write the distances of items at ``positions``, of masks that start at item ``low``, and their places in levels.

    hits: the relevant items of each level so far, which gives the place of each among them.
    """
    # Unsigned indices, since numba takes a negative one as counted from the end, which costs a comparison.
    for k in range(len(positions)):
        position, bits = np.uint64(positions[k]), np.uint64(0)
        if len(query) == 1:
            bits = count_bits(query[0] ^ table[position, 0])
        else:
            for j in range(len(query)):
                bits += count_bits(query[j] ^ table[position, j])
        distances[k] = bits
        places[k] = _place_one(bits, position - np.uint64(low), levels, before)
        hit_place = hits[bits] + 1
        hits[bits] = hit_place
        hit_places[k] = hit_place


@_INLINED
def _add_precisions(
    distances: Any, places: Any, hit_places: Any, cutoffs: Any, items: Any, hits: Any, sums: Any, found: Any
) -> None:
    """Add the precisions at the ranks of relevant items up to each cutoff, in table order, and count these items."""
    # Items and relevant items at smaller distances.
    nearer, nearer_hits = np.zeros(len(items), np.int64), np.zeros(len(items), np.int64)
    for d in range(1, len(items)):
        nearer[d] = nearer[d - 1] + items[d - 1]
        nearer_hits[d] = nearer_hits[d - 1] + hits[d - 1]
    for c in range(len(cutoffs)):
        total, number, cutoff = sums[c], found[c], cutoffs[c]
        for k in range(len(distances)):
            d = distances[k]
            rank = nearer[d] + np.int64(places[k])
            if rank <= cutoff:
                total += (nearer_hits[d] + np.int64(hit_places[k])) / rank
                number += 1
        sums[c], found[c] = total, number


@_INLINED
def _first_beyond(positions: Any, first: Any, last: Any, high: Any) -> Any:
    """Return the first index from ``first`` whose position is at least ``high``, or ``last``."""
    index = first
    while index < last and positions[index] < high:
        index += 1
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
    return sums, chosen, numbers, masks, np.empty(WORDS, np.uint64), levels, np.empty(len(levels), np.uint32)


@_INLINED
def _remember(starts: Any, stops: Any) -> Any:
    """Return arrays for the distances and places of relevant items, and where those of each query begin."""
    begin = np.append(0, np.cumsum(stops - starts))
    total = begin[-1]
    return np.empty(total, np.uint16), np.empty(total, np.uint32), np.empty(total, np.uint32), begin


@_INLINED
def _place_part(
    queries: Any, table: Any, planes: Any, first: Any, positions: Any, starts: Any, stops: Any, taken: Any, room: Any,
    remembered: Any, items: Any, hits: Any,
) -> None:  # fmt: skip
    """Count the levels of fifteen blocks from block ``first``, and place the relevant items that are in them.

    The first ``taken`` relevant items of each query are in earlier blocks.
    """
    sums, chosen, numbers, masks, whole, levels, before = room
    distances, places, hit_places, begin = remembered
    blocks, low = min(FIFTEEN, len(planes) - first), first * BLOCK
    high, digits = min(low + FIFTEEN * BLOCK, len(table)), digits_of(items.shape[1] - 1)
    write_range(whole, low, low, high)
    write_sums(planes.reshape(-1), first, blocks, len(chosen), sums)
    for q in range(len(queries)):
        choose_sums(queries[q], chosen)
        write_distances(sums, chosen, blocks, digits, numbers)
        _write_levels(numbers, digits, whole, masks, levels, before, items[q])
        start = starts[q] + taken[q]
        stop = _first_beyond(positions, start, stops[q], high)
        part = slice(begin[q] + taken[q], begin[q] + stop - starts[q])
        _place(
            queries[q], table, positions[start:stop], low, levels, before, hits[q], distances[part], places[part],
            hit_places[part],
        )  # fmt: skip
        taken[q] = stop - starts[q]


@compiled(
    "void(uint64[:, ::1], uint64[:, ::1], uint64[:, :, ::1], int64[::1], int64[::1], int64[::1], int64[::1],"
    " int64[:, ::1], int64[:, ::1], float64[:, ::1], int64[:, ::1])",
    **_OPTIONS,
)
def rank_in_planes(
    queries: Any, table: Any, planes: Any, positions: Any, starts: Any, stops: Any, cutoffs: Any, items: Any, hits: Any,
    sums: Any, found: Any,
) -> None:  # fmt: skip
    """Count the levels as ``count_in_planes`` does, and rank the relevant items of each query.

    Relevant to query q are the items at ``positions[starts[q]:stops[q]]``, which increase. The precisions at the ranks
    of relevant items up to each cutoff are added to ``sums``, and the number of these items to ``found``, both of shape
    (queries, cutoffs). A group of queries is ranked at a time.
    """
    room = _room(planes.shape[1] // SIXTEEN, items.shape[1])
    group = 0
    while group < len(queries):
        end = _end_of_group(group, starts, stops)
        some = slice(group, end)
        remembered, taken = _remember(starts[some], stops[some]), np.zeros(end - group, np.int64)
        for first in range(0, len(planes), FIFTEEN):
            _place_part(
                queries[some], table, planes, first, positions, starts[some], stops[some], taken, room, remembered,
                items[some], hits[some],
            )  # fmt: skip
        distances, places, hit_places, begin = remembered
        for q in range(group, end):
            mine = slice(begin[q - group], begin[q - group + 1])
            _add_precisions(
                distances[mine], places[mine], hit_places[mine], cutoffs, items[q], hits[q], sums[q], found[q]
            )
        group = end
