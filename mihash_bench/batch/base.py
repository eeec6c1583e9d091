"""The contract of a batch hashing method: ``fit``, ``encode``, ``snapshot`` and ``objective``."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mihash_bench.cost import Cost
from mihash_bench.encoders import Encoder, encoder_from
from mihash_bench.errors import InputError
from mihash_bench.methods.base import check_rows
from mihash_bench.parameters import Constraint, Parametrised, check
from mihash_bench.search_space import Span

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]


class BatchHasher(Parametrised, ABC):
    """Base class of all batch methods.

    A subclass stores its keyword parameters unchanged in ``__init__``, lists their constraints in ``constraints`` and
    the values that tuning may try in ``search``, and implements ``_learn``, ``objective``, ``snapshot`` and
    ``n_epochs``. Attributes set by learning end in an underscore. Raise ``version`` when results change; it is part of
    every run's key. ``added_parameters`` lists those that were added after results were published; see
    ``Parametrised``. ``epoch_note`` says in a sentence what an epoch is, for figures, unless it is a pass over the
    training points. ``rounding`` says by how much rounding errors alone move the mAP of a method that amplifies them;
    tuning takes smaller differences for no evidence. ``citation`` says where the method was published, see
    ``about.citations``, and ``cost`` what learning costs. The section "Parameters" of the docstring says what each
    parameter means.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    citation: ClassVar[str]
    cost: ClassVar[Cost | None] = None
    version: ClassVar[int] = 1
    constraints: ClassVar[Mapping[str, Constraint]] = {}
    search: ClassVar[Mapping[str, Span]] = {}
    epoch_note: ClassVar[str] = ""
    rounding: ClassVar[float] = 0.0

    n_bits: int
    random_state: Any

    @classmethod
    def missing(cls) -> str:
        """Return which package of an extra is missing and how to install it, or "" if nothing is missing.

        Runs of a method that misses something are recorded as skipped, and are due once it is there.
        """
        return ""

    @property
    @abstractmethod
    def n_epochs(self) -> int:
        """The maximum number of epochs of ``fit``."""

    def fit(self, X: ArrayLike, y: ArrayLike, **given: Any) -> Self:
        """Learn from training points X, shape (n, d), with labels y, shape (n,), and return self.

        ``given``: values to use instead of drawing them; the docstring of each method lists their names. Raises
        InputError if a parameter, X or y is not allowed.
        """
        for _ in self.fit_by_epoch(X, y, **given):
            pass
        return self

    def fit_by_epoch(self, X: ArrayLike, y: ArrayLike, **given: Any) -> Iterator[int]:
        """Do the same as ``fit``, but yield 0 before the first epoch and the number of each epoch after it."""
        rows, labels = self._checked(X, y)
        self.check(*rows.shape)
        self.random_ = np.random.default_rng(self.random_state)
        self.n_features_in_ = rows.shape[1]
        yield from self._learn(rows, labels, **given)

    def check(self, n_points: int, n_features: int) -> None:
        """Raise InputError if a parameter is not allowed, in general or for this number of training points."""
        check(self.name, self.constraints, self.get_params())

    def _checked(self, X: ArrayLike, y: ArrayLike) -> tuple[Floats, Labels]:
        rows, labels = check_rows(X), np.asarray(y)
        if labels.ndim != 1 or labels.dtype.kind not in "iu":
            raise InputError(
                f"y: {labels.dtype} of shape {labels.shape} (allowed: one integer per row, because a training point "
                f"has one class)"
            )
        if len(labels) != len(rows) or len(rows) < 2:
            raise InputError(
                f"y: {len(labels)} labels for {len(rows)} rows (allowed: one label per row, at least 2 rows)"
            )
        # Labels are names, so they are replaced by 0..c-1.
        return rows, np.unique(labels, return_inverse=True)[1].astype(np.int64)

    @abstractmethod
    def _learn(self, X: Floats, y: Labels, **given: Any) -> Iterator[int]:
        """Set the initial state and yield 0; then run each epoch and yield its number.

        y: labels 0..c-1, each of which occurs.
        """

    @abstractmethod
    def objective(self) -> float:
        """Return the objective that the method minimises, in its current state, on the training points."""

    def encode(self, X: NDArray[Any]) -> NDArray[np.bool_]:
        """Return the codes of shape (n, bits) under the current hash functions."""
        return self.snapshot().encode(X)

    @abstractmethod
    def snapshot(self) -> Encoder:
        """Return a frozen encoder that contains everything the codes depend on; later epochs do not change it."""

    @classmethod
    def encoder_from(cls, arrays: Mapping[str, NDArray[Any]]) -> Encoder:
        """Return the encoder that ``snapshot().arrays()`` came from, as a run file holds them.

        A method with its own class of encoders overrides this.
        """
        return encoder_from(arrays)


def one_hot(y: Labels) -> Floats:
    """Return the labels 0..c-1 as a one-hot matrix, shape (n, c)."""
    Z = np.zeros((len(y), int(y.max()) + 1))
    Z[np.arange(len(y)), y] = 1.0
    return Z


def softplus(values: Floats) -> Floats:
    """Return ``log(1 + exp(v))`` elementwise, without overflow for large v and accurately for very negative v."""
    return np.asarray(np.maximum(values, 0.0) + np.log1p(np.exp(-np.abs(values))))


def sign(values: Floats) -> Floats:
    """Return +1 where a value is above 0 and -1 elsewhere, in line with codes ``[value > 0]``."""
    return np.where(values > 0, 1.0, -1.0)
