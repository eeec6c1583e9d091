"""Reading variables of MATLAB files of all versions, told apart by the file's own signature."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.datasets.mat5_header import fault_of
from mihash_bench.datasets.prepare import checked_labels
from mihash_bench.datasets.stored_matrix import CHUNK_ROWS, StoredMatrix, open_stored
from mihash_bench.errors import InputError

Matrix = NDArray[Any] | StoredMatrix

HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"


def is_v73(path: Path) -> bool:
    """Say whether the file is HDF5 inside, as MATLAB v7.3 files are: the signature is at 0 or behind a user block."""
    with path.open("rb") as file:
        for offset in (0, 512, 1024, 2048):
            file.seek(offset)
            if file.read(len(HDF5_SIGNATURE)) == HDF5_SIGNATURE:
                return True
    return False


def read_mat(path: Path, names: Sequence[str]) -> dict[str, Matrix]:
    """Return the named variables, each a real numeric matrix: arrays from v5 and v7 files, from v7.3 files objects of
    which rows are read when a slice of them is taken.

    Raises InputError, naming file and variable, when the file is truncated or of another kind, or when a variable
    is missing or is no such matrix.
    """
    return {name: open_stored(path, name) for name in names} if is_v73(path) else _read_v5(path, names)


def _read_v5(path: Path, names: Sequence[str]) -> dict[str, Matrix]:
    from scipy.io import loadmat

    if fault := fault_of(path, names):
        raise InputError(f"{path}: {fault}")
    try:
        content = loadmat(path, variable_names=list(names))
    except Exception as error:  # noqa: BLE001 - SciPy raises errors of many kinds for damaged files
        raise InputError(f"{path}: not a readable MATLAB file, or cut short ({error})") from None
    return {name: _checked(path, name, content.get(name)) for name in names}


def _checked(path: Path, name: str, value: Any) -> NDArray[Any]:
    if value is None:
        raise InputError(f"{path}: there is no variable {name}")
    if not isinstance(value, np.ndarray) or value.ndim != 2 or value.dtype.kind not in "fiub":
        kind = value.dtype if isinstance(value, np.ndarray) else type(value).__name__
        raise InputError(f"{path}: {name} is {kind} of shape {np.shape(value)} (allowed: a matrix of real numbers)")
    return value


def with_labels(path: Path, features: str, labels: str, content: dict[str, Matrix]) -> tuple[Matrix, NDArray[Any]]:
    """Return features and their labels, one for each row: int64 (n,), or uint8 (n, c) from a 0/1 matrix.

    The labels say how many rows there are, so a v7.3 file whose writer did not transpose is read all the same.
    Raises InputError, naming the variables, when their lengths do not fit or labels are no whole numbers.
    """
    rows, found = content[features], content[labels]
    n = max(found.shape) if 1 in found.shape else _rows_shared(rows, found)
    if isinstance(rows, StoredMatrix):
        rows = rows.with_rows(n)
    if isinstance(found, StoredMatrix):
        found = found.with_rows(n)
    values = found[:]
    values = values.ravel() if 1 in values.shape else values
    if len(values) != len(rows):
        raise InputError(f"{path}: {labels} has {len(values)} entries, {features} {len(rows)} rows")
    return rows, checked_labels(values, len(rows), f"{path}: {labels}")


def _rows_shared(rows: Matrix, labels: Matrix) -> int:
    """Return the rows of a label matrix: its own number, unless only that of its columns fits the features."""
    return labels.shape[1] if labels.shape[0] not in rows.shape and labels.shape[1] in rows.shape else labels.shape[0]


def row_chunks(*matrices: Matrix) -> Iterator[NDArray[Any]]:
    """Yield the rows of the matrices, one after the other, some at a time."""
    for matrix in matrices:
        step = matrix.chunk_rows if isinstance(matrix, StoredMatrix) else CHUNK_ROWS
        for start in range(0, len(matrix), step):
            yield matrix[start : start + step]
