"""AdaptHash: for each pair, updates only as many hash functions as the loss of the pair requires."""

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mihash_bench.cost import Cost
from mihash_bench.methods._pairs import similar_pairs
from mihash_bench.methods.base import Floats, OnlineHasher
from mihash_bench.neighbors import Neighbors
from mihash_bench.parameters import Constraint, Real
from mihash_bench.stream.reservoir import ReservoirHistory

# Rows of a block; longer ones cost more than they save.
BLOCK_ROWS = 32
# Losses such as 0.1 b are integers for some b; a smaller excess over an integer is a rounding error.
ROUNDING = 1e-9


class AdaptHash(OnlineHasher):
    """Adaptive Hashing (Cakir, Sclaroff, ICCV 2015), one pair per step.

    For a pair with projections v, u and Hamming distance D between its codes, the loss is ``max(0, D - (1 - alpha) b)``
    if the pair is similar (s = 1), otherwise ``max(0, alpha b - D)`` (s = -1). Among the bits that differ (similar) or
    agree (dissimilar), the ``ceil(loss)`` bits with the largest ``max(|v_k|, |u_k|)`` are updated. With
    ``f(z) = 2/(1+e^-z) - 1`` and ``q(z) = e^-z/(1+e^-z)^2``, the change M is
    ``step 2 (<f(v), f(u)> - b s) [x_i^T (2 f(u) q(v)) + x_j^T (2 f(v) q(u))]`` in the columns of these bits, plus
    ``lambda W (W^T W - I)`` in all columns. Then ``W <- W - M``, and the columns are rescaled to unit norm. A pair
    without loss changes nothing.

    Parameters
    ----------
    alpha : share of the bits that decides when a pair has a loss: similar pairs may differ in (1 - alpha) b bits,
        others have to differ in alpha b bits.
    regularization : weight lambda of the term that keeps the columns of W orthogonal.
    step_size : factor of the gradient.
    """

    name = "adapthash"
    title = "AdaptHash"
    citation = "cakir2015adaptive"
    version = 2
    cost = Cost("O(d b) a pair, and O(b^3) more for a pair with a loss", "O(d b) for the projection")
    examples_per_step = 2
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "alpha": Real(0, 1),
        "regularization": Real(0),
        "step_size": Real(0, above=True),
    }

    def __init__(
        self,
        n_bits: int = 32,
        *,
        alpha: float = 0.9,
        regularization: float = 0.01,
        step_size: float = 1.0,
        random_state: Any = None,
    ) -> None:
        self.n_bits = n_bits
        self.alpha = alpha
        self.regularization = regularization
        self.step_size = step_size
        self.random_state = random_state

    def _fit_block(
        self, X: Floats, y: NDArray[Any] | None, neighbors: Neighbors, reservoir: ReservoirHistory | None
    ) -> None:
        for start in range(0, len(X), BLOCK_ROWS):
            part = slice(start, start + BLOCK_ROWS)
            self._fit_part(X[part], similar_pairs(X[part], None if y is None else y[part], neighbors))
        self.steps_ += len(X) // 2

    def _fit_part(self, X: Floats, similar: NDArray[np.bool_]) -> None:
        """Learn from pairs of rows without touching a matrix of the size of W until the end.

        Each change is ``W <- (W M - x^T G) / n`` with a symmetric matrix M, made from ``W^T W``, and the norms n of the
        columns. W is therefore always ``W_0 A + X^T B``. Only A, B and ``W^T W`` are kept up to date.
        """
        state = _Product(self.W_, X)
        for pair, alike in enumerate(similar):
            rows = slice(2 * pair, 2 * pair + 2)
            Z = state.projections(rows)
            chosen = self._chosen_bits(Z, bool(alike))
            if len(chosen):
                state.change(rows, Z, self._factors(Z, chosen, bool(alike)), self.regularization)
        if state.has_changed:
            self.W_ = state.W()

    def _chosen_bits(self, Z: Floats, similar: bool) -> NDArray[np.int64]:
        codes = Z > 0
        differs = codes[0] != codes[1]
        distance, b = int(differs.sum()), self.n_bits
        loss = distance - (1 - self.alpha) * b if similar else self.alpha * b - distance
        count = max(0, math.ceil(loss - ROUNDING))
        candidates = np.flatnonzero(differs if similar else ~differs)
        strength = np.abs(Z[:, candidates]).max(axis=0)
        return candidates[np.argsort(-strength, kind="stable")[:count]]

    def _factors(self, Z: Floats, chosen: NDArray[np.int64], similar: bool) -> Floats:
        """Return G of shape (2, bits); the gradient is ``x^T G`` for the two rows x of the pair."""
        decay = np.exp(-Z)
        f, q = 2 / (1 + decay) - 1, decay / (1 + decay) ** 2
        error = 2 * (f[0] @ f[1] - self.n_bits * (1 if similar else -1))
        mask = np.zeros(self.n_bits)
        mask[chosen] = self.step_size * error
        return np.asarray(2 * f[::-1] * q * mask)


class _Product:
    """A projection W as ``W_0 A + X^T B``, with X of shape (m, d), and ``W^T W``."""

    def __init__(self, W: Floats, X: Floats) -> None:
        self.start, self.rows = W, X
        self.first, self.inner = X @ W, X @ X.T
        self.A, self.B = np.eye(W.shape[1]), np.zeros((len(X), W.shape[1]))
        self.gram: Floats | None = None

    @property
    def has_changed(self) -> bool:
        """Whether W differs from W_0."""
        return self.gram is not None

    def projections(self, rows: slice) -> Floats:
        """Return ``x W`` of these rows of X."""
        if self.gram is None:
            return self.first[rows]
        # Rows of B that belong to later examples are still zero.
        return np.asarray(self.first[rows] @ self.A + self.inner[rows, : rows.start] @ self.B[: rows.start])

    def change(self, rows: slice, Z: Floats, G: Floats, weight: float) -> None:
        """Replace W by ``W - x^T G - weight W (W^T W - I)`` with its columns scaled to unit norm.

        Z: ``x W`` of the two rows x.
        """
        C = self.start.T @ self.start if self.gram is None else self.gram
        M = (1 + weight) * np.eye(len(C)) - weight * C
        cross = (Z @ M).T @ G
        changed = M @ C @ M - cross - cross.T + G.T @ self.inner[rows, rows] @ G
        norms = np.sqrt(np.diag(changed))
        M /= norms
        self.gram = changed / norms / norms[:, None]
        self.A = self.A @ M
        self.B[: rows.start] = self.B[: rows.start] @ M
        self.B[rows] = -G / norms

    def W(self) -> Floats:
        """Return W."""
        return np.asarray(self.start @ self.A + self.rows.T @ self.B)
