"""A matrix in a MATLAB v7.3 file, whose rows are read in chunks."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from mihash_bench.datasets._memory import CHUNK_BYTES, rows_within
from mihash_bench.datasets._stored_chunks import find_chunk_fault
from mihash_bench.errors import InputError

CHUNK_ROWS = 8192
# Rows are read in complete storage chunks, which may be large; this bounds the rows read at once.
MAX_CHUNK_ROWS = 1 << 17


@dataclass(frozen=True)
class StoredMatrix:
    """A matrix of shape (n, d) that reads rows from its file when it is sliced.

    MATLAB stores matrices by columns, so that its v7.3 files, which are HDF5, contain the transpose. ``transposed``
    states that the HDF5 dataset has shape (d, n). The file is open only while a slice is read.
    """

    path: Path
    name: str
    shape: tuple[int, int]
    dtype: Any
    transposed: bool
    chunk_rows: int

    def __len__(self) -> int:
        """Return the number of rows."""
        return self.shape[0]

    def __getitem__(self, rows: slice) -> NDArray[Any]:
        """Read a slice of rows. Raises InputError, naming file and variable, if they cannot be read."""
        try:
            with h5py.File(self.path, "r") as file:
                stored = file[self.name]
                return np.asarray(stored[:, rows].T if self.transposed else stored[rows])
        except (OSError, KeyError, RuntimeError, ValueError, TypeError) as error:
            raise InputError(f"{self.path}: {self.name} is damaged ({error})") from None

    def with_rows(self, n: int) -> "StoredMatrix":
        """Return the matrix with n rows. It is transposed if only its columns number n.

        Such matrices come from programs that write HDF5 without transposing as MATLAB does.
        """
        if self.shape[0] == n or self.shape[1] != n:
            return self
        rows = rows_within(CHUNK_ROWS, self.shape[0], CHUNK_BYTES)
        return StoredMatrix(self.path, self.name, self.shape[::-1], self.dtype, not self.transposed, rows)


def open_stored(path: Path, name: str) -> StoredMatrix:
    """Open one variable of a v7.3 file.

    Raises InputError, naming file and variable, if it is missing or not a matrix of real numbers, if the file is
    damaged or does not hold all of it, or if its storage chunks would take too much memory.
    """
    try:
        with h5py.File(path, "r") as file:
            # Links are not followed, because they may lead to files that the user did not choose.
            if not isinstance(file.get(name, getlink=True), h5py.HardLink):
                raise InputError(f"{path}: variable {name} is missing")
            return _described(path, name, file[name])
    except InputError:
        raise
    except (OSError, RuntimeError, ValueError, TypeError, KeyError) as error:
        raise InputError(f"{path}: not a readable MATLAB file, or truncated ({error})") from None


def check_stored_here(path: Path, name: str, stored: Any) -> None:
    """Raise InputError unless the file itself stores every number that the header declares.

    HDF5 reads missing parts as zeros, which may take hours if the declared size is absurd. Parts stored in other files
    are refused because the user did not choose those files.
    """
    if stored.is_virtual or stored.external:
        raise InputError(f"{path}: {name} is stored in other files (allowed: variables stored in the file itself)")
    if stored.chunks is None:
        # Texts of any length take more than h5py says.
        complete = stored.id.get_storage_size() >= stored.nbytes
    else:
        expected = math.prod(-(-size // chunk) for size, chunk in zip(stored.shape, stored.chunks, strict=True))
        complete = stored.id.get_num_chunks() == expected
    if not complete:
        raise InputError(f"{path}: {name} declares shape {stored.shape}, but not all of it is in the file")


def _described(path: Path, name: str, stored: Any) -> StoredMatrix:
    is_dataset = isinstance(stored, h5py.Dataset)
    if not is_dataset or stored.ndim != 2 or stored.dtype.kind not in "fiub" or "MATLAB_empty" in stored.attrs:
        what = f"{stored.dtype} of shape {stored.shape}" if is_dataset else "a structure"
        raise InputError(f"{path}: {name} is {what} (allowed: a matrix of real numbers)")
    check_stored_here(path, name, stored)
    if fault := find_chunk_fault(stored):
        raise InputError(f"--data-dir: {path}: {name} {fault}")
    d, n = stored.shape
    storage_rows = stored.chunks[1] if stored.chunks else 1
    whole_chunks = -(-CHUNK_ROWS // storage_rows) * storage_rows
    rows = rows_within(min(MAX_CHUNK_ROWS, whole_chunks), d, CHUNK_BYTES)
    return StoredMatrix(path, name, (n, d), stored.dtype, True, rows)
