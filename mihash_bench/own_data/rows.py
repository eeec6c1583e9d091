"""The rows of a file or array that is imported, as its reader yields them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.datasets._memory import CHUNK_BYTES, MAX_FEATURES, rows_within
from mihash_bench.datasets._stored_matrix import CHUNK_ROWS
from mihash_bench.errors import InputError


@dataclass(frozen=True)
class Block:
    """Some consecutive rows: features of shape (m, d), and further columns of m entries by their names."""

    features: NDArray[Any]
    others: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Ask:
    """What is to be read from a file.

    option: the option that names the file, for errors. array: the name of the array in a file with several; None for
    the only one. others: columns of a table that are no features. wants: ``features``, a matrix of numbers; or
    ``labels``, which may also be a vector and texts. separator: what separates several labels in a text, or "".
    """

    option: str
    array: str | None = None
    others: tuple[str, ...] = ()
    wants: str = "features"
    separator: str = ""

    @property
    def is_labels(self) -> bool:
        """Whether labels are asked for."""
        return self.wants == "labels"


@dataclass(frozen=True)
class RowSource:
    """Rows that can be read once, block by block.

    where: the name of the file or array in messages. columns: number of features. dtype: the type of all features.
    names: names of the features, or empty if they have none. blocks: returns an iterator over all rows.
    """

    where: str
    columns: int
    dtype: np.dtype[Any]
    blocks: Callable[[], Iterator[Block]]
    names: tuple[str, ...] = ()

    def column(self, number: int) -> str:
        """Return how messages refer to a column."""
        return f"column {number}" + (f" ({self.names[number]})" if self.names else "")


def of_matrix(matrix: Any, where: str, ask: Ask) -> RowSource:
    """Return the rows of an array, memory-mapped or stored in a file, whose slices are arrays.

    A vector becomes a matrix of one column where labels are asked for. Raises InputError, naming ``where``, if its
    shape or type is not allowed.
    """
    allowed = "a vector or matrix of labels" if ask.is_labels else "a matrix of real numbers, one row for each item"
    kinds = "fiubUSO" if ask.is_labels else "fiub"
    dimensions = (1, 2) if ask.is_labels else (2,)
    shape = tuple(matrix.shape)
    if len(shape) not in dimensions or matrix.dtype.kind not in kinds:
        raise InputError(f"{where}: {matrix.dtype} of shape {shape} (allowed: {allowed})")
    columns = shape[1] if len(shape) == 2 else 1
    if not 1 <= columns <= MAX_FEATURES:
        raise InputError(f"{where}: {columns:,} columns (allowed: 1 to {MAX_FEATURES:,})")
    step = rows_within(getattr(matrix, "chunk_rows", CHUNK_ROWS), columns, CHUNK_BYTES)

    def blocks() -> Iterator[Block]:
        for start in range(0, shape[0], step):
            yield Block(np.asarray(matrix[start : start + step]).reshape(-1, columns))

    return RowSource(where, columns, np.dtype(matrix.dtype), blocks)
