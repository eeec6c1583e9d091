"""OSH: hash functions that learn error-correcting output codes of the labels."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mihash_bench.cost import Cost
from mihash_bench.errors import InputError
from mihash_bench.methods._labels import labels_of
from mihash_bench.methods.base import Database, Floats, OnlineHasher
from mihash_bench.neighbors import Neighbors
from mihash_bench.parameters import Constraint, Flag, Integer, Real
from mihash_bench.search_space import LogUniform, OneOf, Span
from mihash_bench.stream.reservoir import ReservoirHistory

# Maximum number of examples in one kernel call: memory for their inner products grows with its square.
BLOCK_STEPS = 100


class OSH(OnlineHasher):
    """Online Supervised Hashing (Cakir, Sclaroff, ICIP 2015; Cakir, Bargal, Sclaroff, CVIU 2016), one example per step.

    A label seen for the first time is assigned the next row of a random codebook of -1 and +1 as its target code c.
    With boosting, the bits j are updated in order: ``w_j += step e_j exp(-c_j <x, w_j>) c_j x``, where ``e_1 = 1`` and
    ``e_j = exp(-sum_{k<j} c_k <x, w_k>)`` uses the bits already updated by this example. Without boosting, the update
    is that of the hinge loss: ``w_j += step c_j x`` where ``c_j <x, w_j> < 1``. If the labels are a 0/1 matrix, new
    labels are assigned codes in ascending column order, followed by one update for each label of the example in the
    same order; an example without labels causes no update.

    ``start`` accepts ``codebook`` of shape (rows, bits) instead of drawing it.

    All updates run in one compiled kernel (``_osh_kernel.run_updates``) that takes a block of examples at a time; a
    single step is a block of one.

    Parameters
    ----------
    step_size : factor of each update.
    boosting : whether the weight of each bit depends on the errors of the bits before it.
    codebook_size : number of target codes that are drawn; the largest possible number of different labels.
    """

    name = "osh"
    title = "OSH"
    version = 2
    citation = "cakir2016osh, cakir2015osh"
    cost = Cost("O(d b) an example and label", "O(d b) for the projection, O(c b) for a codebook of c codes")
    needs_labels = True
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "step_size": Real(0, above=True),
        "boosting": Flag(),
        "codebook_size": Integer(2),
    }
    search: ClassVar[Mapping[str, Span]] = {"step_size": LogUniform(0.01, 1), "boosting": OneOf((True, False))}

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
        """Draw rows of -1 and +1; constant columns are drawn again because they cannot distinguish labels."""
        codebook = self.random_.choice((-1.0, 1.0), (self.codebook_size, self.n_bits))
        while (constant := np.abs(codebook.sum(axis=0)) == len(codebook)).any():
            codebook[:, constant] = self.random_.choice((-1.0, 1.0), (self.codebook_size, int(constant.sum())))
        return codebook

    def _fit_block(
        self, X: Floats, y: NDArray[Any] | None, neighbors: Neighbors, reservoir: ReservoirHistory | None
    ) -> None:
        assert y is not None  # checked by partial_fit
        for start in range(0, len(X), BLOCK_STEPS):
            part = slice(start, start + BLOCK_STEPS)
            self._fit_part(X[part], [labels_of(row) for row in y[part]])
        self.steps_ += len(X)

    def _fit_part(self, X: Floats, labels: list[list[int]]) -> None:
        # Imported late so that listing parameters does not load numba.
        from mihash_bench.methods._osh_kernel import run_updates

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
            raise InputError(
                f"osh.codebook_size: {len(self.codebook_)} (allowed: at least the number of labels in the stream)"
            )
        code: Floats = self.codebook_[row]
        return code
