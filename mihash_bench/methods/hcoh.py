"""HCOH: gradient steps towards a Hadamard codeword of each class."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mihash_bench.cost import Cost
from mihash_bench.methods._target_codes import MOST_CLASSES, started_targets
from mihash_bench.methods.base import Database, Floats, OnlineHasher
from mihash_bench.neighbors import Neighbors
from mihash_bench.parameters import Constraint, Integer, Real
from mihash_bench.search_space import LogUniform, Span
from mihash_bench.stream.reservoir import ReservoirHistory

# Examples in one kernel call, at least: memory for their inner products grows with its square.
BLOCK_ROWS = 100


class HCOH(OnlineHasher):
    """Supervised online hashing via Hadamard codebook learning (Lin, Ji, Liu, Liu, MM 2018).

    A label takes the next row of a Hadamard matrix in random order when it is seen for the first time. If the order r
    of the matrix is not the number of bits, the target code of the label is ``sgn(h A)`` with the row h and a Gaussian
    projection A of shape (r, bits), otherwise h itself. One step takes n examples X with target codes T to
    ``W <- W - (step / n) X^T [(F - T) o (1 - F o F)]`` with ``F = tanh(X W)``, the gradient of ``|F - T|^2 / 2``. Of
    several labels, each column takes the sign of the majority; columns without a majority are filled, in random order,
    so that both signs are equally frequent. Examples without labels change nothing and do not count in n.

    The paper claims that HCOH is more accurate than the online methods before it. The authors' release takes one
    example a step, computes targets in single precision if r is not the number of bits, and W with them from then on;
    here everything is in double precision. The release has no rule for several labels.

    ``start`` accepts ``codebook`` of shape (rows, r), of -1 and +1, ``projection`` of shape (r, bits), and
    ``zero_orders``, a permutation of the r columns for each example with several labels, instead of drawing them.

    Parameters
    ----------
    step_size : factor of the gradient; the authors' 0.2 for CIFAR-10 and MNIST, 0.1 for Places205.
    batch_size : number n of examples in each step.
    classes : number of labels that is expected; the largest possible number is the order r of the matrix, the smallest
        power of two that is at least ``classes`` and the number of bits.
    """

    name = "hcoh"
    title = "HCOH"
    citation = "lin2018hcoh"
    cost = Cost("O(d b) an example", "O(d b), and O(r^2) for a Hadamard matrix of order r")
    needs_labels = True
    learns_codes = True
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "step_size": Real(0, above=True),
        "batch_size": Integer(1),
        "classes": Integer(1, MOST_CLASSES),
    }
    search: ClassVar[Mapping[str, Span]] = {"step_size": LogUniform(0.02, 2)}

    def __init__(
        self,
        n_bits: int = 32,
        *,
        step_size: float = 0.2,
        batch_size: int = 1,
        classes: int = 16,
        random_state: Any = None,
    ) -> None:
        self.n_bits = n_bits
        self.step_size = step_size
        self.batch_size = batch_size
        self.classes = classes
        self.random_state = random_state

    @property
    def examples_per_step(self) -> int:  # type: ignore[override]
        """The number of examples in a batch."""
        return self.batch_size

    def _start(
        self,
        database: Database,
        W: Floats | None,
        *,
        codebook: ArrayLike | None = None,
        projection: ArrayLike | None = None,
        zero_orders: Sequence[ArrayLike] | None = None,
        **given: Any,
    ) -> None:
        super()._start(database, W, **given)
        self.targets_ = started_targets(
            self, self.random_, permuted=True, codebook=codebook, projection=projection, zero_orders=zero_orders
        )

    def _fit_block(
        self, X: Floats, y: NDArray[Any] | None, neighbors: Neighbors, reservoir: ReservoirHistory | None
    ) -> None:
        assert y is not None  # checked by partial_fit
        rows = max(1, BLOCK_ROWS // self.batch_size) * self.batch_size
        for start in range(0, len(X), rows):
            part = slice(start, start + rows)
            self._offset = start
            self._fit_part(X[part], y[part])
        self.steps_ += len(X) // self.batch_size

    def _fit_part(self, X: Floats, y: NDArray[Any]) -> None:
        # Imported late so that listing parameters does not load numba.
        from mihash_bench.methods._target_kernel import run_tanh_steps

        places, codes = self.targets_.of_block(y)
        self._note_codes(places, codes)
        targets, labelled = np.zeros((len(X), self.n_bits)), np.zeros(len(X), np.bool_)
        targets[places], labelled[places] = codes, True
        changes = np.zeros((len(X), self.n_bits))
        run_tanh_steps(X @ self.W_, X @ X.T, targets, labelled, self.batch_size, float(self.step_size), changes)
        self.W_ += X.T @ changes
