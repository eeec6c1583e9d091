"""The compiled part of ``signs``: which projections are positive, and which are too close to 0 to tell."""

from typing import Any

import numpy as np

from mihash_bench.compiling import compiled

BLOCK = 64  # columns among which doubtful ones are counted at once
_MATRIX, _VECTOR = "float32[:, ::1]", "float32[::1]"


@compiled(f"int64({_VECTOR}, {_VECTOR}, {_VECTOR}, float32, boolean[::1])", nogil=True)
def _look(projections: Any, offset: Any, by_column: Any, by_row: Any, signs: Any) -> Any:
    """Write the signs of one row, and return how many of them are doubtful."""
    doubtful = 0
    for j in range(len(projections)):
        moved = projections[j] - offset[j]
        signs[j] = moved > 0
        # In this form, NaN is doubtful.
        doubtful += 0 if abs(moved) - by_column[j] > by_row else 1
    return doubtful


@compiled(f"int64[:, ::1]({_MATRIX}, {_VECTOR}, {_VECTOR}, {_VECTOR}, boolean[:, ::1])", nogil=True)
def signs_and_doubts(projections: Any, offset: Any, by_column: Any, by_row: Any, signs: Any) -> Any:
    """Write ``projections - offset > 0`` to ``signs``; return the rows and columns, shape (2, k), of doubtful signs.

    projections (n, bits); offset, by_column (bits,); by_row (n,). A sign is doubtful unless ``|projection - offset| -
    by_column > by_row``.
    """
    n, bits = projections.shape
    counts = np.empty((n, (bits + BLOCK - 1) // BLOCK), np.int64)
    total = 0
    for i in range(n):
        for block in range(counts.shape[1]):
            part = slice(block * BLOCK, min((block + 1) * BLOCK, bits))
            counts[i, block] = _look(projections[i, part], offset[part], by_column[part], by_row[i], signs[i, part])
            total += counts[i, block]
    found, at = np.empty((2, total), np.int64), 0
    for i in range(n):
        for block in range(counts.shape[1]):
            if counts[i, block] > 0:
                for j in range(block * BLOCK, min((block + 1) * BLOCK, bits)):
                    if not abs(projections[i, j] - offset[j]) - by_column[j] > by_row[i]:
                        found[0, at], found[1, at] = i, j
                        at += 1
    return found
