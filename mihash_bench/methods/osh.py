"""OSH: hash functions that learn error-correcting output codes of the labels."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mihash_bench.errors import InputError
from mihash_bench.methods.base import Database, Floats, OnlineHasher
from mihash_bench.neighbors import Neighbors
from mihash_bench.parameters import Constraint, Flag, Integer, Real
from mihash_bench.stream.reservoir import ReservoirHistory, ReservoirRows

# Rows that learn on small matrices together: their inner products take the square of it.
BLOCK_STEPS = 100


def _labels_of(label: Any) -> list[int]:
    """Return the labels of a row of y: a number, or a row of 0 and 1, in ascending order."""
    return [int(label)] if np.ndim(label) == 0 else np.flatnonzero(label).tolist()


class OSH(OnlineHasher):
    """Online Supervised Hashing (Cakir, Sclaroff, ICIP 2015; Cakir, Bargal, Sclaroff, CVIU 2016), one example a step.

    A label seen for the first time takes the next row of a random codebook of +-1 as its target code c. boosting on:
    for the bits j in order ``w_j += step e_j exp(-c_j <x, w_j>) c_j x`` with ``e_1 = 1`` and
    ``e_j = exp(-sum_{k<j} c_k <x, w_k>)`` using the bits that this example has updated already; off: the hinge,
    ``w_j += step c_j x`` where ``c_j <x, w_j> < 1``. With a 0/1 matrix of labels, new ones take their codes in
    ascending column order, then there is one update for each label of the example in that order; no labels, no update.

    ``start`` takes ``codebook`` of shape (rows, bits) instead of drawing it.
    """

    name = "osh"
    title = "OSH"
    version = 2
    block_form_of = ("_boost", "_hinge")
    citation = "cakir2016osh"
    needs_labels = True
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "step_size": Real(0, above=True),
        "boosting": Flag(),
        "codebook_size": Integer(2),
    }

    def __init__(
        self,
        n_bits: int = 32,
        *,
        step_size: float = 0.1,
        boosting: bool = True,
        codebook_size: int = 10_000,
        random_state: Any = None,
    ) -> None:
        self.n_bits = n_bits
        self.step_size = step_size
        self.boosting = boosting
        self.codebook_size = codebook_size
        self.random_state = random_state

    def _start(self, database: Database, W: Floats | None, *, codebook: ArrayLike | None = None, **given: Any) -> None:
        super()._start(database, W, **given)
        self.codebook_ = self._draw_codebook() if codebook is None else np.array(codebook, np.float64)
        self.rows_of_labels_: dict[int, int] = {}

    def _draw_codebook(self) -> Floats:
        """Draw rows of +-1; a column that came out constant is drawn again, it could not tell labels apart."""
        codebook = self.random_.choice((-1.0, 1.0), (self.codebook_size, self.n_bits))
        while (constant := np.abs(codebook.sum(axis=0)) == len(codebook)).any():
            codebook[:, constant] = self.random_.choice((-1.0, 1.0), (self.codebook_size, int(constant.sum())))
        return codebook

    def _step(
        self, X: Floats, y: NDArray[Any] | None, *, neighbors: Neighbors, reservoir: ReservoirRows | None
    ) -> None:
        if y is None:
            return
        for target in [self._code_of(label) for label in _labels_of(y[0])]:
            if self.boosting:
                self._boost(X[0], target)
            else:
                self._hinge(X[0], target)

    def _fit_block(
        self, X: Floats, y: NDArray[Any] | None, neighbors: Neighbors, reservoir: ReservoirHistory | None
    ) -> None:
        """Run the updates of a block on small matrices (``osh_steps``): equal to the loop but for rounding."""
        for start in range(0, len(X), BLOCK_STEPS):
            part = slice(start, start + BLOCK_STEPS)
            self._fit_part(X[part], [] if y is None else [_labels_of(row) for row in y[part]])
        self.steps_ += len(X)

    def _fit_part(self, X: Floats, labels: list[list[int]]) -> None:
        # Compiled code, which who only asks for parameters need not load.
        from mihash_bench.methods.osh_steps import run_updates

        pairs = [(row, self._code_of(label)) for row, several in enumerate(labels) for label in several]
        if not pairs:
            return
        rows, targets = np.array([row for row, _ in pairs]), np.array([code for _, code in pairs])
        changes = np.zeros((len(X), self.n_bits))
        run_updates(X @ self.W_, X @ X.T, rows, targets, float(self.step_size), self.boosting, changes)
        self.W_ += X.T @ changes

    def _code_of(self, label: int) -> Floats:
        row = self.rows_of_labels_.setdefault(label, len(self.rows_of_labels_))
        if row >= len(self.codebook_):
            raise InputError(f"osh.codebook_size: {len(self.codebook_)} codes are too few for the labels of the stream")
        return self.codebook_[row]

    def _boost(self, x: Floats, target: Floats) -> None:
        """Bits follow one another, yet each touches only its own column: with ``z_j = <x, w_j>`` the updated bit has
        ``z_j + eta_j c_j |x|^2``, so the loop runs over numbers and W changes once, by a term of rank one."""
        agreement, norm = target * (x @ self.W_), float(x @ x)
        rates = np.empty(self.n_bits)
        weight = 1.0
        for j in range(self.n_bits):
            rates[j] = self.step_size * weight * np.exp(-agreement[j])
            weight *= np.exp(-(agreement[j] + rates[j] * norm))
        self.W_ += np.outer(x, rates * target)

    def _hinge(self, x: Floats, target: Floats) -> None:
        self.W_ += self.step_size * np.outer(x, target * (target * (x @ self.W_) < 1))
