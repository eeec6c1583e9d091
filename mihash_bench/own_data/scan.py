"""What an import sees in the rows: columns that never change, rows of zeros, and rows that stand twice."""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.errors import InputError
from mihash_bench.own_data.rows import RowSource

LARGEST = float(np.finfo(np.float32).max)


class Scan:
    """Collects what there is to say about rows, block by block.

    zero_rows: number of rows that are all zero. hashes: 128 bits of BLAKE2 of each row, as two numbers.
    """

    def __init__(self, columns: int) -> None:
        self.rows = self.zero_rows = 0
        self._low, self._high = np.full(columns, np.inf), np.full(columns, -np.inf)
        self._hashes: list[NDArray[np.uint64]] = []

    def add(self, block: NDArray[Any], source: RowSource, first: int, dtype: np.dtype[Any]) -> NDArray[Any]:
        """Add some rows and return them in the type ``dtype``. first: the number of the first of them in its source.

        Raises InputError, naming row and column, if a number is not finite in single precision.
        """
        with np.errstate(invalid="ignore"):
            numbers = block.astype(np.float64)
            fine = np.abs(numbers) <= LARGEST
        if not fine.all():
            raise _not_finite(numbers, fine, source, first)
        self.rows += len(block)
        self.zero_rows += int((~numbers.any(axis=1)).sum())
        if len(block):
            self._low = np.minimum(self._low, numbers.min(axis=0))
            self._high = np.maximum(self._high, numbers.max(axis=0))
        # Only now, because NaN would become a number in a type of integers.
        rows = block.astype(dtype)
        self._hashes.append(_hashes(rows))
        return rows

    @property
    def constant_columns(self) -> NDArray[np.int64]:
        """The numbers of the columns that have one value in all rows."""
        return np.flatnonzero(self._low == self._high)

    @property
    def hashes(self) -> NDArray[np.uint64]:
        """Two numbers for each row, shape (n, 2); those of equal rows are equal."""
        return np.concatenate(self._hashes) if self._hashes else np.empty((0, 2), np.uint64)


def _hashes(block: NDArray[Any]) -> NDArray[np.uint64]:
    # Adding zero turns -0.0 into 0.0, which is equal to it.
    rows = np.ascontiguousarray(block + block.dtype.type(0)) if block.dtype.kind == "f" else np.ascontiguousarray(block)
    found = b"".join(hashlib.blake2b(row.data, digest_size=16).digest() for row in rows)
    return np.frombuffer(found, np.uint64).reshape(-1, 2)


def _not_finite(numbers: NDArray[np.float64], fine: NDArray[np.bool_], source: RowSource, first: int) -> InputError:
    row, column = np.argwhere(~fine)[0].tolist()
    value = numbers[row, column]
    what = "NaN" if np.isnan(value) else "infinity" if np.isinf(value) else f"{value:g}"
    return InputError(
        f"{source.where}: {what} in row {first + row}, {source.column(column)}, both counted from 0 (allowed: finite "
        f"numbers in single precision)"
    )


@dataclass(frozen=True)
class Repeats:
    """Rows that stand more than once.

    copies: number of rows that are equal to an earlier one. queries_in_database: number of marked queries that are
    equal to a row of the database. other_labels: number of different rows that stand more than once and have different
    labels. kept: which rows remain, shape (n,), if of equal rows only one is kept: the first query among them, or the
    first row.
    """

    copies: int
    queries_in_database: int
    other_labels: int
    kept: NDArray[np.bool_]


def find_repeats(hashes: NDArray[np.uint64], query: NDArray[np.bool_] | None, labels: NDArray[Any] | None) -> Repeats:
    """Return what stands twice among n rows. query: which rows are marked as queries, shape (n,)."""
    n = len(hashes)
    is_query = np.zeros(n, np.bool_) if query is None else query
    # Queries come first among equal rows; rows of one kind keep their order.
    order = np.lexsort((np.arange(n), ~is_query, hashes[:, 1], hashes[:, 0]))
    new = np.ones(n, np.bool_)
    new[1:] = (hashes[order][1:] != hashes[order][:-1]).any(axis=1)
    group = np.cumsum(new) - 1
    kept = np.zeros(n, np.bool_)
    kept[order[new]] = True
    has_database = np.zeros(group[-1] + 1 if n else 0, np.bool_)
    has_database[group[~is_query[order]]] = True
    return Repeats(
        copies=int(n - kept.sum()),
        queries_in_database=int((is_query[order] & has_database[group]).sum()),
        other_labels=_with_other_labels(order, group, new, labels),
        kept=kept,
    )


def _with_other_labels(
    order: NDArray[np.int64], group: NDArray[np.int64], new: NDArray[np.bool_], labels: NDArray[Any] | None
) -> int:
    if labels is None:
        return 0
    # Only rows that stand twice are compared, because a matrix of labels may be large.
    again = np.flatnonzero(~new)
    first = order[np.flatnonzero(new)[group[again]]]
    differs = labels[order[again]] != labels[first]
    return len(np.unique(group[again][differs.any(axis=1) if differs.ndim > 1 else differs]))
