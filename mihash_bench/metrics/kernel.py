"""The compiled loops over (query, item) pairs: XOR, population count, and counters by Hamming distance.

Compiled once and cached; they hold no interpreter lock. Their checked public face is ``levels`` and ``ranks``.
"""

from typing import Any

import numba
import numpy as np
from numba import types
from numba.extending import intrinsic


@intrinsic
def _population_count(typing_context: Any, word: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), generate


_WORDS = "uint64[:, ::1]"
_RELEVANT = "boolean[:, ::1]"


@numba.njit("int64(uint64[::1], uint64[::1])", nogil=True, cache=True, inline="always")
def _distance(a: Any, b: Any) -> Any:
    total = np.uint64(0)
    for k in range(len(a)):
        total += _population_count(a[k] ^ b[k])  # type: ignore[call-arg]
    return np.int64(total)


@numba.njit(f"void({_WORDS}, {_WORDS}, {_RELEVANT}, int64[:, ::1], int64[:, ::1])", nogil=True, cache=True)
def count_levels(queries: Any, table: Any, relevant: Any, items: Any, hits: Any) -> None:
    """Add to items[q, d] the table rows at distance d from query q, and to hits[q, d] the relevant ones."""
    for q in range(len(queries)):
        for i in range(len(table)):
            d = _distance(queries[q], table[i])
            items[q, d] += 1
            hits[q, d] += relevant[q, i]


@numba.njit(
    f"void({_WORDS}, {_WORDS}, {_RELEVANT}, int64[:, ::1], int64[:, ::1], int64[::1], float64[:, ::1], int64[:, ::1])",
    nogil=True,
    cache=True,
)
def walk_ranks(
    queries: Any, table: Any, relevant: Any, items_before: Any, hits_before: Any, cutoffs: Any, sums: Any, found: Any
) -> None:
    """Rank each query's items by distance, ties in table order, without sorting.

    The rank of an item is the number of items at smaller distances (``items_before``) plus its place among its
    own level; likewise for relevant ones. Adds the precisions at the ranks of the relevant items up to each
    cutoff to ``sums``, and their number to ``found``, both of shape (queries, cutoffs).
    """
    levels = items_before.shape[1]
    rank, hit = np.empty(levels, np.int64), np.empty(levels, np.int64)
    for q in range(len(queries)):
        rank[:], hit[:] = items_before[q], hits_before[q]
        for i in range(len(table)):
            d = _distance(queries[q], table[i])
            rank[d] += 1
            if relevant[q, i]:
                hit[d] += 1
                for c in range(len(cutoffs)):
                    if rank[d] <= cutoffs[c]:
                        sums[q, c] += hit[d] / rank[d]
                        found[q, c] += 1
