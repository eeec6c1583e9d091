"""The contract of a batch hashing method: ``fit``, ``encode``, ``snapshot``, and ``objective`` on the way."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mihash_bench.batch.search_space import Span
from mihash_bench.encoders import Encoder
from mihash_bench.errors import InputError
from mihash_bench.methods.base import check_rows
from mihash_bench.parameters import Constraint, Parametrised, check

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]


class BatchHasher(Parametrised, ABC):
    """Base class of all batch methods.

    A subclass stores its keyword parameters untouched in ``__init__``, lists what they may be in ``constraints`` and
    what tuning may try in ``search``, and implements ``_learn``, ``objective``, ``snapshot`` and ``n_epochs``. State
    that learning makes ends in an underscore. ``version`` is raised when results change; it is part of every run's key.
    ``epoch_note`` says in a sentence what an epoch is, for figures, unless it is a pass over the training points.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    citation: ClassVar[str]
    version: ClassVar[int] = 1
    constraints: ClassVar[Mapping[str, Constraint]] = {}
    search: ClassVar[Mapping[str, Span]] = {}
    epoch_note: ClassVar[str] = ""

    n_bits: int
    random_state: Any

    @property
    @abstractmethod
    def n_epochs(self) -> int:
        """How many epochs ``fit`` makes at most."""

    def fit(self, X: ArrayLike, y: ArrayLike, **given: Any) -> Self:
        """Learn from training points X, shape (n, d), with labels y, shape (n,), and return self.

        ``given``: what a method draws and lets be given, by the names that its own page lists. Raises InputError for
        a parameter, rows or labels that cannot be learned from.
        """
        for _ in self.fit_by_epoch(X, y, **given):
            pass
        return self

    def fit_by_epoch(self, X: ArrayLike, y: ArrayLike, **given: Any) -> Iterator[int]:
        """Do what ``fit`` does, and yield 0 before the first epoch and then the number of each epoch that is done."""
        rows, labels = self._checked(X, y)
        self.check(*rows.shape)
        self.random_ = np.random.default_rng(self.random_state)
        self.n_features_in_ = rows.shape[1]
        yield from self._learn(rows, labels, **given)

    def check(self, n_points: int, n_features: int) -> None:
        """Raise InputError for a parameter that is not allowed, as such or for so many training points."""
        check(self.name, self.constraints, self.get_params())

    def _checked(self, X: ArrayLike, y: ArrayLike) -> tuple[Floats, Labels]:
        rows, labels = check_rows(X), np.asarray(y)
        if labels.ndim != 1 or labels.dtype.kind not in "iu":
            raise InputError(f"y: shape {labels.shape} of {labels.dtype} (allowed: one whole number a row)")
        if len(labels) != len(rows) or len(rows) < 2:
            raise InputError(f"y: {len(labels)} labels for {len(rows)} rows (allowed: one a row, at least 2 rows)")
        # Numbered from 0, whatever they are called.
        return rows, np.unique(labels, return_inverse=True)[1].astype(np.int64)

    @abstractmethod
    def _learn(self, X: Floats, y: Labels, **given: Any) -> Iterator[int]:
        """Set the state before the first epoch and yield 0; then do each epoch and yield its number.

        y: labels numbered 0..c-1, all of which occur.
        """

    @abstractmethod
    def objective(self) -> float:
        """Return what the method minimises, at its present state, on its training points."""

    def encode(self, X: NDArray[Any]) -> NDArray[np.bool_]:
        """Return the codes of shape (n, bits) by the newest hash functions."""
        return self.snapshot().encode(X)

    @abstractmethod
    def snapshot(self) -> Encoder:
        """Return a frozen encoder with all that codes depend on; later epochs do not change it."""


def one_hot(y: Labels) -> Floats:
    """Return the labels 0..c-1 as a matrix of 0 and 1, shape (n, c)."""
    Z = np.zeros((len(y), int(y.max()) + 1))
    Z[np.arange(len(y)), y] = 1.0
    return Z


def softplus(values: Floats) -> Floats:
    """Return ``log(1 + exp(v))`` elementwise, which neither overflows nor loses small values to rounding in a sum."""
    return np.asarray(np.maximum(values, 0.0) + np.log1p(np.exp(-np.abs(values))))


def sign(values: Floats) -> Floats:
    """Return +1 where values are above 0, -1 elsewhere: the code of a bit that encodes as ``value > 0``."""
    return np.where(values > 0, 1.0, -1.0)
