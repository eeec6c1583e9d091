"""HMOH: averaged perceptrons, one for each bit of a Hadamard codeword."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mihash_bench.anchors import KernelMap
from mihash_bench.cost import Cost
from mihash_bench.encoders import Encoder, KernelCodes, LinearCodes
from mihash_bench.errors import InputError
from mihash_bench.methods._target_codes import MOST_CLASSES, started_targets
from mihash_bench.methods.base import Database, Floats, OnlineHasher
from mihash_bench.neighbors import Neighbors
from mihash_bench.parameters import Choice, Constraint, Integer, Real
from mihash_bench.search_space import LogUniform, OneOf, Span
from mihash_bench.stream.reservoir import ReservoirHistory

# Examples in one kernel call: memory for their inner products grows with its square.
BLOCK_ROWS = 100
# Rows from which the width of the kernel is computed.
BANDWIDTH_ROWS = 2_000


class HMOH(OnlineHasher):
    """Hadamard matrix guided online hashing (Lin, Ji, Liu, Sun, Chen, Tian, IJCV 2020), one example per step.

    Target codes t are those of HCOH. Where the sign of ``x w_k`` (-1 for 0) is not t_k, ``w_k <- w_k + step t_k x``;
    W is zero at first. The codes are ``[x S > 0]``, where S is the mean of W after each example, so that a bit without
    mistakes is 0, and so are all bits of the first hash table. Only mistakes cost anything: with u the sum of
    ``(t - 1)`` times the change by example t, the mean after T examples is ``W - u / T``. Codes do not depend on the
    step size except by rounding. An example without labels changes nothing and does not count in T. The last W alone
    gives clearly worse codes than S.

    With ``n_anchors``, the features are ``exp(-|x - a_k|^2 / (2 eta))``; the anchors a_k are random rows of the first
    half of the database, and eta is the mean squared distance between 2,000 random rows of its second half and the
    anchors, divided by ``bandwidth_divisor``.

    The paper claims that HMOH is more accurate and faster than earlier online methods. The release takes the rows of
    the Hadamard matrix in order (``rows=released``). With 10 classes, these have only 16 different columns at any
    order, so that all rankings by codes of 16, 32, 64 and 128 bits are the same. The release also sums W in single
    precision, divides each column by its mistakes, which gives NaN for a bit without mistakes, and learns from
    features that are neither centred nor scaled. For an example with several labels whose code has as many positive as
    negative columns, it overwrites the whole code, so that most such examples share one; this is not copied.

    ``start`` accepts ``codebook``, ``projection`` and ``zero_orders`` as in HCOH, and ``anchors`` of shape (m, d) and
    ``eta``, instead of drawing them.

    Parameters
    ----------
    step_size : factor of each change of W.
    rows : ``permuted`` gives labels the rows of the Hadamard matrix in random order, ``released`` in the order of the
        matrix, as in the authors' code.
    n_anchors : number m of anchors of the kernel features; 0 for none. The authors use 300 for MNIST and 800 for
        Places205.
    bandwidth_divisor : divisor of the mean squared distance in eta; the authors use 6 for MNIST.
    classes : number of labels that is expected; the largest possible number is the order of the matrix, the smallest
        power of two that is at least ``classes`` and the number of bits.
    """

    name = "hmoh"
    title = "HMOH"
    citation = "lin2020hmoh"
    cost = Cost(
        "O(d b) an example; with m anchors, m takes the place of d and the features cost O(d m)",
        "O(d b), and O(r^2) for a Hadamard matrix of order r",
    )
    needs_labels = True
    learns_codes = True
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "step_size": Real(0, above=True),
        "rows": Choice(("permuted", "released")),
        "n_anchors": Integer(0),
        "bandwidth_divisor": Real(0, above=True),
        "classes": Integer(1, MOST_CLASSES),
    }
    search: ClassVar[Mapping[str, Span]] = {"n_anchors": OneOf((300, 800)), "bandwidth_divisor": LogUniform(2, 30)}

    def __init__(
        self,
        n_bits: int = 32,
        *,
        step_size: float = 0.01,
        rows: str = "permuted",
        n_anchors: int = 0,
        bandwidth_divisor: float = 10.0,
        classes: int = 16,
        random_state: Any = None,
    ) -> None:
        self.n_bits = n_bits
        self.step_size = step_size
        self.rows = rows
        self.n_anchors = n_anchors
        self.bandwidth_divisor = bandwidth_divisor
        self.classes = classes
        self.random_state = random_state

    def check(self, n_database: int, n_features: int) -> None:
        """Raise InputError if a parameter is not allowed or half of the database has too few rows to draw from."""
        super().check(n_database, n_features)
        needed = 2 * max(self.n_anchors, BANDWIDTH_ROWS)
        if self.n_anchors and n_database < needed:
            raise InputError(
                f"hmoh.n_anchors: {self.n_anchors} (allowed for a database of {n_database} rows: 0; anchors need at "
                f"least {needed} rows)"
            )

    def _start(
        self,
        database: Database,
        W: Floats | None,
        *,
        codebook: ArrayLike | None = None,
        projection: ArrayLike | None = None,
        zero_orders: Sequence[ArrayLike] | None = None,
        anchors: ArrayLike | None = None,
        eta: float | None = None,
        **given: Any,
    ) -> None:
        if W is None:
            W = np.zeros((self.n_anchors or self.n_features_in_, self.n_bits))
        self.kernel_ = self._kernel(database, anchors, eta) if self.n_anchors else None
        super()._start(database, None, **given)
        self.W_ = self._projection(W, self.n_anchors or self.n_features_in_)
        self.delay_ = np.zeros_like(self.W_)
        self.learned_ = 0
        self.targets_ = started_targets(
            self, self.random_, permuted=self.rows == "permuted", codebook=codebook, projection=projection,
            zero_orders=zero_orders,
        )  # fmt: skip

    def _kernel(self, database: Database, anchors: ArrayLike | None, eta: float | None) -> KernelMap:
        half = database.shape[0] // 2
        if anchors is None:
            anchors = database[np.sort(self.random_.choice(half, self.n_anchors, replace=False))]
        chosen = np.array(anchors, np.float64)
        if chosen.shape != (self.n_anchors, self.n_features_in_):
            raise InputError(f"anchors: shape {chosen.shape} (allowed: {(self.n_anchors, self.n_features_in_)})")
        if eta is None:
            others = half + np.sort(self.random_.choice(database.shape[0] - half, BANDWIDTH_ROWS, replace=False))
            squares = KernelMap(chosen, 1.0).squared_distances(database[others])
            eta = float(squares.mean()) / self.bandwidth_divisor
        return KernelMap(chosen, 2 * eta)

    def _fit_block(
        self, X: Floats, y: NDArray[Any] | None, neighbors: Neighbors, reservoir: ReservoirHistory | None
    ) -> None:
        assert y is not None  # checked by partial_fit
        for start in range(0, len(X), BLOCK_ROWS):
            part = slice(start, start + BLOCK_ROWS)
            places, codes = self.targets_.of_block(y[part])
            self._offset = start
            self._note_codes(places, codes)
            if len(places):
                self._learn(self._features(X[part][places]), codes)
        self.steps_ += len(X)

    def _features(self, X: Floats) -> Floats:
        # HMOH has no constant feature, which is the last one of the kernel map.
        return X if self.kernel_ is None else np.ascontiguousarray(self.kernel_.transform(X)[:, :-1])

    def _learn(self, X: Floats, targets: Floats) -> None:
        # Imported late so that listing parameters does not load numba.
        from mihash_bench.methods._target_kernel import run_perceptron_steps

        changes = np.zeros((len(X), self.n_bits))
        run_perceptron_steps(X @ self.W_, X @ X.T, targets, float(self.step_size), changes)
        before = np.arange(self.learned_, self.learned_ + len(X), dtype=np.float64)
        self.W_ += X.T @ changes
        self.delay_ += X.T @ (before[:, None] * changes)
        self.learned_ += len(X)

    @property
    def mean_(self) -> Floats:
        """The mean of W after each example that was learned from, zeros before the first one."""
        return self.W_ - self.delay_ / self.learned_ if self.learned_ else np.zeros_like(self.W_)

    def snapshot(self) -> Encoder:
        """Return a frozen encoder with the mean of W, and with the kernel if there is one."""
        if self.kernel_ is None:
            return LinearCodes(self.mean_)
        return KernelCodes(np.vstack([self.mean_, np.zeros(self.n_bits)]), self.kernel_)
