"""HDF5 files. Their arrays are read in chunks."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from mihash_bench.datasets._stored_chunks import find_chunk_fault
from mihash_bench.datasets._stored_matrix import CHUNK_ROWS, check_stored_here
from mihash_bench.errors import InputError
from mihash_bench.own_data.rows import Ask, RowSource, checked_shape, chosen, of_matrix

ERRORS = (OSError, KeyError, RuntimeError, ValueError, TypeError)


class _Stored:
    """An array of a file that is open only while a slice is read."""

    def __init__(self, path: Path, name: str, where: str, stored: Any) -> None:
        self.path, self.name, self.where = path, name, where
        self.shape, self.dtype = stored.shape, stored.dtype
        whole = stored.chunks[0] if stored.chunks else 1
        # Whole storage chunks are read, because HDF5 unpacks them as a whole.
        self.chunk_rows = max(whole, CHUNK_ROWS // whole * whole)

    def __getitem__(self, rows: slice) -> NDArray[Any]:
        try:
            with h5py.File(self.path, "r") as file:
                return np.asarray(file[self.name][rows])
        except ERRORS as error:
            raise InputError(f"{self.where}: damaged ({error})") from None


def open_rows(path: Path, ask: Ask) -> RowSource:
    """Return the rows of the chosen array.

    Raises InputError, naming file and array, if it is missing, damaged, stored in other files, or of another shape or
    type.
    """
    where = ask.where(path)
    try:
        with h5py.File(path, "r") as file:
            name = chosen(_names(file, ask), ask, where)
            stored = file[name]
            where = f"{where}: {name}"
            checked_shape(stored.shape, stored.dtype, where, ask)
            check_stored_here(path, name, stored)
            if fault := find_chunk_fault(stored):
                raise InputError(f"{where} {fault}")
            return of_matrix(_Stored(path, name, where, stored), where, ask)
    except InputError:
        raise
    except ERRORS as error:
        raise InputError(f"{where}: not a readable HDF5 file ({error})") from None


def _names(file: h5py.File, ask: Ask) -> list[str]:
    """Return the paths of all arrays with rows. Links are not followed, because they may lead to other files."""
    return [name for name, each in _arrays(file, "") if each.ndim in ((1, 2) if ask.labels else (2,))]


def _arrays(group: Any, prefix: str, depth: int = 0) -> Iterator[tuple[str, Any]]:
    for name in group:
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            continue
        each = group[name]
        if isinstance(each, h5py.Dataset):
            yield f"{prefix}{name}", each
        elif isinstance(each, h5py.Group) and depth < 20:
            yield from _arrays(each, f"{prefix}{name}/", depth + 1)
