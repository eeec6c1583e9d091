"""DPSH: maximises the likelihood of pairwise similarities given inner products of real-valued codes."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from mihash_bench.batch._single_layer import LAYER_CONSTRAINTS, SingleLayer
from mihash_bench.batch._small_products import MOST, piece
from mihash_bench.batch.base import Floats, Labels, one_hot, sign
from mihash_bench.cost import Cost
from mihash_bench.parameters import Constraint, Real
from mihash_bench.search_space import LogUniform, Span

RATE_DECADES = 4  # from the first epoch to the last
CHUNK_ROWS = 128  # of the objective


def similarity_gradient(U_batch: Floats, Z_batch: Floats, U: Floats, Z: Floats, work: Floats | None = None) -> Floats:
    """Return ``sum_j (a_ij - s_ij) u_j`` with ``a = 1/(1 + exp(-theta))`` for the rows of a batch, shape (m, bits).

    theta_ij = <u_i, u_j> / 2; s_ij = 1 if points i and j have the same label, also for i = j. Z (n, c), Z_batch (m, c):
    one-hot labels. If U contains U_batch in the rows of the batch, this is the gradient of
    ``-sum_ij (s_ij theta_ij - log(1 + exp theta_ij))`` over all ordered pairs. work: memory for ``MOST m`` numbers of
    ``_small_products``; new memory if None.
    """
    # Imported late so that listing parameters does not load numba.
    from mihash_bench.batch._dpsh_kernel import sigmoid_of_minus

    # Sums over similar points are computed by class.
    total = -(Z_batch @ (Z.T @ U))
    work = np.empty(MOST * len(U_batch)) if work is None else work
    # The inner products of a batch with so few points also stay in the cache until their sigmoids have been used.
    points, minus_half = piece(U_batch.size), np.ascontiguousarray(-0.5 * U_batch.T)
    for start in range(0, len(U), points):
        others = U[start : start + points]
        a = _products(others, minus_half, work)
        sigmoid_of_minus(a)
        total += a.T @ others
    return np.asarray(total)


def _products(U: Floats, V: Floats, work: Floats) -> Floats:
    """Return ``U V`` in the memory ``work``, because fresh memory for each step would cost as much as a product."""
    out = work[: len(U) * V.shape[1]].reshape(len(U), V.shape[1])
    return np.matmul(U, V, out=out)


class DPSH(SingleLayer):
    """Deep Pairwise-Supervised Hashing (Li, Wang, Kang, IJCAI 2016), a single layer on fixed features.

    With ``theta_ij = <u_i, u_j> / 2`` and s_ij = 1 for pairs of the same class and 0 otherwise, the method minimises
    ``J = -sum_ij (s_ij theta_ij - log(1 + exp theta_ij)) + lambda sum_i |u_i - sgn u_i|^2`` over all ordered pairs.
    A buffer U contains the latest outputs of all n training points and is initialised with zeros. Each batch writes its
    rows to the buffer; its gradient is ``sum_j (a_ij - s_ij) u_j + 2 lambda (u_i - sgn u_i)``, summed over the whole
    buffer and divided by ``batch_size * n``. W and bias are initialised from 0.01 N(0, 1). The learning rate falls by
    four decades from the first epoch to the last; that of the bias is a hundredth of it.

    The reported objective is ``J / n^2``.

    Parameters
    ----------
    quantization : weight lambda of the distance between outputs and their signs.
    learning_rate : learning rate of the first epoch; that of the last epoch is a ten-thousandth of it.
    """

    name = "dpsh"
    title = "DPSH"
    citation = "li2016dpsh"
    version = 5
    cost = Cost(
        "O(n d b + n^2 b) an epoch",
        "O(n d) for the training points, O(n (b + m)) for outputs, with batches of m points",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {**LAYER_CONSTRAINTS, "quantization": Real(0)}
    search: ClassVar[Mapping[str, Span]] = {
        "learning_rate": LogUniform(10, 1000),
        "quantization": LogUniform(1, 100),
        "weight_decay": LogUniform(1e-6, 1e-4),
    }

    def __init__(
        self,
        n_bits: int = 32,
        *,
        quantization: float = 10.0,
        epochs: int = 150,
        batch_size: int = 128,
        learning_rate: float = 200.0,
        weight_decay: float = 1e-5,
        random_state: Any = None,
    ) -> None:
        self.n_bits = n_bits
        self.quantization = quantization
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.random_state = random_state

    def _begin(self, y: Labels) -> None:
        super()._begin(y)
        self.Z_ = one_hot(y)
        self.U_: Floats = np.zeros((len(y), self.n_bits))
        self._work = np.empty(MOST * max(self.batch_size, CHUNK_ROWS))

    def _rate(self, epoch: int) -> float:
        return self.learning_rate * float(10.0 ** (-RATE_DECADES * epoch / max(1, self.epochs - 1)))

    def gradient(self, rows: Labels, U: Floats) -> Floats:
        """Write U to the buffer and return the gradient of the batch, shape (m, bits)."""
        self.U_[rows] = U
        pairs = similarity_gradient(U, self.Z_[rows], self.U_, self.Z_, self._work)
        return (pairs + 2 * self.quantization * (U - sign(U))) / (self.batch_size * len(self.y_))

    def objective_of(self, U: Floats) -> float:
        """Return ``J / n^2``."""
        # Imported late so that listing parameters does not load numba.
        from mihash_bench.batch._dpsh_kernel import sum_softplus

        total = self.quantization * float(((U - sign(U)) ** 2).sum())
        points = piece(CHUNK_ROWS * U.shape[1])
        for start in range(0, len(U), CHUNK_ROWS):
            rows = U[start : start + CHUNK_ROWS]
            half = np.ascontiguousarray(0.5 * rows.T)
            total += sum_softplus(_products(rows, half, self._work))
            for later in range(start + CHUNK_ROWS, len(U), points):
                # Pairs of two chunks count in both orders.
                total += 2 * sum_softplus(_products(U[later : later + points], half, self._work))
        # The sum of theta over similar pairs, computed by class.
        total -= 0.5 * float(((self.Z_.T @ U) ** 2).sum())
        return total / float(len(U) ** 2)
