"""The contract of an online hashing method: ``start``, ``partial_fit``, ``encode``, ``snapshot``."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from itertools import repeat
from typing import Any, ClassVar, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mihash_bench.encoders import LinearCodes
from mihash_bench.errors import InputError
from mihash_bench.neighbors import Neighbors, SharedLabels
from mihash_bench.parameters import Constraint, Parametrised, check
from mihash_bench.stream.reservoir import ReservoirHistory, ReservoirRows

Floats = NDArray[np.float64]


@runtime_checkable
class Database(Protocol):
    """The rows to be hashed: an array of shape (n, d), or anything with a shape that rows can be taken from."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(n, d)."""
        ...

    def __getitem__(self, rows: Any) -> NDArray[Any]:
        """Return the rows at these positions."""
        ...


def check_rows(X: ArrayLike, n_features: int | None = None) -> Floats:
    """Return X as a float64 matrix. Raises InputError when it is not one, not finite, or of another width."""
    rows = np.asarray(X, np.float64)
    if rows.ndim != 2:
        raise InputError(f"X: need a matrix (rows, features), got shape {rows.shape}")
    if n_features is not None and rows.shape[1] != n_features:
        raise InputError(f"X: {rows.shape[1]} features a row, the method was started with {n_features}")
    if not np.isfinite(rows).all():
        raise InputError("X: NaN or infinity among the features (allowed: finite numbers)")
    return rows


def gaussian_projection(n_features: int, n_bits: int, rng: np.random.Generator) -> Floats:
    """Draw a W of shape (n_features, n_bits) with Gaussian columns of unit norm (LSH)."""
    W = rng.standard_normal((n_features, n_bits))
    return np.asarray(W / np.linalg.norm(W, axis=0))


class OnlineHasher(Parametrised, ABC):
    """Base class of all methods.

    A subclass stores its keyword parameters untouched in ``__init__``, lists what they may be in
    ``constraints``, and implements ``_step``. State that learning makes ends in an underscore.

    ``examples_per_step`` rows make one step. ``uses_reservoir``: the method learns against the reservoir, which
    then holds some database rows from the start. ``needs_labels``: it cannot learn without labels. ``version``
    is raised when results change; it is part of every run's key.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    citation: ClassVar[str]
    version: ClassVar[int] = 1
    needs_labels: ClassVar[bool] = False
    uses_reservoir: ClassVar[bool] = False
    constraints: ClassVar[Mapping[str, Constraint]] = {}
    # Methods that ``_fit_block`` does the work of, beside ``_step``: a subclass with one of its own runs step by step.
    block_form_of: ClassVar[tuple[str, ...]] = ()

    examples_per_step: int = 1

    n_bits: int
    random_state: Any

    W_: Floats
    steps_: int

    def start(self, database: Database, *, W: ArrayLike | None = None, **given: Any) -> Self:
        """Draw the initial state, or take the given projection ``W`` of shape (d, bits); the first hash table is
        made from it. ``database`` has shape (n, d). ``given``: what else a method draws and lets be given, by the
        names that its own page lists. Raises InputError for a parameter that is not allowed."""
        self.check(*database.shape[:2])
        self.random_ = np.random.default_rng(self.random_state)
        self.n_features_in_ = int(database.shape[1])
        self.steps_ = 0
        self._start(database, None if W is None else np.array(W, np.float64), **given)
        return self

    def check(self, n_database: int, n_features: int) -> None:
        """Raise InputError for a parameter that is not allowed, as such or for a database of this shape."""
        check(self.name, self.constraints, self.get_params())

    def _start(self, database: Database, W: Floats | None, **given: Any) -> None:
        """Set ``W_`` and whatever else the method keeps; the default draws Gaussian columns of unit norm."""
        if given:
            raise TypeError(f"{self.name} takes no {', '.join(given)} at the start")
        self.W_ = self._projection(W, self.n_features_in_)

    def _projection(self, W: Floats | None, rows: int) -> Floats:
        """Return the given projection, or draw one of shape (rows, bits). Raises InputError for another shape."""
        if W is None:
            return gaussian_projection(rows, self.n_bits, self.random_)
        if W.shape != (rows, self.n_bits):
            raise InputError(f"W: shape {W.shape} (allowed: {(rows, self.n_bits)})")
        return W

    @abstractmethod
    def _step(
        self, X: Floats, y: NDArray[Any] | None, *, neighbors: Neighbors, reservoir: ReservoirRows | None
    ) -> None:
        """Learn from one step's rows, X of shape (examples_per_step, d); ``reservoir`` is as it was before them."""

    def partial_fit(
        self,
        X: ArrayLike,
        y: ArrayLike | None = None,
        *,
        neighbors: Neighbors | None = None,
        reservoir: ReservoirHistory | None = None,
    ) -> Self:
        """Learn from a block of whole steps, in order, and return self.

        X: shape (m, d), m a multiple of ``examples_per_step``; y: shape (m,), or a 0/1 matrix (m, c), or None.
        neighbors: who is whose neighbor, by shared labels if not given. reservoir: its history over this block
        (``Reservoir.offer``). Raises InputError for rows or labels that cannot be learned from.
        """
        rows, labels = self._checked(X, y)
        if self.uses_reservoir and reservoir is None:
            raise InputError(f"{self.name} learns against a reservoir: pass reservoir=Reservoir(...).offer(...)")
        if reservoir is not None and len(reservoir.swaps) * self.examples_per_step != len(rows):
            raise InputError(
                f"reservoir: a history of {len(reservoir.swaps)} steps (allowed for {len(rows)} rows: "
                f"{len(rows) // self.examples_per_step})"
            )
        # A subclass with a step of its own must not be given the block form of its parent's step.
        if self._has_block_form():
            self._fit_block(rows, labels, neighbors or SharedLabels(), reservoir)
        else:
            OnlineHasher._fit_block(self, rows, labels, neighbors or SharedLabels(), reservoir)
        return self

    def _has_block_form(self) -> bool:
        """Say whether the ``_fit_block`` in use was written for all that a step does here."""

        def owner(name: str) -> type:
            return next(c for c in type(self).__mro__ if name in vars(c))

        block = owner("_fit_block")
        return all(issubclass(block, owner(name)) for name in ("_step", "examples_per_step", *self.block_form_of))

    def _fit_block(
        self, X: Floats, y: NDArray[Any] | None, neighbors: Neighbors, reservoir: ReservoirHistory | None
    ) -> None:
        """Run the steps of a block one by one; a faster form may take its place and must equal it."""
        views: Iterable[ReservoirRows | None] = repeat(None) if reservoir is None else reservoir.views(X, y)
        for rows, view in zip(self._steps(len(X)), views, strict=False):
            self.steps_ += 1
            self._step(X[rows], None if y is None else y[rows], neighbors=neighbors, reservoir=view)

    def _steps(self, n: int) -> Iterator[slice]:
        for start in range(0, n, self.examples_per_step):
            yield slice(start, start + self.examples_per_step)

    def _checked(self, X: ArrayLike, y: ArrayLike | None) -> tuple[Floats, NDArray[Any] | None]:
        rows = check_rows(X, self.n_features_in_)
        if len(rows) % self.examples_per_step:
            raise InputError(f"X: {len(rows)} rows (allowed for {self.name}: multiples of {self.examples_per_step})")
        if y is None:
            if self.needs_labels:
                raise InputError(f"y: {self.name} needs labels")
            return rows, None
        labels = np.asarray(y)
        if labels.ndim not in (1, 2) or len(labels) != len(rows):
            raise InputError(f"y: shape {labels.shape} does not fit {len(rows)} rows")
        return rows, labels

    def encode(self, X: NDArray[Any]) -> NDArray[np.bool_]:
        """Return the codes of shape (n, bits) by the newest hash functions."""
        return self.snapshot().encode(X)

    def snapshot(self) -> LinearCodes:
        """Return a frozen encoder with all that codes depend on; later steps do not change it."""
        return LinearCodes(self.W_.copy())
