"""Counting the items at each Hamming distance in a table of bit planes.

Plane j holds bit j of all items, and a block is as many items as a row has bits (``_lanes``). The distances of a block
to a query are one bit-sliced number, a sum of rows. Sums of three planes are made once for each of the 8 queries that
differ there, and shared. The items of a level are those where this number has its value, which is a mask; the masks of
fifteen blocks are added by carry-save adders too, so that few rows remain whose bits must be counted.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.codes import Words
from mihash_bench.compiling import compiled
from mihash_bench.metrics._lanes import (
    FIFTEEN,
    LANES,
    add_carry,
    add_sixteen,
    count_bits,
    count_fifteen,
    either,
    is_empty,
    keep_equal,
    load_row,
    no_row,
    store_difference,
    store_eight_masks,
    store_row,
    store_sums_of_three,
)

BLOCK = 64 * LANES  # items
# Planes are taken 16 at a time, as five groups of three and one more: so many rows hold their sums for all queries.
SIXTEEN = 16
SUMS = 5 * 8 * 2 + 2
DIGITS = 9  # bits of the largest distance, 256

_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
_INLINED: Callable[[Callable[..., Any]], Any] = compiled(inline="always", **_OPTIONS)
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)


@_INLINED
def _transpose(part: Any) -> None:
    """Exchange rows and columns of 64 x 64 bits, by exchanging ever smaller squares."""
    half, mask = 32, np.uint64(0xFFFFFFFF)
    while half:
        for upper in range(64):
            if not upper & half:
                lower = upper + half
                change = ((part[upper] >> np.uint64(half)) ^ part[lower]) & mask
                part[upper] ^= change << np.uint64(half)
                part[lower] ^= change
        half >>= 1
        mask ^= mask << np.uint64(half)


@compiled("void(uint64[:, ::1], uint64[:, :, ::1])", **_OPTIONS)
def _write_planes(table: Any, planes: Any) -> None:
    """Write bit j of the items of block k to ``planes[k, j]``; planes: zeros, shape (blocks, 16 * units, LANES)."""
    part = np.empty(64, np.uint64)
    for group in range(-(-len(table) // 64)):
        first, block, lane = 64 * group, group // LANES, group % LANES
        for k in range(table.shape[1]):
            for i in range(64):
                part[i] = table[first + i, k] if first + i < len(table) else np.uint64(0)
            _transpose(part)
            for j in range(64 * k, min(64 * k + 64, planes.shape[1])):
                planes[block, j, lane] = part[j - 64 * k]


def bit_planes(table: Words, n_bits: int) -> NDArray[np.uint64]:
    """Return the planes of packed codes, shape (blocks, bits, LANES), padded with zeros to whole blocks and 16 bits."""
    planes = np.zeros((-(-len(table) // BLOCK), -(-n_bits // SIXTEEN) * SIXTEEN, LANES), np.uint64)
    _write_planes(np.ascontiguousarray(table), planes)
    return planes


@_INLINED
def write_sums(planes: Any, first: Any, blocks: Any, units: Any, sums: Any) -> None:
    """Write the sums of planes of some blocks, which start at block ``first``, for all queries."""
    for unit in range(blocks * units):
        plane, to = SIXTEEN * (first * units + unit), SUMS * unit
        for group in range(5):
            store_sums_of_three(planes, plane + 3 * group, sums, to + 16 * group)
        store_difference(planes, plane + 15, sums, to + 80)


@_INLINED
def digits_of(last: Any) -> Any:
    """Return how many digits the greatest distance needs, at least the four of a sum of 15 bits."""
    digits = 4
    while last >> digits:
        digits += 1
    return digits


@_INLINED
def choose_sums(query: Any, chosen: Any) -> None:
    """Write which sums are those of a query; chosen: shape (units, 6)."""
    for unit in range(len(chosen)):
        bits = np.int64((query[unit // 4] >> np.uint64(SIXTEEN * (unit % 4))) & np.uint64(0xFFFF))
        for group in range(5):
            chosen[unit, group] = SUMS * unit + 16 * group + 2 * (bits >> 3 * group & 7)
        chosen[unit, 5] = SUMS * unit + 80 + (bits >> 15)


@_INLINED
def write_distances(sums: Any, chosen: Any, blocks: Any, digits: Any, numbers: Any) -> None:
    """Write the distances of the blocks to a query, whose digits are DIGITS rows for each block."""
    for block in range(blocks):
        at = DIGITS * block
        for w in range(digits):
            store_row(numbers, at + w, no_row())
        for unit in range(len(chosen)):
            base = SUMS * len(chosen) * block
            carry = add_sixteen(sums, base, chosen[unit], numbers, at)
            for w in range(4, digits):
                carry = add_carry(carry, numbers, at + w)


@_INLINED
def narrow(numbers: Any, digits: Any, eight: Any, masks: Any) -> Any:
    """Write which items are at distances eight..eight+7 and return whether there is one.

    Rows ``15 w`` to ``15 w + 14`` of ``masks`` are those whose distances agree with ``eight`` from digit w upwards, so
    that only the digits that have changed since the previous eight levels are looked at.
    """
    some = no_row()
    for w in range(digits - 1, 2, -1):
        if eight and eight >> w == eight - 8 >> w:
            continue
        some = no_row()
        for block in range(FIFTEEN):
            row = load_row(masks, FIFTEEN * (w + 1) + block)
            row = keep_equal(row, load_row(numbers, DIGITS * block + w), eight >> w & 1)
            store_row(masks, FIFTEEN * w + block, row)
            some = either(some, row)
    return not is_empty(some)


@_INLINED
def _count(numbers: Any, digits: Any, which: Any, size: Any, masks: Any, levels: Any, counts: Any) -> None:
    """Add the number of the ``size`` items in ``which`` at each distance, of fifteen blocks, to counts.

    ``masks`` and ``levels`` have room for 10 and 8 times 15 rows. No item is farther than the last level of counts.
    """
    for block in range(FIFTEEN):
        store_row(masks, FIFTEEN * digits + block, load_row(which, block))
    last, rest = len(counts) - 1, size
    for eight in range(0, last, 8):
        # Few of the levels of long codes have items.
        if not narrow(numbers, digits, eight, masks):
            continue
        for block in range(FIFTEEN):
            row = load_row(masks, FIFTEEN * 3 + block)
            store_eight_masks(row, numbers, DIGITS * block, levels, block)
        for level in range(eight, min(eight + 8, last)):
            found = count_fifteen(levels, FIFTEEN * (level - eight))
            counts[level] += found
            rest -= found
    counts[last] += rest


@_INLINED
def write_range(which: Any, low: Any, start: Any, stop: Any) -> None:
    """Write a mask of items start..stop-1, where bit 0 of the first word is item ``low``."""
    for word in range(len(which)):
        first = low + 64 * word
        begin, end = min(max(start - first, 0), 64), min(max(stop - first, 0), 64)
        which[word] = _ALL >> np.uint64(64 - end + begin) << np.uint64(begin) if begin < end else np.uint64(0)


@_INLINED
def _write_relevant(near: Any, low: Any, start: Any, stop: Any, whole: Any, inside: Any) -> Any:
    """Return how many of the items in ``whole`` are relevant, and write which if it is a part of them."""
    found = max(stop - start, 0)
    if len(near):
        found = 0
        for word in range(len(inside)):
            place = low // 64 + word
            inside[word] = near[place] & whole[word] if place < len(near) else np.uint64(0)
            found += np.int64(count_bits(inside[word]))
    elif found:
        write_range(inside, low, start, stop)
    return found


@_INLINED
def _count_both(
    numbers: Any, digits: Any, whole: Any, size: Any, inside: Any, found: Any, masks: Any, levels: Any, items: Any,
    hits: Any,
) -> None:  # fmt: skip
    """Count the relevant items, and then all others."""
    for relevant in (True, False):
        number = found if relevant else size - found
        if number == 0:
            continue
        if found and not relevant:
            for word in range(len(inside)):
                inside[word] ^= whole[word]
        which = whole if number == size else inside
        _count(numbers, digits, which, number, masks, levels, hits if relevant else items)


@compiled(
    "void(uint64[:, ::1], uint64[:, :, ::1], int64, int64[::1], int64[::1], uint64[:, ::1], int64[:, ::1],"
    " int64[:, ::1])",
    **_OPTIONS,
)
def count_in_planes(
    queries: Any, planes: Any, n_items: Any, starts: Any, stops: Any, near: Any, items: Any, hits: Any
) -> None:
    """Add to items[q, d] the number of items at distance d from query q, and to hits[q, d] the relevant ones.

    Relevant to query q are items starts[q]..stops[q]-1, or, if ``near`` has columns, those whose bits are 1 in row q.
    """
    units, digits = planes.shape[1] // SIXTEEN, digits_of(items.shape[1] - 1)
    flat, sums = planes.reshape(-1), np.empty(FIFTEEN * units * SUMS * LANES, np.uint64)
    chosen, numbers = np.empty((units, 6), np.int64), np.zeros(FIFTEEN * DIGITS * LANES, np.uint64)
    masks, levels = np.empty((DIGITS + 1) * FIFTEEN * LANES, np.uint64), np.empty(8 * FIFTEEN * LANES, np.uint64)
    whole, inside = np.empty(FIFTEEN * LANES, np.uint64), np.empty(FIFTEEN * LANES, np.uint64)
    for first in range(0, len(planes), FIFTEEN):
        blocks, low = min(FIFTEEN, len(planes) - first), first * BLOCK
        high = min(low + FIFTEEN * BLOCK, n_items)
        write_range(whole, low, low, high)
        write_sums(flat, first, blocks, units, sums)
        for q in range(len(queries)):
            choose_sums(queries[q], chosen)
            write_distances(sums, chosen, blocks, digits, numbers)
            found = _write_relevant(near[q], low, max(starts[q], low), min(stops[q], high), whole, inside)
            _count_both(numbers, digits, whole, high - low, inside, found, masks, levels, items[q], hits[q])
    items += hits
