"""The rows of a file or array that is imported, as its reader yields them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.datasets._memory import CHUNK_BYTES, MAX_FEATURES, rows_within
from mihash_bench.datasets._stored_matrix import CHUNK_ROWS
from mihash_bench.errors import InputError, unknown

MOST_NAMES = 20
# The column of an image folder with the names of the subfolders, which are the classes.
FOLDER_COLUMN = "folder"


@dataclass(frozen=True)
class Block:
    """Some consecutive rows: features of shape (m, d), and further columns of m entries by their names.

    Where labels are asked for, ``features`` are the labels, also as an object array of m lists.
    """

    features: NDArray[Any]
    others: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Ask:
    """What is to be read from a file.

    option: the option that names the file, for errors; "" for the features. array: the name of an array, or of a
    column with lists; None for the only array, or for all columns. others: columns of a table that are no features.
    labels: whether labels are asked for instead of features. pixels: the side to which images are scaled, or None.
    """

    option: str = ""
    array: str | None = None
    others: tuple[str, ...] = ()
    labels: bool = False
    pixels: int | None = None

    def where(self, path: Path) -> str:
        """Return how messages refer to a file."""
        return f"{self.option}: {path}" if self.option else str(path)


@dataclass(frozen=True)
class RowSource:
    """Rows that can be read once, block by block.

    where: the name of the file or array in messages. columns: number of features. dtype: the type of all features.
    blocks: returns an iterator over all rows. names: names of the features, or empty if they have none. image:
    height and width, if rows are images.
    """

    where: str
    columns: int
    dtype: np.dtype[Any]
    blocks: Callable[[], Iterator[Block]]
    names: tuple[str, ...] = ()
    image: tuple[int, int] | None = None

    def column(self, number: int) -> str:
        """Return how messages refer to a column."""
        return f"column {number}" + (f" ({self.names[number]})" if self.names else "")


def of_matrix(matrix: Any, where: str, ask: Ask) -> RowSource:
    """Return the rows of an array, memory-mapped or stored in a file, whose slices are arrays.

    A vector becomes a matrix of one column where labels are asked for. Raises InputError, naming ``where``, if its
    shape or type is not allowed.
    """
    rows, columns = checked_shape(tuple(matrix.shape), matrix.dtype, where, ask)
    step = rows_within(getattr(matrix, "chunk_rows", CHUNK_ROWS), columns, CHUNK_BYTES)

    def blocks() -> Iterator[Block]:
        for start in range(0, rows, step):
            block = np.asarray(matrix[start : start + step])
            yield Block(block.reshape(len(block), columns))

    return RowSource(where, columns, np.dtype(matrix.dtype), blocks)


def checked_shape(shape: Sequence[int], dtype: Any, where: str, ask: Ask) -> tuple[int, int]:
    """Return the number of rows and columns. Raises InputError if shape or type is not allowed."""
    allowed = "a vector or matrix of labels" if ask.labels else "a matrix of real numbers, one row for each item"
    if len(shape) not in ((1, 2) if ask.labels else (2,)) or dtype.kind not in ("fiubUSO" if ask.labels else "fiub"):
        raise InputError(f"{where}: {dtype} of shape {tuple(shape)} (allowed: {allowed})")
    columns = int(shape[1]) if len(shape) == 2 else 1
    if not 1 <= columns <= MAX_FEATURES:
        raise InputError(f"{where}: {columns:,} columns (allowed: 1 to {MAX_FEATURES:,})")
    return int(shape[0]), columns


def chosen(names: Sequence[str], ask: Ask, where: str) -> str:
    """Return the name of the array that is asked for. Raises InputError if there is none, or if it is not clear."""
    if ask.array is not None:
        if ask.array not in names:
            raise unknown(f"{where}: array", ask.array, names)
        return ask.array
    if len(names) == 1:
        return names[0]
    listed = ", ".join(names[:MOST_NAMES]) + (", ..." if len(names) > MOST_NAMES else "")
    option = "--label-column" if ask.labels else "--array"
    raise InputError(f"{where}: it has {len(names)} arrays (allowed with {option}: {listed or 'none'})")
