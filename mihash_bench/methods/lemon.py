"""LEMON, with one modality: codes learned from labels alone, and least squares from the features to them."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import solve

from mihash_bench.cost import Cost
from mihash_bench.errors import InputError
from mihash_bench.methods._labels import LabelRows, labels_of
from mihash_bench.methods._target_codes import signs
from mihash_bench.methods.base import Database, Floats, OnlineHasher
from mihash_bench.neighbors import Neighbors
from mihash_bench.parameters import Constraint, Integer, Real
from mihash_bench.stream.reservoir import ReservoirRows

PASSES = 5
# Singular values below this fraction of the largest one are rounding errors.
NOISE = 1e-10

State = tuple[Floats, Floats, Floats]


def embedding(Z: Floats, random: np.random.Generator) -> Floats:
    """Return V that maximises ``tr(V^T Z)`` under ``V^T V = n I`` and ``V^T 1 = 0``, shape (n, b) with n > b.

    This is sqrt(n) times the polar factor of Z minus its column means. Where the rank of that matrix is too low, random
    directions that are orthogonal to the others and to 1 complete it.
    """
    n, b = Z.shape
    U, values, right = np.linalg.svd(Z - Z.mean(axis=0), full_matrices=False)
    rank = int((values > NOISE * values[0]).sum())
    if rank < b:
        # The completion is made orthogonal to 1 together with the real directions.
        basis = np.column_stack([np.full(n, n**-0.5), U[:, :rank], random.standard_normal((n, b - rank))])
        U = np.hstack([U[:, :rank], np.linalg.qr(basis)[0][:, rank + 1 :]])
    return np.asarray(np.sqrt(n) * U @ right)


class LabelSums:
    """Sums over all earlier batches, as far as the codes depend on them.

    With the codes B, the embedding V and the labels L of each batch, and G with rows of L at unit length: ``VV`` is the
    sum of ``V^T V``, and likewise VL, GB, BV and GV; ``B1`` and ``V1`` are the sums of the rows of B and V.
    """

    def __init__(self, n_bits: int) -> None:
        self.VV, self.BV = np.zeros((n_bits, n_bits)), np.zeros((n_bits, n_bits))
        self.VL: Floats = np.zeros((n_bits, 0))
        self.GB: Floats = np.zeros((0, n_bits))
        self.GV: Floats = np.zeros((0, n_bits))
        self.B1, self.V1 = np.zeros(n_bits), np.zeros(n_bits)

    def widen(self, labels: int) -> None:
        """Make room for more labels, which no earlier batch has."""
        more = labels - len(self.GB)
        self.VL = np.pad(self.VL, ((0, 0), (0, more)))
        self.GB, self.GV = (np.pad(each, ((0, more), (0, 0))) for each in (self.GB, self.GV))

    def add(self, B: Floats, V: Floats, L: Floats, G: Floats) -> None:
        """Add a batch."""
        self.VV += V.T @ V
        self.VL += V.T @ L
        self.GB += G.T @ B
        self.BV += B.T @ V
        self.GV += G.T @ V
        self.B1 += B.sum(axis=0)
        self.V1 += V.sum(axis=0)


class LEMON(OnlineHasher):
    """Label embedding online hashing (Wang, Luo, Xu, MM 2020) with one modality, one batch per step.

    The codes B and the embedding V, both of shape (n, b), of a batch come from its 0/1 labels L alone. G contains the
    rows of L at unit length, and ``a = alpha b``. VV, VL and so on are sums over all earlier batches, see
    ``LabelSums``. From random signs B, a Gaussian V and a random orthogonal R, five passes compute

    ``P = (VV + V^T V + gamma I)^{-1} (VL + V^T L)``;
    ``Z = B R^T + beta L P^T + 2 a G (GB + G^T B) - a 1 (B1 + 1^T B)``;
    V, sqrt(n) times the polar factor of Z with centred columns, so that ``V^T V = n I`` and ``V^T 1 = 0``;
    ``R = U_A U_B^T`` from the singular value decomposition ``BV + B^T V = U_B s U_A^T``;
    ``B = sgn(2 a G (GV + G^T V) - a 1 (V1 + 1^T V) + V R)``, where sgn(0) is -1.

    Then ``W = (sum X^T X + xi I)^{-1} sum X^T B`` over all batches so far. Rows without labels are left out, and a
    batch with no more than b rows with labels teaches nothing, because V needs more rows than columns.

    The paper claims higher accuracy and speed than earlier online methods for cross-modal retrieval. Its hash table
    contains the codes B of the stream, which are never recoded and come from the labels of the rows, so that its
    figures cannot be compared with those of codes of features; here, the whole table is coded by W. With one label for
    each row, B has one code for each class, and LEMON is least squares to codewords that it learns. The authors'
    release takes singular values that are rounding errors for real ones if there are more bits than labels, and its
    completion is then not orthogonal; here, they are recognised by their size relative to the largest. It gives rows
    without labels random codes, and sgn(0) is 0 there.

    ``start`` accepts ``initial``, a sequence of (B, V, R) of which each batch uses one, instead of drawing them.

    Parameters
    ----------
    alpha : weight of the similarity of labels.
    beta : weight of the label embedding.
    gamma : weight of the squared norm of P.
    xi : weight of the squared norm of W.
    batch_size : number n of examples in each step, larger than the number of bits.
    """

    name = "lemon"
    title = "LEMON"
    citation = "wang2020lemon"
    cost = Cost(
        "O(n (d^2 + b^2 + b c) + d^3) a batch of n examples with c labels",
        "O(d^2 + d b + b^2 + b c), O(n (d + b)) for the batch",
        power_of_d=2,
    )
    needs_labels = True
    learns_codes = True
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "alpha": Real(0),
        "beta": Real(0),
        "gamma": Real(0, above=True),
        "xi": Real(0, above=True),
        "batch_size": Integer(2),
    }

    def __init__(
        self,
        n_bits: int = 32,
        *,
        alpha: float = 1e4,
        beta: float = 1e4,
        gamma: float = 0.1,
        xi: float = 1.0,
        batch_size: int = 2_000,
        random_state: Any = None,
    ) -> None:
        self.n_bits = n_bits
        self.alpha = alpha
        self.beta = beta
        self.gamma = gamma
        self.xi = xi
        self.batch_size = batch_size
        self.random_state = random_state

    @property
    def examples_per_step(self) -> int:  # type: ignore[override]
        """The number of examples in a batch."""
        return self.batch_size

    def check(self, n_database: int, n_features: int) -> None:
        """Raise InputError if a parameter is not allowed or a batch has too few rows for the number of bits."""
        super().check(n_database, n_features)
        if self.batch_size <= self.n_bits:
            raise InputError(
                f"lemon.batch_size: {self.batch_size} (allowed at {self.n_bits} bits: at least {self.n_bits + 1})"
            )

    def _start(
        self, database: Database, W: Floats | None, *, initial: Iterable[Any] | None = None, **given: Any
    ) -> None:
        super()._start(database, W, **given)
        self.initial_ = None if initial is None else [self._checked_state(*each) for each in initial]
        self.columns_ = LabelRows()
        self.sums_ = LabelSums(self.n_bits)
        self.XX_ = np.zeros((self.n_features_in_, self.n_features_in_))
        self.XB_ = np.zeros((self.n_features_in_, self.n_bits))

    def _checked_state(self, B: ArrayLike, V: ArrayLike, R: ArrayLike) -> State:
        state = np.array(B, np.float64), np.array(V, np.float64), np.array(R, np.float64)
        shapes = [each.shape for each in state]
        rows = (self.batch_size, self.n_bits)
        if shapes != [rows, rows, (self.n_bits, self.n_bits)]:
            raise InputError(f"initial: shapes {shapes} (allowed: {[rows, rows, (self.n_bits, self.n_bits)]})")
        return state

    def _step(
        self, X: Floats, y: NDArray[Any] | None, *, neighbors: Neighbors, reservoir: ReservoirRows | None
    ) -> None:
        assert y is not None  # checked by partial_fit
        labels = [[self.columns_.of(label) for label in labels_of(row)] for row in y]
        labelled = np.array([place for place, each in enumerate(labels) if each], np.int64)
        B, V, R = self._initial_state()
        if len(labelled) <= self.n_bits:
            return
        L = np.zeros((len(labelled), len(self.columns_)))
        for row, place in enumerate(labelled):
            L[row, labels[place]] = 1.0
        B = self._learn_codes(L, (B[labelled], V[labelled], R))
        self._note_codes(labelled, B)
        self.XX_ += X[labelled].T @ X[labelled]
        self.XB_ += X[labelled].T @ B
        self.W_ = solve(self.XX_ + self.xi * np.eye(len(self.XX_)), self.XB_, assume_a="pos")

    def _initial_state(self) -> State:
        if self.initial_ is not None:
            if not self.initial_:
                raise InputError("initial: too few (allowed: one for each batch)")
            return self.initial_.pop(0)
        shape, draw = (self.batch_size, self.n_bits), self.random_.standard_normal
        Q, triangle = np.linalg.qr(draw((self.n_bits, self.n_bits)))
        return self.random_.choice((-1.0, 1.0), shape), draw(shape), Q * np.sign(np.diag(triangle))

    def _learn_codes(self, L: Floats, state: State) -> Floats:
        """Return the codes of a batch with labels L, shape (n, c), and add the batch to the sums."""
        G = L / np.linalg.norm(L, axis=1, keepdims=True)
        self.sums_.widen(L.shape[1])
        for _ in range(PASSES):
            state = self._pass(L, G, state)
        self.sums_.add(state[0], state[1], L, G)
        return state[0]

    def _pass(self, L: Floats, G: Floats, state: State) -> State:
        """Return B, V and R after one pass."""
        (B, V, R), sums, a = state, self.sums_, self.alpha * self.n_bits
        P = np.linalg.solve(sums.VV + V.T @ V + self.gamma * np.eye(self.n_bits), sums.VL + V.T @ L)
        Z = B @ R.T + self.beta * L @ P.T + 2 * a * G @ (sums.GB + G.T @ B) - a * (sums.B1 + B.sum(axis=0))
        V = embedding(Z, self.random_)
        left, _, right = np.linalg.svd(sums.BV + B.T @ V)
        R = (left @ right).T
        B = signs(2 * a * G @ (sums.GV + G.T @ V) - a * (sums.V1 + V.sum(axis=0)) + V @ R)
        return B, V, R
