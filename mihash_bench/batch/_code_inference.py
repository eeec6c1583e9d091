"""Code inference of FastHash: the pairs, their weights, and exact minima over the codes of one block by minimum cuts.

All weights are whole numbers, which they are after multiplying the losses by a factor that is the same for all pairs.
Minimum cuts are therefore exact.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

Integers = NDArray[np.int64]

# The losses of a pair at distance d after r bits, times r^2 (hinge: 4 r^2), of similar and of dissimilar pairs.
LOSSES: Mapping[str, tuple[Callable[[Integers, int], Integers], Callable[[Integers, int], Integers]]] = {
    "hinge": (lambda d, r: (2 * d) ** 2, lambda d, r: np.maximum(0, r - 2 * d) ** 2),
    "ksh": (lambda d, r: (2 * d) ** 2, lambda d, r: (2 * r - 2 * d) ** 2),
    "bre": (lambda d, r: d**2, lambda d, r: (r - d) ** 2),
}


def pair_weights(loss: str, similar: bool, d: Integers, r: int) -> Integers:
    """Return ``a = l(d) - l(d + 1)`` for pairs whose first r - 1 bits differ in d places, times r^2 (hinge: 4 r^2).

    At most 0 for similar pairs and at least 0 for dissimilar ones. The loss of bit r is then a constant plus half of
    the sum of ``a_ij z_i z_j`` over all pairs.
    """
    of_pair = LOSSES[loss][0 if similar else 1]
    return of_pair(d, r) - of_pair(d + 1, r)


def draw_pairs(y: Integers, most: int, rng: np.random.Generator) -> tuple[Integers, Integers]:
    """Draw up to ``most`` points of the same class and of the other classes for each point.

    Returns the similar and the dissimilar pairs, each of shape (pairs, 2) with i < j and without duplicates.
    """
    found: tuple[list[Integers], list[Integers]] = ([], [])
    for label in range(int(y.max()) + 1):
        same, other = np.flatnonzero(y == label), np.flatnonzero(y != label)
        for place, i in enumerate(same.tolist()):
            chosen = rng.choice(len(same) - 1, min(most, len(same) - 1), replace=False)
            # The point itself is left out.
            found[0].append(_with(i, same[chosen + (chosen >= place)]))
            found[1].append(_with(i, other[rng.choice(len(other), min(most, len(other)), replace=False)]))
    return _unique(found[0], len(y)), _unique(found[1], len(y))


def _with(i: int, others: Integers) -> Integers:
    return np.column_stack([np.minimum(i, others), np.maximum(i, others)])


def _unique(parts: Sequence[Integers], n: int) -> Integers:
    pairs = np.concatenate(parts)
    packed = np.unique(pairs[:, 0] * n + pairs[:, 1])
    return np.column_stack([packed // n, packed % n])


def symmetric(pairs: Integers, weights: Integers, n: int) -> csr_array:
    """Return the symmetric matrix of shape (n, n) with the weight of each pair in both places."""
    rows, columns = np.concatenate([pairs, pairs[:, ::-1]]).T
    return coo_array((np.concatenate([weights, weights]), (rows, columns)), shape=(n, n)).tocsr()


def best_codes(within: csr_array, linear: Integers) -> Integers:
    """Return the z in {-1, +1} that minimises ``sum_(i<j) a_ij z_i z_j + sum_i s_i z_i``, by a minimum cut.

    within: symmetric matrix of a_ij, none above 0, shape (m, m). linear: s, shape (m,). Half of the sum is, apart from
    a constant, ``sum_(i<j) -a_ij [z_i != z_j] + sum_i s_i [z_i = +1]``, the capacity of a cut whose source side has the
    points with +1. Of several minima, the one with most +1 is returned.
    """
    m = len(linear)
    pairs, gains, losses = within.tocoo(), np.flatnonzero(linear < 0), np.flatnonzero(linear > 0)
    rows = np.concatenate([pairs.coords[0], np.full(len(gains), m), losses])
    columns = np.concatenate([pairs.coords[1], gains, np.full(len(losses), m + 1)])
    # The largest capacity is that of a point with all its dissimilar pairs: 4 (2 r - 1) a pair, far below 2^31.
    capacities = np.concatenate([-pairs.data, -linear[gains], linear[losses]]).astype(np.int32)
    graph = coo_array((capacities, (rows, columns)), shape=(m + 2, m + 2)).tocsr()
    residual = (graph - maximum_flow(graph, m, m + 1).flow).tocsr()
    residual.eliminate_zeros()
    z = np.ones(m + 2, np.int64)
    z[breadth_first_order(residual.T.tocsr(), m + 1, return_predecessors=False)] = -1
    return z[:m]


class Inference:
    """Infers the codes of one bit: ``sum_ij a_ij z_i z_j`` over pairs is decreased, one block after the other.

    The blocks are the classes, so that all pairs within a block are similar and its exact minimum is a minimum cut.
    similar, dissimilar: symmetric matrices of the weights a_ij. blocks: the points of each block.
    """

    def __init__(self, similar: csr_array, dissimilar: csr_array, blocks: Sequence[Integers]) -> None:
        self._blocks = blocks
        self._within = [similar[block][:, block] for block in blocks]
        self._between = [dissimilar[block] for block in blocks]

    def update(self, z: Integers, number: int) -> None:
        """Set the codes of one block to the best ones, given those of all other blocks."""
        z[self._blocks[number]] = best_codes(self._within[number], self._between[number] @ z)

    def infer(self, sweeps: int, rng: np.random.Generator) -> Integers:
        """Start from +1 everywhere and visit all blocks in random order in each sweep."""
        z = np.ones(sum(map(len, self._blocks)), np.int64)
        for _ in range(sweeps):
            for number in rng.permutation(len(self._blocks)):
                self.update(z, int(number))
        return z
