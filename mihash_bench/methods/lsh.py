"""LSH: random projections that are never trained, the baseline for all learned methods."""

from typing import Any

from numpy.typing import NDArray

from mihash_bench.cost import Cost
from mihash_bench.methods.base import Floats, OnlineHasher
from mihash_bench.neighbors import Neighbors
from mihash_bench.stream.reservoir import ReservoirRows


class LSH(OnlineHasher):
    """Signs of Gaussian projections with columns of unit norm (Charikar, STOC 2002).

    The codes of x and y agree in each bit with probability ``1 - angle(x, y) / pi``.
    """

    name = "lsh"
    title = "LSH"
    citation = "charikar2002similarity"
    uses_neighbors = False
    learns = False
    cost = Cost("nothing is learned", "O(d b) for the projection")

    def __init__(self, n_bits: int = 32, *, random_state: Any = None) -> None:
        self.n_bits = n_bits
        self.random_state = random_state

    def _step(
        self, X: Floats, y: NDArray[Any] | None, *, neighbors: Neighbors, reservoir: ReservoirRows | None
    ) -> None:
        """Learn nothing."""
