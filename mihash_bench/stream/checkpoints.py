"""Draws the checkpoints, a jittered grid over the table decisions from before the first example to the last one."""

import math

import numpy as np
from numpy.typing import NDArray


def _round(x: float) -> int:
    return math.floor(x + 0.5)


def draw_checkpoints(decisions: int, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the numbers of the table decisions after which to measure, in ascending order without repetition.

    For T decisions and m checkpoints, the first checkpoint is 0 (before the first example) and the last one is T. The
    inner ones are ``g i + randint[1, max(1, round(g/3))] - round(g/6)`` for i = 1 .. m - 2 with
    ``g = round(T/(m - 1))``, clipped to [0, T]. A single checkpoint is T; if m > T, all of 0..T are returned.
    """
    if count == 1:
        return np.array([decisions], np.int64)
    if count > decisions:
        return np.arange(decisions + 1, dtype=np.int64)
    g = _round(decisions / (count - 1))
    inner = g * np.arange(1, count - 1)
    inner = inner + rng.integers(1, max(1, _round(g / 3)), size=count - 2, endpoint=True) - _round(g / 6)
    return np.unique(np.concatenate([[0], np.clip(inner, 0, decisions), [decisions]])).astype(np.int64)
