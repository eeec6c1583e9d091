"""The compiled kernel that adds up the leaves of many trees."""

from typing import Any

from mihash_bench.compiling import compiled


@compiled("void(uint8[:, ::1], int32[:, ::1], uint8[:, ::1], float64[:, ::1], float64[::1])", nogil=True)
def add_leaves(Q: Any, features: Any, thresholds: Any, leaves: Any, scores: Any) -> None:
    """Add the leaf that each row reaches in each tree to the row's score.

    Q (n, d): quantised features. features, thresholds (trees, 2^depth - 1): the inner nodes of complete trees, level by
    level; a row goes right where its feature is above the threshold. leaves (trees, 2^depth). scores (n,): in and out.
    """
    inner = features.shape[1]
    for row in range(len(Q)):
        for tree in range(len(features)):
            node = 0
            while node < inner:
                node = 2 * node + 1 + (1 if Q[row, features[tree, node]] > thresholds[tree, node] else 0)
            scores[row] += leaves[tree, node - inner]
