"""Constant codes: the control that shows what a metric makes of codes without any information."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.cost import Cost
from mihash_bench.errors import InputError
from mihash_bench.methods.base import Database, Floats, OnlineHasher
from mihash_bench.neighbors import Neighbors
from mihash_bench.stream.reservoir import ReservoirRows


class Constant(OnlineHasher):
    """All codes are 0 (W = 0), and nothing is ever learned or updated.

    This is a control and no method: with ties averaged over all orders, the average precision of a query with r
    relevant items among n is exactly ``[(1 - rho) H_n + rho n] / n`` with ``rho = (r - 1)/(n - 1)`` and the harmonic
    number H_n, and its precision at any rank is r/n. Another value shows a defect of the metric, or that the protocol
    leaks labels.
    """

    name = "constant"
    title = "Constant codes"
    citation = "mihashbench"
    uses_neighbors = False
    learns = False
    draws = False
    cost = Cost("nothing is learned", "O(d b) for the projection")

    def __init__(self, n_bits: int = 32, *, random_state: Any = None) -> None:
        self.n_bits = n_bits
        self.random_state = random_state

    def _start(self, database: Database, W: Floats | None, **given: Any) -> None:
        if W is not None and W.any():
            raise InputError("W: not zero (allowed for constant: zeros)")
        super()._start(database, np.zeros((self.n_features_in_, self.n_bits)) if W is None else W, **given)

    def _step(
        self, X: Floats, y: NDArray[Any] | None, *, neighbors: Neighbors, reservoir: ReservoirRows | None
    ) -> None:
        """Learn nothing."""
