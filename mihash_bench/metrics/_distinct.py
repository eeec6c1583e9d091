"""Items and queries with the same label and the same code, of which there are many after few or strong bits."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mihash_bench.codes import Words
from mihash_bench.neighbors import Positions

# An item counted with bit planes costs a fraction of a comparison, so comparing codes pays if few of them remain.
FEW = 0.15
# Codes up to this multiple of the number of items are counted, which is faster than sorting them.
COUNTED = 4


@dataclass(frozen=True)
class DistinctCodes:
    """The distinct codes of one word of each label, sorted by label, and the number of items that have each of them.

    The codes of items that are relevant to query i are ``words[starts[i]:stops[i]]``.
    """

    words: NDArray[np.uint64]
    times: NDArray[np.int64]
    starts: NDArray[np.int64]
    stops: NDArray[np.int64]


def distinct_codes(table: Words, starts: Positions, stops: Positions) -> DistinctCodes | None:
    """Return the distinct codes of a table, shape (n, words), which is sorted by label, or None if they are many.

    starts, stops: the items of each query's label, shape (q,). None as well if codes have several words or there is no
    item. Labels that no query has may share a part.
    """
    if table.shape[1] != 1 or len(table) == 0:
        return None
    ends = np.array([0, len(table)])
    edges = np.unique(np.concatenate([ends, starts, stops]))
    words, times, found = [], [], [0]
    for low, high in pairwise(edges):
        part, number = _count_codes(table[low:high, 0])
        found.append(found[-1] + len(part))
        if found[-1] > FEW * high:
            return None
        words.append(part)
        times.append(number)
    places = np.array(found)
    first, last = (places[np.searchsorted(edges, given)] for given in (starts, stops))
    return DistinctCodes(np.concatenate(words), np.concatenate(times), first, last)


def _count_codes(codes: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return the distinct codes of one word, sorted, and how often each occurs."""
    if codes.max() >= COUNTED * len(codes):
        found, times = np.unique(codes, return_counts=True)
        return found, times.astype(np.int64)
    counts = np.bincount(codes.astype(np.int64))
    places = np.flatnonzero(counts)
    return places.astype(np.uint64), counts[places].astype(np.int64)


def distinct_queries(queries: Words, labels: NDArray[np.int64]) -> tuple[Positions, Positions]:
    """Return the positions of queries that differ in label or code, and for each query which of these equals it.

    queries: packed codes, shape (q, words). labels: shape (q,).
    """
    if len(queries) == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    order = np.lexsort((*queries.T, labels))
    codes, sorted_labels = queries[order], labels[order]
    starts = np.append(True, (codes[1:] != codes[:-1]).any(axis=1) | (sorted_labels[1:] != sorted_labels[:-1]))
    equal = np.empty(len(queries), np.int64)
    equal[order] = np.cumsum(starts) - 1
    return order[starts], equal
