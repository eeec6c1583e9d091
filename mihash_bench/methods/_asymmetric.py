"""What BSODH and FOH share: codes of a batch against the codes of all items before it, learned bit by bit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve

from mihash_bench.methods._labels import LabelRows, labels_of
from mihash_bench.methods.base import Database, Floats, OnlineHasher
from mihash_bench.neighbors import Neighbors
from mihash_bench.stream.reservoir import ReservoirRows

LabelSet = tuple[int, ...]


def signs_up(values: Floats) -> Floats:
    """Return +1 where a value is at least 0 and -1 elsewhere."""
    return np.where(values >= 0, 1.0, -1.0)


def sweep(codes: Floats, P: Floats, K: Floats) -> None:
    """Set each bit r of the codes once, in order, to ``sgn(P_r - sum_{q != r} K_rq codes_q)`` with sgn(0) = +1.

    codes: shape (n, b), changed in place. P: shape (n, b). K: shape (b, b), symmetric. Each update minimises
    ``tr(codes K codes^T) - 2 tr(codes P^T)`` over the bit with the other bits fixed.
    """
    for r in range(codes.shape[1]):
        codes[:, r] = signs_up(P[:, r] - codes @ K[:, r] + K[r, r] * codes[:, r])


def least_squares(X: Floats, B: Floats, weight: float) -> Floats:
    """Return ``(X^T X + weight I)^{-1} X^T B``, shape (d, b)."""
    return np.asarray(solve(X.T @ X + weight * np.eye(X.shape[1]), X.T @ B, assume_a="pos"))


class CodedItems:
    """All items so far, as groups of items that have the same labels and the same code.

    Whatever is learned depends on the items only through these groups, of which there are few: after an update, the
    items of a class have one code, or a few. The groups are in the order of their first items.
    """

    def __init__(self, n_bits: int) -> None:
        self.n_bits = n_bits
        self.groups: dict[tuple[LabelSet, bytes], int] = {}

    def __len__(self) -> int:
        return len(self.groups)

    def add(self, sets: Iterable[LabelSet], codes: Floats, counts: Iterable[int] | None = None) -> None:
        """Add items by their labels and codes of -1 and +1, or groups of ``counts`` items."""
        rows = codes.astype(np.int8)
        for labels, row, count in zip(sets, rows, counts if counts is not None else [1] * len(rows), strict=True):
            key = (labels, row.tobytes())
            self.groups[key] = self.groups.get(key, 0) + count

    def recode(self, codes: Floats) -> None:
        """Give each group a new code; shape (groups, b). Groups that become equal are merged."""
        sets, counts = self.sets, list(self.groups.values())
        self.groups = {}
        self.add(sets, codes, counts)

    @property
    def sets(self) -> list[LabelSet]:
        """The labels of each group."""
        return [labels for labels, _ in self.groups]

    @property
    def codes(self) -> Floats:
        """The code of each group, shape (groups, b)."""
        joined = b"".join(code for _, code in self.groups)
        return np.frombuffer(joined, np.int8).reshape(-1, self.n_bits).astype(np.float64)

    @property
    def counts(self) -> Floats:
        """The number of items of each group, shape (groups,)."""
        return np.array(list(self.groups.values()), np.float64)


@dataclass(frozen=True)
class LabelledBatch:
    """The rows of a batch that have labels. sets: the different label sets. of_row: the position of each row's set."""

    X: Floats
    sets: Sequence[LabelSet]
    of_row: NDArray[np.int64]

    def summed(self, codes: Floats) -> Floats:
        """Return the sum of the rows' codes for each label set, shape (sets, b)."""
        sums = np.zeros((len(self.sets), codes.shape[1]))
        np.add.at(sums, self.of_row, codes)
        return sums


class AsymmetricHasher(OnlineHasher):
    """The steps that BSODH and FOH have in common; a subclass learns from a batch in ``_learn``.

    The codes of the first batch are the signs of the first projection. Each further batch starts with the code of the
    first earlier item of the same class, or with the signs of the newest projection. After ``_learn``, its items are
    added to those before.
    """

    needs_labels: ClassVar[bool] = True

    batch_size: int

    @property
    def examples_per_step(self) -> int:  # type: ignore[override]
        """The number of examples in a batch."""
        return self.batch_size

    def _start(self, database: Database, W: Floats | None, **given: Any) -> None:
        super()._start(database, W, **given)
        self.items_ = CodedItems(self.n_bits)
        self.columns_ = LabelRows()

    def _step(
        self, X: Floats, y: NDArray[Any] | None, *, neighbors: Neighbors, reservoir: ReservoirRows | None
    ) -> None:
        assert y is not None  # checked by partial_fit
        every = [tuple(self.columns_.of(label) for label in labels_of(row)) for row in y]
        labelled = [place for place, labels in enumerate(every) if labels]
        if not labelled:
            return
        places: dict[LabelSet, int] = {}
        of_row = [places.setdefault(every[place], len(places)) for place in labelled]
        batch = LabelledBatch(X[labelled], list(places), np.array(of_row, np.int64))
        B = signs_up(batch.X @ self.W_)
        if len(self.items_):
            self._learn(batch, B, several=y.ndim == 2)
        self.items_.add([every[place] for place in labelled], B)

    def _learn(self, batch: LabelledBatch, B: Floats, *, several: bool) -> None:
        """Learn from a batch whose codes B, shape (n, b), begin as the signs of the projections; B is changed in place.

        several: whether the labels are a 0/1 matrix.
        """
        raise NotImplementedError

    def _begin(self, batch: LabelledBatch, B: Floats, same: NDArray[np.bool_]) -> None:
        """Start rows with the code of the first item for which ``same``, shape (sets, groups), is True."""
        first = self.items_.codes[same.argmax(axis=1)]
        rows = np.asarray(same.any(axis=1))[batch.of_row]
        B[rows] = first[batch.of_row[rows]]

    def _indicators(self, sets: Sequence[LabelSet]) -> Floats:
        """Return the 0/1 matrix of label sets, shape (sets, labels seen so far)."""
        matrix = np.zeros((len(sets), len(self.columns_)))
        for row, labels in enumerate(sets):
            matrix[row, list(labels)] = 1.0
        return matrix
