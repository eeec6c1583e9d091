"""Which items are neighbors: items that share a label, or items within a Euclidean distance threshold."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from mihash_bench.errors import InputError

BoolMatrix = NDArray[np.bool_]
Rows = NDArray[Any]
Positions = NDArray[np.int64]

CHUNK_ROWS = 8192
BLOCK_PAIRS = 1 << 24
KEPT_BYTES = 1 << 28


class Neighbors(Protocol):
    """A rule that decides which rows are neighbors."""

    @property
    def uses_features(self) -> bool:
        """Whether the rule compares features rather than labels."""
        ...

    def between(self, X: Rows | None, y: Rows | None, X2: Rows | None, y2: Rows | None) -> BoolMatrix:
        """Return the matrix of shape (m, n) that is True where a row of X and a row of X2 are neighbors.

        X, X2: features of shape (m, d) and (n, d). y, y2: labels of shape (m,) and (n,), or 0/1 matrices of shape
        (m, c) and (n, c). The arrays that the rule does not compare may be None. The result has m x n entries, so call
        this method for blocks of rows.
        """
        ...


@dataclass(frozen=True)
class SharedLabels:
    """Rows are neighbors if they have the same label, or share at least one column of a 0/1 label matrix.

    A row without labels has no neighbors and is not a neighbor of itself.
    """

    uses_features: ClassVar[bool] = False

    def between(self, X: Rows | None, y: Rows | None, X2: Rows | None, y2: Rows | None) -> BoolMatrix:
        """Compare labels. Raises InputError if y or y2 is None."""
        if y is None or y2 is None:
            raise InputError("y: neighbors by label require the labels of all rows")
        if y.ndim == 1:
            return np.asarray(np.equal(y[:, None], y2[None, :]))
        return np.asarray(y.astype(np.float32) @ y2.astype(np.float32).T > 0.5)


@dataclass(frozen=True)
class WithinDistance:
    """Rows are neighbors if their Euclidean distance is at most ``threshold``."""

    uses_features: ClassVar[bool] = True

    threshold: float

    def between(self, X: Rows | None, y: Rows | None, X2: Rows | None, y2: Rows | None) -> BoolMatrix:
        """Compare ``|x - x2|^2 = |x|^2 + |x2|^2 - 2 <x, x2>`` with the squared threshold, in float64.

        Raises InputError if X or X2 is None.
        """
        if X is None or X2 is None:
            raise InputError("X: neighbors by distance require the features of all rows")
        A, B = X.astype(np.float64), X2.astype(np.float64)
        squared = (A * A).sum(1)[:, None] + (B * B).sum(1)[None, :] - 2 * (A @ B.T)
        near: BoolMatrix = np.maximum(squared, 0) <= self.threshold**2
        return near


@dataclass(frozen=True)
class ByLabel:
    """Relevance of items to queries if each has exactly one label.

    labels: labels of the items, shape (n,). query_labels: labels of the queries, shape (q,). The items relevant to
    query i are ``order[starts[i]:stops[i]]``.
    """

    labels: NDArray[np.int64]
    query_labels: NDArray[np.int64]

    @cached_property
    def order(self) -> Positions:
        """Positions of the items sorted by label; items with the same label keep their order."""
        few = len(self.labels) > 0 and self.labels.min() >= 0 and self.labels.max() <= np.iinfo(np.uint16).max
        # NumPy sorts numbers of 16 bits by counting them, which takes a fraction of the time.
        return np.argsort(self.labels.astype(np.uint16) if few else self.labels, kind="stable")

    @cached_property
    def starts(self) -> Positions:
        """Start of the items with the label of each query in ``order``, shape (q,)."""
        return np.searchsorted(self._sorted, self.query_labels, "left").astype(np.int64)

    @cached_property
    def stops(self) -> Positions:
        """End of the items with the label of each query in ``order``, shape (q,)."""
        return np.searchsorted(self._sorted, self.query_labels, "right").astype(np.int64)

    @cached_property
    def _sorted(self) -> NDArray[np.int64]:
        return self.labels[self.order]


def _numbered(labels: NDArray[Any]) -> NDArray[np.int64]:
    """Return the place of each label, of any type, among the distinct labels."""
    if labels.dtype.kind in "iu" and len(labels) and labels.min() >= 0 and labels.max() < len(labels):
        # Without sorting, which takes several arrays of the size of the table.
        seen = np.zeros(int(labels.max()) + 1, np.bool_)
        seen[labels] = True
        return np.asarray((np.cumsum(seen) - 1)[labels])
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


@dataclass(frozen=True)
class QueryRelevance:
    """Which database rows are relevant to which queries, computed for blocks of queries.

    features: shape (N, d), may be memory-mapped and is read in file order. labels: shape (N,), (N, c) or None. queries,
    database: positions of their rows in features and labels. Relevance by distance is kept after the first call, at one
    bit per pair, if it takes at most KEPT_BYTES.
    """

    neighbors: Neighbors
    features: Rows
    labels: Rows | None
    queries: Positions
    database: Positions

    @cached_property
    def by_label(self) -> ByLabel | None:
        """The labels as consecutive integers, if the rule is that item and query have the same label, else None."""
        if not isinstance(self.neighbors, SharedLabels) or self.labels is None or self.labels.ndim != 1:
            return None
        # Labels of any type are numbered.
        numbers = _numbered(np.concatenate([self.labels[self.database], self.labels[self.queries]]))
        return ByLabel(numbers[: len(self.database)], numbers[len(self.database) :])

    def block(self, start: int, stop: int) -> BoolMatrix:
        """Return the relevance of the database to queries start..stop-1, shape (stop - start, len(database))."""
        if not self.neighbors.uses_features:
            labels = None if self.labels is None else self.labels[self.queries[start:stop]]
            return self.neighbors.between(None, labels, None, self._database_labels)
        if self._kept is None:
            return self._by_distance(start, stop)
        return np.unpackbits(self._kept[start:stop], axis=1, count=len(self.database)).astype(np.bool_)

    def _by_distance(self, start: int, stop: int) -> BoolMatrix:
        rows = self.queries[start:stop]
        near = np.empty((len(rows), len(self.features)), np.bool_)
        queries = self.features[rows]
        for chunk in range(0, len(self.features), CHUNK_ROWS):
            here = slice(chunk, chunk + CHUNK_ROWS)
            near[:, here] = self.neighbors.between(queries, None, self.features[here], None)
        return near[:, self.database]

    @cached_property
    def _kept(self) -> NDArray[np.uint8] | None:
        width = -(-len(self.database) // 8)
        if width * len(self.queries) > KEPT_BYTES:
            return None
        kept = np.empty((len(self.queries), width), np.uint8)
        step = max(1, BLOCK_PAIRS // len(self.features))
        for start in range(0, len(self.queries), step):
            kept[start : start + step] = np.packbits(self._by_distance(start, start + step), axis=1)
        return kept

    @cached_property
    def _database_labels(self) -> Rows | None:
        return None if self.labels is None else self.labels[self.database]
