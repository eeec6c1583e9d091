"""MATLAB files of versions 5, 7 and 7.3."""

from pathlib import Path
from typing import Any

import h5py

from mihash_bench.datasets._mat5_header import find_fault, names_in
from mihash_bench.datasets._mat_signature import is_v73
from mihash_bench.datasets._matlab import read_mat
from mihash_bench.errors import InputError
from mihash_bench.own_data.rows import Ask, RowSource, chosen, of_matrix


def open_rows(path: Path, ask: Ask) -> RowSource:
    """Return the rows of the chosen variable. Those of v7.3 files are read in chunks.

    Raises InputError, naming the file, if it is damaged, or if the variable is missing or no matrix of real numbers.
    """
    where = ask.where(path)
    name = chosen(_names(path, where), ask, where)
    matrix: Any = read_mat(path, (name,))[name]
    if ask.labels and matrix.shape[0] == 1:
        matrix = matrix[0:1].T
    return of_matrix(matrix, f"{where}: {name}", ask)


def _names(path: Path, where: str) -> list[str]:
    """Return the names of all variables that are matrices of real numbers."""
    if not is_v73(path):
        if fault := find_fault(path, ()):
            raise InputError(f"{where}: {fault}")
        return [name for name in names_in(path) if not find_fault(path, (name,))]
    try:
        with h5py.File(path, "r") as file:
            return [name for name in file if not name.startswith("#") and _is_matrix(file, name)]
    except (OSError, KeyError, RuntimeError, ValueError, TypeError) as error:
        raise InputError(f"{where}: not a readable MATLAB file ({error})") from None


def _is_matrix(file: h5py.File, name: str) -> bool:
    if not isinstance(file.get(name, getlink=True), h5py.HardLink) or not isinstance(file[name], h5py.Dataset):
        return False
    return bool(file[name].ndim == 2 and file[name].dtype.kind in "fiub")
