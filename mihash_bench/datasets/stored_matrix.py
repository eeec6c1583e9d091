"""A matrix in a MATLAB v7.3 file, read some rows at a time."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from mihash_bench.errors import InputError

CHUNK_ROWS = 8192
# Rows read at once are whole storage chunks, but no more of them than this.
MOST_CHUNK_ROWS = 1 << 17


@dataclass(frozen=True)
class StoredMatrix:
    """Stands for an array of shape (n, d) of which slices of rows can be taken.

    MATLAB stores a matrix column by column, so its v7.3 files (which are HDF5) hold the transpose: ``transposed`` says
    that the stored dataset has shape (d, n). The file is opened for each slice only.
    """

    path: Path
    name: str
    shape: tuple[int, int]
    dtype: Any
    transposed: bool
    chunk_rows: int

    def __len__(self) -> int:
        """Return n."""
        return self.shape[0]

    def __getitem__(self, rows: slice) -> NDArray[Any]:
        """Read a slice of rows. Raises InputError, naming the file, when it is damaged there."""
        try:
            with h5py.File(self.path, "r") as file:
                stored = file[self.name]
                return np.asarray(stored[:, rows].T if self.transposed else stored[rows])
        except (OSError, KeyError, RuntimeError, ValueError, TypeError) as error:
            raise InputError(f"{self.path}: {self.name} is damaged ({error})") from None

    def with_rows(self, n: int) -> "StoredMatrix":
        """Return the matrix with n rows: turned if it only has n columns, as tools leave it that do not transpose."""
        if self.shape[0] == n or self.shape[1] != n:
            return self
        turned = not self.transposed
        return StoredMatrix(self.path, self.name, self.shape[::-1], self.dtype, turned, CHUNK_ROWS)


def open_stored(path: Path, name: str) -> StoredMatrix:
    """Open one variable of a v7.3 file. Raises InputError, naming both, unless it is a matrix of real numbers."""
    try:
        with h5py.File(path, "r") as file:
            if not isinstance(file.get(name, getlink=True), h5py.HardLink):
                raise InputError(f"{path}: there is no variable {name}")
            stored = file[name]
            return _described(path, name, stored)
    except InputError:
        raise
    except (OSError, RuntimeError, ValueError, TypeError, KeyError) as error:
        raise InputError(f"{path}: not a readable MATLAB file, or cut short ({error})") from None


def _check_held(path: Path, name: str, stored: Any) -> None:
    """Raise InputError unless all that the header declares is stored in this very file.

    What is not would be read as zeros, for hours if the header says so; what lies elsewhere is not the user's choice.
    """
    if stored.is_virtual or stored.external:
        raise InputError(f"{path}: {name} refers to other files (allowed: rows held by this file)")
    if stored.chunks is None:
        held = stored.id.get_storage_size() == stored.nbytes
    else:
        wanted = math.prod(-(-size // chunk) for size, chunk in zip(stored.shape, stored.chunks, strict=True))
        held = stored.id.get_num_chunks() == wanted
    if not held:
        raise InputError(f"{path}: {name} declares {stored.shape} but does not hold as much")


def _described(path: Path, name: str, stored: Any) -> StoredMatrix:
    is_dataset = isinstance(stored, h5py.Dataset)
    if not is_dataset or stored.ndim != 2 or stored.dtype.kind not in "fiub" or "MATLAB_empty" in stored.attrs:
        what = f"{stored.dtype} of shape {stored.shape}" if is_dataset else "a structure"
        raise InputError(f"{path}: {name} is {what} (allowed: a matrix of real numbers)")
    _check_held(path, name, stored)
    d, n = stored.shape
    of_storage = stored.chunks[1] if stored.chunks else 1
    rows = min(MOST_CHUNK_ROWS, -(-CHUNK_ROWS // of_storage) * of_storage)
    return StoredMatrix(path, name, (n, d), stored.dtype, True, rows)
