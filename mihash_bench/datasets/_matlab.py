"""Reading variables of MATLAB files. The version of a file is recognised by its signature."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.datasets._mat5_header import find_fault, unpacked_bytes
from mihash_bench.datasets._mat_signature import is_v73
from mihash_bench.datasets._memory import (
    CHUNK_BYTES,
    LABELS_BYTES,
    NUMBER_BYTES,
    gibibytes,
    rows_within,
    variables_limit,
)
from mihash_bench.datasets._prepare import checked_labels
from mihash_bench.datasets._stored_matrix import CHUNK_ROWS, StoredMatrix, open_stored
from mihash_bench.errors import InputError

Matrix = NDArray[Any] | StoredMatrix


def read_mat(path: Path, names: Sequence[str]) -> dict[str, Matrix]:
    """Return the named variables, each a matrix of real numbers.

    Variables of v5 and v7 files are arrays. Those of v7.3 files are ``StoredMatrix`` objects, which read rows from the
    file when they are sliced.

    Raises InputError, naming file and variable, if the file is truncated or not a MATLAB file, if a variable is missing
    or not a matrix of real numbers, or if reading would take too much memory.
    """
    return {name: open_stored(path, name) for name in names} if is_v73(path) else _read_v5(path, names)


def _read_v5(path: Path, names: Sequence[str]) -> dict[str, Matrix]:
    # Imported late because only v5 and v7 files need SciPy.
    from scipy.io import loadmat

    if fault := find_fault(path, names):
        raise InputError(f"{path}: {fault}")
    needed, limit = unpacked_bytes(path, names), variables_limit()
    if needed > limit:
        raise InputError(
            f"--data-dir: {path}: {', '.join(names)} would take {gibibytes(needed)} of memory (allowed: at most "
            f"{gibibytes(limit)}; v7.3 files can be larger because they are read in chunks)"
        )
    try:
        content = loadmat(path, variable_names=list(names))
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - SciPy raises many kinds of errors for damaged files
        raise InputError(f"{path}: not a readable MATLAB file, or truncated ({error})") from None
    return {name: _checked(path, name, content.get(name)) for name in names}


def _checked(path: Path, name: str, value: Any) -> NDArray[Any]:
    if value is None:
        raise InputError(f"{path}: variable {name} is missing")
    if not isinstance(value, np.ndarray) or value.ndim != 2 or value.dtype.kind not in "fiub":
        kind = value.dtype if isinstance(value, np.ndarray) else type(value).__name__
        raise InputError(f"{path}: {name} is {kind} of shape {np.shape(value)} (allowed: a matrix of real numbers)")
    return value


def with_labels(path: Path, features: str, labels: str, content: dict[str, Matrix]) -> tuple[Matrix, NDArray[Any]]:
    """Return the variables named ``features`` and ``labels``, with one label or one row of labels per feature row.

    Labels have type int64 and shape (n,), or uint8 and (n, c) if they are a matrix of 0 and 1. The number of rows n is
    taken from the labels, so that a v7.3 file is also read correctly if its writer did not transpose.

    Raises InputError, naming the variables, if their lengths differ, if labels are not whole numbers of at least 0, or
    if they would take too much memory.
    """
    rows, found = content[features], content[labels]
    n = max(found.shape) if 1 in found.shape else _label_rows(rows, found)
    if isinstance(rows, StoredMatrix):
        rows = rows.with_rows(n)
    if isinstance(found, StoredMatrix):
        found = found.with_rows(n)
    is_vector = 1 in found.shape
    entries = n if is_vector else len(found)
    if entries != len(rows):
        raise InputError(
            f"{path}: {labels} has {entries} entries, {features} has {len(rows)} rows (allowed: one entry per row)"
        )
    needed = n * NUMBER_BYTES if is_vector else math.prod(found.shape)
    if needed > LABELS_BYTES:
        raise InputError(
            f"--data-dir: {path}: {labels} would take {gibibytes(needed)} of memory (allowed: at most "
            f"{gibibytes(LABELS_BYTES)})"
        )
    return rows, checked_labels(found, n, f"{path}: {labels}")


def _label_rows(rows: Matrix, labels: Matrix) -> int:
    """Return the number of rows of a label matrix, or of columns if only that number fits the features."""
    height, width = map(int, labels.shape)
    return width if height not in rows.shape and width in rows.shape else height


def row_chunks(*matrices: Matrix) -> Iterator[NDArray[Any]]:
    """Yield the rows of the matrices in chunks, one matrix after the other."""
    for matrix in matrices:
        if isinstance(matrix, StoredMatrix):
            step = matrix.chunk_rows
        else:
            step = rows_within(CHUNK_ROWS, matrix.shape[1], CHUNK_BYTES)
        for start in range(0, len(matrix), step):
            yield matrix[start : start + step]
