"""The textbook implementation with which the speed of this project is compared.

It uses vectorised NumPy, one step after another. Each step projects the complete reservoir and codes it with the
table's functions, each update codes the complete table again, and evaluation multiplies +-1 codes in float32 and sorts
the result stably for each query, as scripts in the hashing literature do.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[Any]

BINS, SCALE, CLIP = 16, 10.0, 42.0


def _sigmoid(z: Floats) -> Floats:
    return 1.0 / (1.0 + np.exp(-np.clip(SCALE * z, -CLIP, CLIP)))


def gradient(z: Floats, Z: Floats, near: NDArray[np.bool_]) -> Floats:
    """Return MIHash's released gradient, from projections z (b,) of the example and Z (r, b) of the reservoir."""
    bits, members = len(z), len(Z)
    s, S = _sigmoid(z), _sigmoid(Z)
    distance = (bits - (2 * S - 1) @ (2 * s - 1)) / 2
    width = bits / BINS
    offset = distance[:, None] - width * np.arange(BINS + 1)
    membership = np.maximum(1 - np.abs(offset) / width, 0)
    rising, falling = (offset > -width) & (offset <= 0), (offset > 0) & (offset <= width)
    slope = (rising.astype(float) - falling) / width
    sides = np.stack([~near, near]).astype(float)
    counts = sides.sum(axis=1)
    sums = sides @ membership
    shares = sums / np.maximum(counts, 1)[:, None]
    pooled = sums.sum(axis=0) / members
    gains = _weight(pooled) - _weight(shares)
    by_member = np.where(near, slope @ gains[1], slope @ gains[0]) / members
    return -0.5 * (by_member @ S) * SCALE * s * (1 - s)


def _weight(share: Floats) -> Floats:
    return 1 + np.log2(np.where(share > 0, share, 1))


@dataclass
class Stream:
    """Rows and labels of a database, and the positions of the reservoir and the next examples."""

    X: Floats
    y: NDArray[np.int64]
    reservoir: NDArray[np.int64]
    examples: NDArray[np.int64]


def train(stream: Stream, W: Floats, steps: int) -> Floats:
    """Learn from the first examples and return W; the reservoir is coded by the table's functions at each step."""
    table_W = W.copy()
    for row in stream.examples[:steps]:
        members = stream.X[stream.reservoir]
        near = stream.y[stream.reservoir] == stream.y[row]
        g = gradient(stream.X[row] @ W, members @ W, near)
        W = W - np.outer(stream.X[row], g)
        _ = members @ table_W > 0
    return W


def encode(X: Floats, W: Floats) -> NDArray[np.bool_]:
    """Return the codes of all rows."""
    return X @ W > 0


def average_precisions(
    table: NDArray[np.bool_], queries: NDArray[np.bool_], y_table: NDArray[np.int64], y_queries: NDArray[np.int64]
) -> list[float]:
    """Return the AP of each query with ties in table order."""
    signs = 2 * table.astype(np.float32) - 1
    similarity = signs @ (2 * queries.astype(np.float32) - 1).T
    values = []
    for column, label in enumerate(y_queries):
        order = np.argsort(-similarity[:, column], kind="stable")
        ranks = np.flatnonzero(y_table[order] == label) + 1
        values.append(float(np.mean(np.arange(1, len(ranks) + 1) / ranks)) if len(ranks) else float("nan"))
    return values
