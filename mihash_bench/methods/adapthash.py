"""AdaptHash: for each pair, updates only as many hash functions as the loss of the pair requires."""

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mihash_bench.cost import Cost
from mihash_bench.methods.base import Floats, OnlineHasher
from mihash_bench.neighbors import Neighbors
from mihash_bench.parameters import Constraint, Real
from mihash_bench.search_space import LogUniform, OneOf, Span
from mihash_bench.stream.reservoir import ReservoirRows

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
    cost = Cost("O(d b^2) a pair with a loss, O(d b) a pair without one", "O(d b) for the projection")
    examples_per_step = 2
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "alpha": Real(0, 1),
        "regularization": Real(0),
        "step_size": Real(0, above=True),
    }
    search: ClassVar[Mapping[str, Span]] = {
        "alpha": OneOf((0.5, 0.6, 0.7, 0.8, 0.9)),
        "regularization": LogUniform(0.001, 1),
        "step_size": LogUniform(0.03, 3),
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

    def _step(
        self, X: Floats, y: NDArray[Any] | None, *, neighbors: Neighbors, reservoir: ReservoirRows | None
    ) -> None:
        labels = (None, None) if y is None else (y[:1], y[1:])
        similar = bool(neighbors.between(X[:1], labels[0], X[1:], labels[1])[0, 0])
        Z = X @ self.W_
        chosen = self._chosen_bits(Z, similar)
        if len(chosen):
            W = self.W_ - self._gradient(X, Z, chosen, similar) - self._regularizer()
            self.W_ = W / np.linalg.norm(W, axis=0)

    def _chosen_bits(self, Z: Floats, similar: bool) -> NDArray[np.int64]:
        codes = Z > 0
        differs = codes[0] != codes[1]
        distance, b = int(differs.sum()), self.n_bits
        loss = distance - (1 - self.alpha) * b if similar else self.alpha * b - distance
        count = max(0, math.ceil(loss - ROUNDING))
        candidates = np.flatnonzero(differs if similar else ~differs)
        strength = np.abs(Z[:, candidates]).max(axis=0)
        return candidates[np.argsort(-strength, kind="stable")[:count]]

    def _gradient(self, X: Floats, Z: Floats, chosen: NDArray[np.int64], similar: bool) -> Floats:
        decay = np.exp(-Z)
        f, q = 2 / (1 + decay) - 1, decay / (1 + decay) ** 2
        error = 2 * (f[0] @ f[1] - self.n_bits * (1 if similar else -1))
        slopes = 2 * f[::-1] * q
        mask = np.zeros(self.n_bits)
        mask[chosen] = self.step_size * error
        return np.asarray(X.T @ (slopes * mask))

    def _regularizer(self) -> Floats:
        W = self.W_
        return self.regularization * (W @ (W.T @ W - np.eye(self.n_bits)))
