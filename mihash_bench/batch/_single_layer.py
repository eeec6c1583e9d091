"""One linear layer trained with mini-batches, to which deep methods reduce on fixed features."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from mihash_bench.batch._small_products import outputs, slopes
from mihash_bench.batch.base import BatchHasher, Floats, Labels
from mihash_bench.encoders import AffineCodes
from mihash_bench.errors import DivergedError, InputError
from mihash_bench.parameters import Constraint, Integer, Real

INITIAL_DEVIATION = 0.01
LAYER_CONSTRAINTS: Mapping[str, Constraint] = {
    "epochs": Integer(1),
    "batch_size": Integer(2),
    "learning_rate": Real(0, above=True),
    "weight_decay": Real(0),
}


class SingleLayer(BatchHasher):
    """Base class of methods that learn ``u = x W + c``, with W of shape (d, bits), by gradient descent.

    Each epoch visits the training points in random order, ``batch_size`` at a time. ``gradient`` returns the scaled
    gradient ``G = dJ/dU / scale`` with respect to the outputs of a batch. With momentum m, weight decay w and the
    ``_rate`` of the epoch, ``V <- m V - X^T G - w W`` and ``W <- W + rate V``; the bias c is updated in the same way
    with ``1^T G`` and ``bias_rate`` times the rate. ``fit`` accepts ``W`` and ``bias`` instead of drawing them.

    Parameters
    ----------
    epochs : number of passes over the training points.
    batch_size : number of training points in each mini-batch.
    learning_rate : learning rate of the first epoch.
    weight_decay : weight w of the decay of W and c in each step.
    """

    momentum: ClassVar[float] = 0.0
    bias_rate: ClassVar[float] = 0.01

    epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float

    W_: Floats
    bias_: Floats
    # The latest outputs of all training points, in methods whose gradient needs them.
    U_: Floats | None = None

    @property
    def n_epochs(self) -> int:
        """The parameter ``epochs``."""
        return self.epochs

    def check(self, n_points: int, n_features: int) -> None:
        """Raise InputError if a parameter is not allowed, in general or for this number of training points."""
        super().check(n_points, n_features)
        if self.batch_size > n_points:
            raise InputError(
                f"{self.name}.batch_size: {self.batch_size} (allowed: at most the {n_points} training points)"
            )

    def _learn(
        self, X: Floats, y: Labels, *, W: ArrayLike | None = None, bias: ArrayLike | None = None, **given: Any
    ) -> Iterator[int]:
        if given:
            raise TypeError(f"{self.name}: fit got unexpected arguments: {', '.join(given)}")
        drawn_W, drawn_bias = self._draw(X.shape[1])
        self.W_ = drawn_W if W is None else np.array(W, np.float64)
        self.bias_ = drawn_bias if bias is None else np.array(bias, np.float64)
        if self.W_.shape != drawn_W.shape or self.bias_.shape != drawn_bias.shape:
            raise InputError(
                f"W, bias: shapes {self.W_.shape}, {self.bias_.shape} (allowed: {drawn_W.shape}, {drawn_bias.shape})"
            )
        self.X_ = X
        self._velocity = np.zeros_like(self.W_), np.zeros_like(self.bias_)
        self._rows, self._change = np.empty((self.batch_size, X.shape[1])), np.empty(self.W_.shape[::-1])
        self._begin(y)
        yield 0
        for epoch in range(self.epochs):
            self._one_epoch(self._rate(epoch))
            yield epoch + 1

    def _one_epoch(self, rate: float) -> None:
        order = self.random_.permutation(len(self.X_))
        for start in range(0, len(order), self.batch_size):
            rows = order[start : start + self.batch_size]
            # Fresh memory for each step would cost as much as reading the rows; "clip" writes to it directly.
            X = self.X_.take(rows, axis=0, out=self._rows[: len(rows)], mode="clip")
            with np.errstate(over="ignore", invalid="ignore"):  # checked below
                self._descend(X, self.gradient(rows, outputs(X, self.W_) + self.bias_), rate)
        if not (np.isfinite(self.W_).all() and np.isfinite(self.bias_).all()):
            raise DivergedError(
                f"{self.name}: its weights are no longer finite (allowed: a smaller {self.name}.learning_rate)"
            )

    def _descend(self, X: Floats, G: Floats, rate: float) -> None:
        # Imported late so that listing parameters does not load numba.
        from mihash_bench.batch._layer_kernel import descend

        velocity_W, velocity_bias = self._velocity
        change = slopes(G, X, self._change)
        descend(self.W_, velocity_W, change, self.momentum, self.weight_decay, rate)
        velocity_bias *= self.momentum
        velocity_bias -= G.sum(axis=0) + self.weight_decay * self.bias_
        self.bias_ += self.bias_rate * rate * velocity_bias

    def _draw(self, n_features: int) -> tuple[Floats, Floats]:
        """Draw the initial W and bias, by default from 0.01 N(0, 1)."""
        W = INITIAL_DEVIATION * self.random_.standard_normal((n_features, self.n_bits))
        return W, INITIAL_DEVIATION * self.random_.standard_normal(self.n_bits)

    def begin(self, y: Labels) -> Self:
        """Prepare ``gradient`` and ``objective_of`` for points with the labels y, 0..c-1, without any features.

        The outputs then come from elsewhere, such as from a network that is trained as a whole.
        """
        self.random_ = np.random.default_rng(self.random_state)
        self._begin(y)
        return self

    def _begin(self, y: Labels) -> None:
        """Keep the labels of the training points, and set up any further state that follows from them."""
        self.y_ = y

    @abstractmethod
    def _rate(self, epoch: int) -> float:
        """Return the learning rate of an epoch; the first epoch is 0."""

    @abstractmethod
    def gradient(self, rows: Labels, U: Floats) -> Floats:
        """Return the scaled gradient with respect to the outputs U of the training points ``rows``, (m, bits)."""

    @abstractmethod
    def objective_of(self, U: Floats) -> float:
        """Return the objective for the outputs U of all training points, shape (n, bits)."""

    def objective(self) -> float:
        """Return the objective for the current outputs of all training points; see ``objective_of``."""
        return self.objective_of(self.outputs())

    def outputs(self) -> Floats:
        """Return ``X W + c`` for all training points, shape (n, bits)."""
        return np.asarray(self.X_ @ self.W_ + self.bias_)

    def snapshot(self) -> AffineCodes:
        """Return a frozen encoder."""
        return AffineCodes(self.W_.copy(), self.bias_.copy())
