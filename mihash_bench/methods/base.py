"""The contract of an online hashing method: ``start``, ``partial_fit``, ``encode``, ``snapshot``."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import repeat
from typing import Any, ClassVar, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mihash_bench.cost import Cost
from mihash_bench.encoders import Encoder, LinearCodes, encoder_from
from mihash_bench.errors import InputError
from mihash_bench.neighbors import Neighbors, SharedLabels
from mihash_bench.parameters import Constraint, Parametrised, check
from mihash_bench.stream.reservoir import ReservoirHistory, ReservoirRows

Floats = NDArray[np.float64]


@runtime_checkable
class Database(Protocol):
    """The rows to be hashed: an array of shape (n, d), or any object with a shape whose rows can be indexed."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape (n, d)."""
        ...

    def __getitem__(self, rows: Any) -> NDArray[Any]:
        """Return the rows at these positions."""
        ...


def check_rows(X: ArrayLike, n_features: int | None = None) -> Floats:
    """Return X as a float64 matrix.

    Raises InputError if X is not a matrix, contains NaN or infinity, or does not have ``n_features`` columns.
    """
    rows = np.asarray(X, np.float64)
    if rows.ndim != 2:
        raise InputError(f"X: shape {rows.shape} (allowed: a matrix of shape (rows, features))")
    if n_features is not None and rows.shape[1] != n_features:
        raise InputError(f"X: {rows.shape[1]} features (allowed: {n_features}, as in the database passed to start)")
    if not np.isfinite(rows).all():
        raise InputError("X: the features contain NaN or infinity (allowed: finite numbers)")
    return rows


def gaussian_projection(n_features: int, n_bits: int, rng: np.random.Generator) -> Floats:
    """Draw a projection of shape (n_features, n_bits) with Gaussian columns of unit norm (LSH)."""
    W = rng.standard_normal((n_features, n_bits))
    return np.asarray(W / np.linalg.norm(W, axis=0))


class OnlineHasher(Parametrised):
    """Base class of all online methods.

    A subclass stores its keyword parameters unchanged in ``__init__``, lists their constraints in ``constraints``, and
    implements ``_step``, which learns from the rows of one step. A method with a fast implementation for many steps
    overrides ``_fit_block`` instead; it then needs no ``_step``. Attributes set by learning end in an underscore.

    Class attributes: ``examples_per_step``, the number of rows in one step. ``uses_reservoir``, whether the method
    learns against the reservoir, which then contains some database rows from the start. ``needs_labels``, whether the
    method cannot learn without labels. ``uses_neighbors``, False for a method whose codes depend on neither labels nor
    neighbors. ``version``, to be raised when results change; it is part of every run's key.
    ``learns_codes``, whether the method learns codes of its examples from their labels, which ``block_codes`` returns.
    ``learns``, False for a method that is never trained, of which an update of its table is not expected. ``draws``,
    False for a method without random numbers, whose result is the same with any seed.
    ``added_parameters``, the parameters that were added after results were published, each with the value that keeps
    the earlier behaviour; see ``Parametrised``. ``citation``, where the method was published, see ``about.citations``.
    ``cost``, what learning costs. The section "Parameters" of the docstring says what each parameter means.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    citation: ClassVar[str]
    version: ClassVar[int] = 1
    cost: ClassVar[Cost | None] = None
    needs_labels: ClassVar[bool] = False
    uses_neighbors: ClassVar[bool] = True
    learns: ClassVar[bool] = True
    learns_codes: ClassVar[bool] = False
    draws: ClassVar[bool] = True
    uses_reservoir: ClassVar[bool] = False
    constraints: ClassVar[Mapping[str, Constraint]] = {}

    examples_per_step: int = 1

    n_bits: int
    random_state: Any

    W_: Floats
    steps_: int

    def __init_subclass__(cls, **options: Any) -> None:
        """Raise TypeError if the class changes the step but inherits a block form that ignores the change."""
        super().__init_subclass__(**options)
        for base in (base for base in cls.__bases__ if issubclass(base, OnlineHasher)):
            if cls._fit_block is not base._fit_block or cls._fit_block is OnlineHasher._fit_block:
                continue
            for changed in ("_step", "examples_per_step"):
                if getattr(cls, changed) is not getattr(base, changed):
                    raise TypeError(
                        f"{cls.__name__} defines {changed}, but inherits the block form of {base.__name__}: "
                        f"override _fit_block as well"
                    )

    def start(self, database: Database, *, W: ArrayLike | None = None, **given: Any) -> Self:
        """Draw the initial state and return self; the first hash table is built from this state.

        database: shape (n, d). W: initial projection of shape (d, bits), used instead of drawing one. ``given``: other
        values to use instead of drawing them; the docstring of each method lists their names. Raises InputError if a
        parameter is not allowed.
        """
        if type(self)._step is OnlineHasher._step and type(self)._fit_block is OnlineHasher._fit_block:
            raise TypeError(f"{type(self).__name__} cannot learn: define _step or override _fit_block")
        self.check(*database.shape[:2])
        self.keeps_block_codes = False
        self._block_codes: list[tuple[NDArray[np.int64], NDArray[np.bool_]]] = []
        self._offset = 0
        self.random_ = np.random.default_rng(self.random_state)
        self.n_features_in_ = int(database.shape[1])
        self.steps_ = 0
        self._start(database, None if W is None else np.array(W, np.float64), **given)
        return self

    def check(self, n_database: int, n_features: int) -> None:
        """Raise InputError if a parameter is not allowed, in general or for a database of this shape."""
        check(self.name, self.constraints, self.get_params())

    def _start(self, database: Database, W: Floats | None, **given: Any) -> None:
        """Set ``W_`` and any other state of the method; the default draws Gaussian columns of unit norm."""
        if given:
            raise TypeError(f"{self.name}: start got unexpected arguments: {', '.join(given)}")
        self.W_ = self._projection(W, self.n_features_in_)

    def _projection(self, W: Floats | None, rows: int) -> Floats:
        """Return the given projection, or draw one of shape (rows, bits). Raises InputError if W has another shape."""
        if W is None:
            return gaussian_projection(rows, self.n_bits, self.random_)
        if W.shape != (rows, self.n_bits):
            raise InputError(f"W: shape {W.shape} (allowed: {(rows, self.n_bits)})")
        return W

    def _step(
        self, X: Floats, y: NDArray[Any] | None, *, neighbors: Neighbors, reservoir: ReservoirRows | None
    ) -> None:
        """Learn from the rows of one step.

        X: shape (examples_per_step, d). y: their labels, or None. reservoir: its members before this step.
        """
        raise NotImplementedError

    def partial_fit(
        self,
        X: ArrayLike,
        y: ArrayLike | None = None,
        *,
        neighbors: Neighbors | None = None,
        reservoir: ReservoirHistory | None = None,
    ) -> Self:
        """Learn from a block of complete steps, in order, and return self.

        X: shape (m, d), where m is a multiple of ``examples_per_step``. y: labels of shape (m,), a 0/1 matrix of shape
        (m, c), or None. neighbors: the rule that decides which rows are neighbors; shared labels by default. reservoir:
        the history of the reservoir over this block, as returned by ``Reservoir.offer``. Raises InputError if X, y or
        the reservoir cannot be used for learning.
        """
        rows, labels = self._checked(X, y)
        if self.uses_reservoir and reservoir is None:
            raise InputError(f"{self.name} learns against a reservoir: pass reservoir=Reservoir(...).offer(...)")
        if reservoir is not None and len(reservoir.swaps) * self.examples_per_step != len(rows):
            raise InputError(
                f"reservoir: a history of {len(reservoir.swaps)} steps (allowed for {len(rows)} rows: "
                f"{len(rows) // self.examples_per_step})"
            )
        self._block_codes = []
        self._offset = 0
        self._fit_block(rows, labels, neighbors or SharedLabels(), reservoir)
        return self

    def block_codes(self) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return which rows of the last block have codes that were learned for them, and these codes.

        The positions within the block have shape (k,), the codes (k, bits). Only for ``learns_codes``; such a method
        calls ``_note_codes`` while it learns, and the caller sets ``keeps_block_codes`` after ``start``.
        """
        empty = np.empty(0, np.int64), np.empty((0, self.n_bits), np.bool_)
        places, codes = zip(empty, *self._block_codes, strict=True)
        return np.concatenate(places), np.concatenate(codes)

    def _note_codes(self, places: NDArray[np.int64], codes: NDArray[Any]) -> None:
        """Note the learned codes of rows of the current part of the block; positive values are bits that are 1.

        They are kept only if ``keeps_block_codes`` is set.
        """
        if self.keeps_block_codes:
            self._block_codes.append((self._offset + places, codes > 0))

    def _fit_block(
        self, X: Floats, y: NDArray[Any] | None, neighbors: Neighbors, reservoir: ReservoirHistory | None
    ) -> None:
        """Run ``_step`` for each step of a block and count the steps in ``steps_``."""
        views: Iterable[ReservoirRows | None] = repeat(None) if reservoir is None else reservoir.views(X, y)
        for rows, view in zip(self._steps(len(X)), views, strict=False):
            self.steps_ += 1
            self._offset = rows.start
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
        """Return the codes of shape (n, bits) under the current hash functions."""
        return self.snapshot().encode(X)

    def snapshot(self) -> Encoder:
        """Return a frozen encoder that contains everything the codes depend on; later steps do not change it."""
        return LinearCodes(self.W_.copy())

    @classmethod
    def encoder_from(cls, arrays: Mapping[str, NDArray[Any]]) -> Encoder:
        """Return the encoder that ``snapshot().arrays()`` came from, as a run file holds them.

        A method with its own class of encoders overrides this.
        """
        return encoder_from(arrays)
