"""Compiled loops over (query, code) pairs: XOR, population count, and counters for each Hamming distance.

They are compiled once, cached, and release the interpreter lock. They do not check their arguments; ``_levels`` does.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from mihash_bench.compiling import compiled
from mihash_bench.metrics._lanes import count_bits

BANK = 257  # counters in one bank, for distances 0..256

_COUNTS = "int64[:, ::1]"
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
_INLINED: Callable[[Callable[..., Any]], Any] = compiled(inline="always", **_OPTIONS)


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
