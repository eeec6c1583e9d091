"""SketchHash: projections on the principal directions of the stream, computed from a sketch of fixed size."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mihash_bench.cost import Cost
from mihash_bench.encoders import CentredCodes
from mihash_bench.errors import InputError
from mihash_bench.methods.base import Database, Floats, OnlineHasher
from mihash_bench.neighbors import Neighbors
from mihash_bench.parameters import Constraint, Integer
from mihash_bench.stream.reservoir import ReservoirRows

# Eigenvalues of a Gram matrix below this fraction of the largest one are rounding errors.
NOISE = 1e-10


class FrequentDirections:
    """Frequent Directions (Liberty, KDD 2013): a sketch B of l rows that approximates all rows A seen so far.

    ``0 <= A^T A - B^T B <= 2 |A|_F^2 / l``. The first ``filled`` rows of B are in use.
    """

    def __init__(self, size: int, n_features: int) -> None:
        self.B = np.zeros((size, n_features))
        self.filled = 0

    def add(self, rows: Floats) -> None:
        """Insert rows into the sketch; whenever it is full, it is first shrunk to half its size."""
        taken = 0
        while taken < len(rows):
            if self.filled == len(self.B):
                self._shrink()
            count = min(len(self.B) - self.filled, len(rows) - taken)
            self.B[self.filled : self.filled + count] = rows[taken : taken + count]
            self.filled += count
            taken += count

    def _shrink(self) -> None:
        """Subtract the (l/2 + 1)-th squared singular value from all of them and set negative results to 0.

        The singular values are computed from the l x l Gram matrix.
        """
        values, U = np.linalg.eigh(self.B @ self.B.T)
        values, U = values[::-1], U[:, ::-1]
        half = len(self.B) // 2
        kept = np.maximum(values[:half] - values[half], 0)
        scale = np.sqrt(np.divide(kept, values[:half], out=np.zeros(half), where=values[:half] > 0))
        top = scale[:, None] * (U[:, :half].T @ self.B)
        self.B[:half], self.B[half:] = top, 0
        self.filled = half

    def top_directions(self, count: int, rng: np.random.Generator) -> Floats:
        """Return the first right singular vectors of the sketch, shape (features, count).

        If the rank of the sketch is too low, random orthonormal vectors take the place of the missing ones.
        """
        filled = self.B[: self.filled]
        values, U = np.linalg.eigh(filled @ filled.T)
        values, U = values[::-1][:count], U[:, ::-1][:, :count]
        real = values > NOISE * max(values[0], np.finfo(float).tiny)
        V = filled.T @ (U[:, real] / np.sqrt(values[real]))
        noise = rng.standard_normal((filled.shape[1], count - V.shape[1]))
        # V is already orthonormal; QR only makes the remaining columns orthonormal to it.
        Q = np.linalg.qr(np.hstack([V, noise]))[0]
        return np.hstack([V, Q[:, V.shape[1] :]])


class SketchHash(OnlineHasher):
    """Online Sketching Hashing (Leng, Wu, Cheng, Bai, Lu, CVPR 2015), one batch per step; unsupervised.

    The method keeps the mean and the number n of the rows seen. The m rows of a batch, centred on the mean of the
    batch, enter a Frequent Directions sketch of ``sketch_size`` rows; from the second batch on, the additional row
    ``sqrt(n m / (n + m)) (mean_batch - mean_seen)`` enters as well. Then ``W = V R``, where V contains the top right
    singular vectors of the sketch and R is a new random rotation. The codes are ``[(x - mean) W > 0]``; the mean is
    part of the snapshot.

    ``start`` accepts ``rotations``, a sequence of (bits, bits) arrays of which each step uses one, instead of drawing
    them.

    Parameters
    ----------
    batch_size : number of rows in each step, at least the number of bits; none means 50 for up to 50 bits, otherwise
        100.
    sketch_size : number l of rows of the sketch, an even number, at most the number of features; none means 200, or the
        largest allowed number if that is smaller.
    """

    name = "sketchhash"
    title = "SketchHash"
    citation = "leng2015sketch"
    cost = Cost("O(l^2 d + l^3) a batch, with l rows in the sketch", "O(l d) for the sketch, O(d b) for the projection")
    uses_neighbors = False
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "batch_size": Integer(1, none=True),
        "sketch_size": Integer(2, none=True),
    }

    def __init__(
        self,
        n_bits: int = 32,
        *,
        batch_size: int | None = None,
        sketch_size: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.n_bits = n_bits
        self.batch_size = batch_size
        self.sketch_size = sketch_size
        self.random_state = random_state

    @property
    def examples_per_step(self) -> int:  # type: ignore[override]
        """The number of rows in a batch."""
        return self.batch_size or (50 if self.n_bits <= 50 else 100)

    def check(self, n_database: int, n_features: int) -> None:
        """Raise InputError if a parameter is not allowed or bits, batch, sketch and features are incompatible."""
        super().check(n_database, n_features)
        if self.n_bits > self.examples_per_step:
            raise InputError(
                f"sketchhash.batch_size: {self.examples_per_step} (allowed at {self.n_bits} bits: "
                f"at least {self.n_bits})"
            )
        if self.n_bits > n_features:
            raise InputError(
                f"--bits: {self.n_bits} (allowed for sketchhash: at most {n_features}, the number of features)"
            )
        size = self._size(n_features)
        if size % 2 or not self.n_bits <= size <= n_features:
            raise InputError(
                f"sketchhash.sketch_size: {size} (allowed: even numbers from {self.n_bits}, the number of bits, to "
                f"{n_features}, the number of features)"
            )

    def _size(self, n_features: int) -> int:
        return self.sketch_size or min(200, n_features - n_features % 2)

    def _start(self, database: Database, W: Floats | None, *, rotations: ArrayLike | None = None, **given: Any) -> None:
        super()._start(database, W, **given)
        self.mean_ = np.zeros(self.n_features_in_)
        self.count_ = 0
        self.sketch_ = FrequentDirections(self._size(self.n_features_in_), self.n_features_in_)
        self.rotations_ = None if rotations is None else list(np.array(rotations, np.float64))

    def _step(
        self, X: Floats, y: NDArray[Any] | None, *, neighbors: Neighbors, reservoir: ReservoirRows | None
    ) -> None:
        mean, n, m = X.mean(axis=0), self.count_, len(X)
        rows = X - mean
        if n:
            rows = np.vstack([rows, np.sqrt(n * m / (n + m)) * (mean - self.mean_)])
        self.sketch_.add(rows)
        self.mean_ = (n * self.mean_ + m * mean) / (n + m)
        self.count_ = n + m
        self.W_ = self.sketch_.top_directions(self.n_bits, self.random_) @ self._rotation()

    def _rotation(self) -> Floats:
        if self.rotations_:
            given: Floats = self.rotations_.pop(0)
            return given
        Q, triangle = np.linalg.qr(self.random_.standard_normal((self.n_bits, self.n_bits)))
        return np.asarray(Q * np.sign(np.diag(triangle)))

    def snapshot(self) -> CentredCodes:
        """Return a frozen encoder with the current mean."""
        return CentredCodes(self.W_.copy(), self.mean_.copy())
