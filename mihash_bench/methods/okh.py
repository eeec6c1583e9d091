"""OKH: passive-aggressive learning of kernel hash functions from pairs."""

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mihash_bench.anchors import KernelMap
from mihash_bench.cost import Cost
from mihash_bench.encoders import KernelCodes
from mihash_bench.errors import InputError
from mihash_bench.methods._pairs import similar_pairs
from mihash_bench.methods.base import Database, Floats, OnlineHasher
from mihash_bench.neighbors import Neighbors
from mihash_bench.parameters import Choice, Constraint, Integer, Real
from mihash_bench.stream.reservoir import ReservoirHistory

# Rows of a block; longer ones cost more than they save.
BLOCK_ROWS = 128


class OKH(OnlineHasher):
    """Online Kernel Hashing (Huang, Yang, Zheng, IJCAI 2013; TNNLS 2017), one pair per step.

    The features are ``kappa(x) = [exp(-|x - a_k|^2 / width), 1]``. The anchors a_k are random rows of the first half of
    the database; sigma is the mean squared distance between random rows of its second half and the anchors. The
    similarity loss of a pair with Hamming distance D is ``L = D`` if the pair is similar, otherwise
    ``max(0, ceil(alpha b) - D)``. If L > 0, target codes g without loss are derived from the codes h: among the bits
    that differ (similar) or agree (dissimilar), the L bits with the smallest ``min(|v|, |u|)`` are flipped, each in the
    example with the smaller absolute projection. With ``T = kappa_i^T (g_i - h_i) + kappa_j^T (g_j - h_j)`` and
    ``l = <h_i - g_i, v> + <h_j - g_j, u> + sqrt(L)``, the step is ``W <- W + min(C, l / |T|_F^2) T``.

    ``start`` accepts ``anchors`` of shape (m, d) and ``sigma`` instead of drawing them.

    Parameters
    ----------
    C : largest step; a smaller one makes the method less sensitive to single pairs.
    alpha : share of the bits in which dissimilar pairs have to differ.
    n_anchors : number m of anchors of the kernel features.
    n_bandwidth_rows : number of rows from which sigma is computed.
    bandwidth : ``released`` sets the kernel width to ``2 sigma^2``, as in the authors' code; ``mean`` sets it to
        ``2 sigma``.
    """

    name = "okh"
    title = "OKH"
    citation = "huang2013okh, huang2018online"
    version = 2
    cost = Cost("O(m d + m b) a pair, with m anchors", "O(m d) for the anchors, O(m b) for the projection")
    examples_per_step = 2
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "C": Real(0, above=True),
        "alpha": Real(0, 1),
        "n_anchors": Integer(1),
        "n_bandwidth_rows": Integer(1),
        "bandwidth": Choice(("released", "mean")),
    }

    def __init__(
        self,
        n_bits: int = 32,
        *,
        C: float = 0.1,
        alpha: float = 0.2,
        n_anchors: int = 300,
        n_bandwidth_rows: int = 2_000,
        bandwidth: str = "released",
        random_state: Any = None,
    ) -> None:
        self.n_bits = n_bits
        self.C = C
        self.alpha = alpha
        self.n_anchors = n_anchors
        self.n_bandwidth_rows = n_bandwidth_rows
        self.bandwidth = bandwidth
        self.random_state = random_state

    def check(self, n_database: int, n_features: int) -> None:
        """Raise InputError if a parameter is not allowed or half of the database has too few rows to draw from."""
        super().check(n_database, n_features)
        needed = 2 * max(self.n_anchors, self.n_bandwidth_rows)
        if n_database < needed:
            raise InputError(
                f"okh: a database of {n_database} rows (allowed: at least {needed} rows, twice the larger of "
                f"okh.n_anchors and okh.n_bandwidth_rows)"
            )

    def _start(
        self,
        database: Database,
        W: Floats | None,
        *,
        anchors: ArrayLike | None = None,
        sigma: float | None = None,
        **given: Any,
    ) -> None:
        half = database.shape[0] // 2
        rows = np.sort(self.random_.choice(half, self.n_anchors, replace=False))
        self.anchors_ = database[rows].astype(np.float64) if anchors is None else np.array(anchors, np.float64)
        others = half + np.sort(self.random_.choice(database.shape[0] - half, self.n_bandwidth_rows, replace=False))
        self.sigma_ = self._sigma(database[others]) if sigma is None else float(sigma)
        width = 2 * self.sigma_**2 if self.bandwidth == "released" else 2 * self.sigma_
        self.kernel_ = KernelMap(self.anchors_, width)
        self.W_ = self._projection(W, len(self.anchors_) + 1)

    def _sigma(self, rows: NDArray[Any]) -> float:
        return float(KernelMap(self.anchors_, 1.0).squared_distances(rows).mean())

    def _fit_block(
        self, X: Floats, y: NDArray[Any] | None, neighbors: Neighbors, reservoir: ReservoirHistory | None
    ) -> None:
        for start in range(0, len(X), BLOCK_ROWS):
            part = slice(start, start + BLOCK_ROWS)
            self._fit_part(
                self.kernel_.transform(X[part]), similar_pairs(X[part], None if y is None else y[part], neighbors)
            )
        self.steps_ += len(X) // 2

    def _fit_part(self, kappa: Floats, similar: NDArray[np.bool_]) -> None:
        """Learn from pairs of kernel features.

        Each step adds ``kappa^T c`` to W for the rows of its pair. The projections of later rows are corrected by the
        inner products of the kernel features, and W is changed once at the end.
        """
        Z, inner, changes = kappa @ self.W_, kappa @ kappa.T, np.zeros((len(kappa), self.n_bits))
        for pair, alike in enumerate(similar):
            rows = slice(2 * pair, 2 * pair + 2)
            change = self._change(Z[rows], inner[rows, rows], bool(alike))
            if change is not None:
                changes[rows] = change
                Z[rows.stop :] += inner[rows.stop :, rows] @ change
        if changes.any():
            self.W_ += kappa.T @ changes

    def _change(self, Z: Floats, inner: Floats, similar: bool) -> Floats | None:
        """Return c of shape (2, bits) for the step ``W <- W + kappa^T c``, or None for a pair without loss.

        Z: projections of the pair. inner: inner products of its kernel features, so that ``|T|_F^2`` is the sum of
        ``(g - h) * (inner (g - h))``.
        """
        H = np.where(Z > 0, 1.0, -1.0)
        G, loss = self._targets(Z, H, similar)
        if loss == 0:
            return None
        move = G - H
        margin = math.sqrt(loss) - (move * Z).sum()
        return np.asarray(min(self.C, margin / (move * (inner @ move)).sum()) * move)

    def _targets(self, Z: Floats, H: Floats, similar: bool) -> tuple[Floats, int]:
        """Return target codes of the pair without loss, shape (2, bits), and the similarity loss of its codes."""
        differs = H[0] != H[1]
        distance = int(differs.sum())
        loss = distance if similar else max(0, math.ceil(self.alpha * self.n_bits - 1e-9) - distance)
        candidates = np.flatnonzero(differs if similar else ~differs)
        nearest = candidates[np.argsort(np.abs(Z[:, candidates]).min(axis=0), kind="stable")[:loss]]
        weaker = np.abs(Z[:, nearest]).argmin(axis=0)
        G = H.copy()
        G[weaker, nearest] *= -1
        return G, loss

    def snapshot(self) -> KernelCodes:
        """Return a frozen encoder with the kernel."""
        return KernelCodes(self.W_.copy(), self.kernel_)
