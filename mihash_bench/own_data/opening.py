"""Opening what is imported, by the ending of the file's name."""

import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from mihash_bench.errors import InputError
from mihash_bench.own_data.rows import Ask, RowSource, of_matrix

# The module of each ending in ``readers``.
READERS = {
    ".npy": "npy", ".npz": "npz", ".csv": "csv", ".tsv": "csv", ".parquet": "parquet", ".h5": "hdf5", ".hdf5": "hdf5",
    ".mat": "mat", ".fvecs": "vecs", ".bvecs": "vecs", ".ivecs": "vecs", ".txt": "lines",
}  # fmt: skip
# Formats in which labels and marks of queries are columns beside the features.
TABLES = frozenset({"csv", "parquet"})
Reader = Callable[[Path, Ask], RowSource]


def is_file(given: Any) -> bool:
    """Return whether a file is given and not an array."""
    return isinstance(given, str | os.PathLike)


def is_folder(given: Any) -> bool:
    """Return whether a folder is given, which is one of images."""
    return is_file(given) and Path(given).is_dir()


def is_table(given: Any) -> bool:
    """Return whether a file is given that has columns beside the features, or a folder of images with its classes."""
    return is_folder(given) or (is_file(given) and READERS.get(Path(given).suffix.lower()) in TABLES)


def open_source(given: Any, ask: Ask) -> RowSource:
    """Return the rows of a file or an array.

    Raises InputError, naming the option or the file, if it cannot be read.
    """
    if is_file(given):
        return _open_file(Path(given), ask)
    if ask.array is not None or ask.others:
        name = ask.array or ask.others[0]
        raise InputError(f"{ask.option or 'X'}: an array has no columns with names ({name!r}; allowed: a file)")
    return of_matrix(np.asarray(given), ask.option or "X", ask)


def _open_file(path: Path, ask: Ask) -> RowSource:
    if path.is_dir():
        return _opened("images", path, ask)
    if not path.is_file():
        found = "it is no regular file" if path.exists() else "there is no such file"
        raise InputError(f"{ask.where(path)}: {found}")
    ending = path.suffix.lower()
    if ending not in READERS:
        raise InputError(f"{ask.where(path)}: cannot be read (allowed: files ending in {', '.join(READERS)})")
    return _opened(READERS[ending], path, ask)


def _opened(module: str, path: Path, ask: Ask) -> RowSource:
    reader: Reader = import_module(f"mihash_bench.own_data.readers.{module}").open_rows
    try:
        return reader(path, ask)
    except OSError as error:
        raise InputError(f"{ask.where(path)}: cannot be read ({error.strerror or error})") from None
