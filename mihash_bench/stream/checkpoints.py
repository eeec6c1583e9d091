"""When to measure: a jittered grid over the table decisions, from before the first example to the last one."""

import math

import numpy as np
from numpy.typing import NDArray


def _round(x: float) -> int:
    return math.floor(x + 0.5)


def draw_checkpoints(decisions: int, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the decisions after which to measure, ascending and without repetition.

    0 is before the first example, ``decisions`` the end; between them, with ``g = round(T/(m - 1))``, the points
    ``g i + randint[1, max(1, round(g/3))] - round(g/6)`` for i = 1 .. m - 2, clipped to the stream. A single
    checkpoint is the end; no more than T + 1 can be had.
    """
    if count == 1:
        return np.array([decisions], np.int64)
    if count > decisions:
        return np.arange(decisions + 1, dtype=np.int64)
    g = _round(decisions / (count - 1))
    inner = g * np.arange(1, count - 1)
    inner = inner + rng.integers(1, max(1, _round(g / 3)), size=count - 2, endpoint=True) - _round(g / 6)
    return np.unique(np.concatenate([[0], np.clip(inner, 0, decisions), [decisions]])).astype(np.int64)
