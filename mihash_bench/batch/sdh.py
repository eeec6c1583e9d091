"""SDH: codes from which a linear classifier predicts the labels, optimised bit by bit without relaxation."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from mihash_bench.anchors import KernelMap
from mihash_bench.batch.base import BatchHasher, Floats, Labels, one_hot
from mihash_bench.cost import Cost
from mihash_bench.encoders import KernelCodes
from mihash_bench.errors import InputError
from mihash_bench.parameters import Constraint, Integer, Real
from mihash_bench.search_space import LogUniform, OneOf, Span

PROJECTION_RIDGE = 1e-2
SAME_CODES, SAME_PROJECTION = 1e-6, 1e-5
CHUNK_ROWS = 1024


def discrete_step(B: Floats, Q: Floats, W: Floats, sweeps: int) -> Floats:
    """Decrease ``|Y - B W|^2 + nu |B - F|^2`` over codes B, one column at a time and exactly, and return B.

    B: initial codes, shape (n, bits). Q: ``nu F + Y W^T``, shape (n, bits). W: shape (bits, c). Each column is updated
    by ``B_k = sgn(Q_k - B_-k W_-k W_k^T)``, for at most ``sweeps`` sweeps over the columns or until a sweep changes
    nothing.
    """
    B, G = B.copy(), W @ W.T
    for _ in range(sweeps):
        before = B.copy()
        for k in range(B.shape[1]):
            # The last term removes column k itself from the product.
            B[:, k] = sign_or_one(Q[:, k] - B @ G[:, k] + B[:, k] * G[k, k])
        if np.linalg.norm(B - before) < SAME_CODES * np.linalg.norm(before):
            break
    return B


def sign_or_one(values: Floats) -> Floats:
    """Return +1 where a value is at least 0 and -1 elsewhere."""
    return np.where(values >= 0, 1.0, -1.0)


class SDH(BatchHasher):
    """Supervised Discrete Hashing (Shen, Shen, Liu, Shen, CVPR 2015), with the L2 loss.

    The method minimises ``|Y - B W|_F^2 + lambda |W|^2 + nu |B - F|_F^2`` over codes B in {-1, +1}, a classifier W and
    ``F = phi(X) P``. Y contains the one-hot labels. The features are ``phi(x) = [exp(-|x - x_k|^2 / (2 s^2)), 1]`` for
    m random training points x_k; s is the mean distance from the training points to the nearest anchor, in which the
    anchors count with distance 0. Starting from random codes, ``W = (B^T B + lambda I)^-1 B^T Y`` and
    ``P = (phi^T phi + 0.01 I)^-1 phi^T B``; each epoch updates B (``discrete_step``), W and P in this order. Training
    ends early if B and F agree or P no longer changes. The codes are ``[phi(x) P > 0]``.

    The reported objective is the one minimised, without the regularisation of P.

    ``fit`` accepts ``anchors``, positions of training points, and ``codes``, the initial B, instead of drawing them.

    Parameters
    ----------
    n_anchors : number m of anchors of the kernel features, at most half of the training points.
    nu : weight of the difference between the codes and the values F of the hash functions.
    ridge : weight lambda of the squared norm of the classifier.
    sweeps : largest number of sweeps over the bits in each epoch.
    epochs : largest number of rounds of codes, classifier and projection.
    """

    name = "sdh"
    title = "SDH"
    citation = "shen2015sdh"
    cost = Cost(
        "O(n m (d + m)) once, O(n b (m + c + s b) + m^3) an epoch, with m anchors, c classes, s sweeps",
        "O(n (d + m + b)) for the training points, their kernel features and codes",
    )
    epoch_note = "An epoch of SDH is a round of codes, classifier and projection; it ends when nothing changes."
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "n_anchors": Integer(1),
        "nu": Real(0),
        "ridge": Real(0, above=True),
        "sweeps": Integer(1),
        "epochs": Integer(1),
    }
    search: ClassVar[Mapping[str, Span]] = {
        "n_anchors": OneOf((300, 1000)),
        "nu": LogUniform(1e-6, 1e-1),
        "ridge": LogUniform(0.01, 100),
    }

    def __init__(
        self,
        n_bits: int = 32,
        *,
        n_anchors: int = 1000,
        nu: float = 1e-5,
        ridge: float = 1.0,
        sweeps: int = 10,
        epochs: int = 5,
        random_state: Any = None,
    ) -> None:
        self.n_bits = n_bits
        self.n_anchors = n_anchors
        self.nu = nu
        self.ridge = ridge
        self.sweeps = sweeps
        self.epochs = epochs
        self.random_state = random_state

    @property
    def n_epochs(self) -> int:
        """The parameter ``epochs``."""
        return self.epochs

    def check(self, n_points: int, n_features: int) -> None:
        """Raise InputError if a parameter is not allowed, in general or for this number of training points."""
        super().check(n_points, n_features)
        if self.n_anchors > n_points // 2:
            # Otherwise the anchors, whose distance to the nearest anchor is 0, would dominate the width.
            raise InputError(
                f"sdh.n_anchors: {self.n_anchors} (allowed: at most {n_points // 2}, half of the {n_points} training "
                f"points)"
            )

    def _learn(
        self, X: Floats, y: Labels, *, anchors: ArrayLike | None = None, codes: ArrayLike | None = None, **given: Any
    ) -> Iterator[int]:
        if given:
            raise TypeError(f"sdh: fit got unexpected arguments: {', '.join(given)}")
        drawn = np.sort(self.random_.choice(len(X), self.n_anchors, replace=False))
        rows = drawn if anchors is None else np.asarray(anchors)
        self.kernel_ = KernelMap(X[rows], 2 * nearest_anchor(X, X[rows]) ** 2)
        self._phi = self.kernel_.transform(X)
        self._gram = self._phi.T @ self._phi + PROJECTION_RIDGE * np.eye(self._phi.shape[1])
        self.Y_ = one_hot(y)
        drawn_codes = self.random_.choice((-1.0, 1.0), (len(X), self.n_bits))
        self.B_ = drawn_codes if codes is None else np.array(codes, np.float64)
        self.W_, self.P_ = self._classifier(), self._projection()
        yield 0
        for epoch in range(self.epochs):
            before = self.P_
            self.B_ = discrete_step(self.B_, self.nu * self._F() + self.Y_ @ self.W_.T, self.W_, self.sweeps)
            self.W_, self.P_ = self._classifier(), self._projection()
            yield epoch + 1
            apart = np.linalg.norm(self.B_ - self._F()) >= SAME_PROJECTION * np.linalg.norm(self.B_)
            moved = np.linalg.norm(self.P_ - before) >= SAME_PROJECTION * np.linalg.norm(before, 2)
            if not (apart and moved):
                return

    def _F(self) -> Floats:
        return np.asarray(self._phi @ self.P_)

    def _classifier(self) -> Floats:
        B = self.B_
        return np.asarray(np.linalg.solve(B.T @ B + self.ridge * np.eye(self.n_bits), B.T @ self.Y_), np.float64)

    def _projection(self) -> Floats:
        return np.asarray(np.linalg.solve(self._gram, self._phi.T @ self.B_), np.float64)

    def objective(self) -> float:
        """Return ``|Y - B W|^2 + lambda |W|^2 + nu |B - F|^2``."""
        fit = ((self.Y_ - self.B_ @ self.W_) ** 2).sum()
        return float(fit + self.ridge * (self.W_**2).sum() + self.nu * ((self.B_ - self._F()) ** 2).sum())

    def snapshot(self) -> KernelCodes:
        """Return a frozen encoder."""
        return KernelCodes(self.P_.copy(), self.kernel_)


def nearest_anchor(X: Floats, anchors: Floats) -> float:
    """Return the mean Euclidean distance from the rows to the nearest anchor."""
    kernel = KernelMap(anchors, 1.0)
    parts = [
        kernel.squared_distances(X[start : start + CHUNK_ROWS]).min(axis=1) for start in range(0, len(X), CHUNK_ROWS)
    ]
    return float(np.sqrt(np.concatenate(parts)).mean())
