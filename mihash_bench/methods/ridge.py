"""Ridge: recursive least squares from the features to a codeword of each class, the baseline of supervised hashing."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import cholesky, solve_triangular

from mihash_bench.cost import Cost
from mihash_bench.errors import InputError
from mihash_bench.methods._labels import LabelRows, labels_of
from mihash_bench.methods._target_codes import MOST_CLASSES, checked_codebook, hadamard, order_of
from mihash_bench.methods.base import Database, Floats, OnlineHasher
from mihash_bench.neighbors import Neighbors
from mihash_bench.parameters import Constraint, Integer, Real
from mihash_bench.stream.reservoir import ReservoirHistory

Positions = NDArray[np.int64]

# Choices of columns among which the best is taken.
CANDIDATES = 200
# Examples in one update of K: the matrices of their inner products stay small.
BLOCK_ROWS = 256


def best_columns(rows: NDArray[Any], candidates: NDArray[Any]) -> Positions:
    """Return the choice of columns at which the rows are farthest apart.

    rows: shape (classes, columns), of -1 and +1. candidates: shape (choices, bits), positions of columns. The best
    choice has the largest least Hamming distance between two rows, then the largest mean distance, then comes first.
    """
    if len(rows) == 1:
        return np.asarray(candidates[0], np.int64)
    pairs = np.triu_indices(len(rows), 1)
    distances = [_distances(rows[:, columns])[pairs] for columns in candidates]
    qualities = [(int(each.min()), int(each.sum())) for each in distances]
    return np.asarray(candidates[qualities.index(max(qualities))], np.int64)


def _distances(codes: NDArray[Any]) -> NDArray[np.int64]:
    whole = codes.astype(np.int64)
    return np.asarray((codes.shape[1] - whole @ whole.T) // 2)


class Ridge(OnlineHasher):
    """Recursive least squares to class codewords (Plackett, Biometrika 1950), one example per step.

    ``W = (lambda I + sum x^T x)^{-1} sum x^T t`` minimises ``sum |x W - t|^2 + lambda |W|^2`` over all examples seen,
    where t is the codeword of the example's label, or the mean of the codewords of several labels. Nothing is
    forgotten, and the result does not depend on the order of the examples if the codewords are given. For U examples
    with rows X and targets T, ``K <- K - K X^T (I + X K X^T)^{-1} X K`` and ``W <- W + K X^T (T - X W)``, with
    ``K = I / lambda`` at first. An example without labels changes nothing. Before the first example, W has Gaussian
    columns of unit norm.

    A label takes the next codeword at first sight. Codewords are the rows of a Hadamard matrix in random order; its
    order is the smallest power of two that is at least the number of bits and ``classes``. If it is larger than the
    number of bits, b of its columns are taken: of 200 random choices among the columns that are not constant over the
    first ``classes`` rows, the one with the largest least distance between those rows, then the largest mean distance.
    (If fewer than b columns are not constant, all of them are taken, and random ones of the others.)

    This is no published hashing method, but what such a method has to beat; its paper claims nothing.

    ``start`` accepts ``codebook`` of shape (rows, columns), of -1 and +1, and ``columns``, the positions of the bits'
    columns in it, instead of drawing them.

    Parameters
    ----------
    regularization : weight lambda of the squared norm of W.
    classes : number of labels that is expected; the largest possible number is that of the codebook's rows.
    """

    name = "ridge"
    title = "Ridge"
    citation = "plackett1950, mihashbench"
    cost = Cost("O(d^2 + d b) an example", "O(d^2 + d b), and O(r^2) for a codebook of r rows", power_of_d=2)
    needs_labels = True
    learns_codes = True
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "regularization": Real(0, above=True),
        "classes": Integer(1, MOST_CLASSES),
    }

    def __init__(
        self, n_bits: int = 32, *, regularization: float = 1.0, classes: int = 16, random_state: Any = None
    ) -> None:
        self.n_bits = n_bits
        self.regularization = regularization
        self.classes = classes
        self.random_state = random_state

    def _start(
        self,
        database: Database,
        W: Floats | None,
        *,
        codebook: ArrayLike | None = None,
        columns: ArrayLike | None = None,
        **given: Any,
    ) -> None:
        super()._start(database, W, **given)
        order = order_of(self.n_bits, self.classes)
        rows = self.random_.permutation(hadamard(order)) if codebook is None else checked_codebook(codebook)
        chosen = self._drawn_columns(rows) if columns is None else np.array(columns, np.int64).ravel()
        if chosen.shape != (self.n_bits,):
            raise InputError(f"columns: {len(chosen)} (allowed: {self.n_bits}, one for each bit)")
        self.codewords_ = rows[:, chosen].astype(np.float64)
        self.rows_of_labels_ = LabelRows(len(rows), f"ridge.classes: {self.classes}")
        self.K_ = np.eye(self.n_features_in_) / self.regularization
        self.has_learned_ = False

    def _drawn_columns(self, rows: NDArray[np.int8]) -> Positions:
        if rows.shape[1] == self.n_bits:
            return np.arange(self.n_bits)
        first = rows[: self.classes]
        constant = (first == first[0]).all(axis=0)
        varied, others = np.flatnonzero(~constant), np.flatnonzero(constant)
        missing = max(0, self.n_bits - len(varied))
        candidates = [
            np.append(
                self.random_.permutation(varied)[: self.n_bits], self.random_.choice(others, missing, replace=False)
            )
            for _ in range(CANDIDATES)
        ]
        return best_columns(first, np.array(candidates, np.int64))

    def _fit_block(
        self, X: Floats, y: NDArray[Any] | None, neighbors: Neighbors, reservoir: ReservoirHistory | None
    ) -> None:
        assert y is not None  # checked by partial_fit
        for start in range(0, len(X), BLOCK_ROWS):
            part = slice(start, start + BLOCK_ROWS)
            labels = [labels_of(row) for row in y[part]]
            labelled = [place for place, each in enumerate(labels) if each]
            if labelled:
                targets = np.array([self._target(labels[place]) for place in labelled])
                self._offset = start
                self._note_codes(np.array(labelled), targets)
                self._learn(X[part][labelled], targets)
        self.steps_ += len(X)

    def _target(self, labels: list[int]) -> Floats:
        rows = [self.rows_of_labels_.of(label) for label in labels]
        return np.asarray(self.codewords_[rows].mean(axis=0))

    def _learn(self, X: Floats, T: Floats) -> None:
        """Update K and W by a block, with the Cholesky factor L of ``I + X K X^T`` and ``G = L^{-1} X K``."""
        if not self.has_learned_:
            # The first projection is only that of the first hash table.
            self.W_, self.has_learned_ = np.zeros_like(self.W_), True
        XK = X @ self.K_
        L = cholesky(np.eye(len(X)) + XK @ X.T, lower=True)
        G = solve_triangular(L, XK, lower=True)
        self.W_ += G.T @ solve_triangular(L, T - X @ self.W_, lower=True)
        self.K_ -= G.T @ G
