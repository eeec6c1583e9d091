"""Tables in which many items of a label have the same code, as after few or strong bits."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mihash_bench.neighbors import ByLabel

# Sorting the codes costs about a tenth of comparing them with the queries, so it pays if few of them remain.
FEW = 0.6


@dataclass(frozen=True)
class DistinctCodes:
    """The distinct codes of one word of each label, sorted by label, and the number of items that have each of them.

    The codes of items that are relevant to query i are ``words[starts[i]:stops[i]]``.
    """

    words: NDArray[np.uint64]
    times: NDArray[np.int64]
    starts: NDArray[np.int64]
    stops: NDArray[np.int64]


def distinct_codes(table: NDArray[np.uint64], by_label: ByLabel) -> DistinctCodes | None:
    """Return the distinct codes of a table, shape (n, words), which is sorted by label, or None if they are many.

    None as well if codes have several words or there is no item. Labels that no query has may share a part.
    """
    if table.shape[1] != 1 or len(table) == 0:
        return None
    ends = np.array([0, len(table)])
    edges = np.unique(np.concatenate([ends, by_label.starts, by_label.stops]))
    words, times, found = [], [], [0]
    for low, high in pairwise(edges):
        part, number = np.unique(table[low:high, 0], return_counts=True)
        found.append(found[-1] + len(part))
        if found[-1] > FEW * high:
            return None
        words.append(part)
        times.append(number.astype(np.int64))
    places = np.array(found)
    starts, stops = (places[np.searchsorted(edges, given)] for given in (by_label.starts, by_label.stops))
    return DistinctCodes(np.concatenate(words), np.concatenate(times), starts, stops)
