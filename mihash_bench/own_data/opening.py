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
READERS = {".npy": "npy"}
Reader = Callable[[Path, Ask], RowSource]


def open_source(given: Any, ask: Ask) -> RowSource:
    """Return the rows of a file or an array. Raises InputError, naming the option, if it cannot be read."""
    if isinstance(given, str | os.PathLike):
        return open_file(Path(given), ask)
    array = np.asarray(given)
    return of_matrix(array, ask.option, ask)


def open_file(path: Path, ask: Ask) -> RowSource:
    """Return the rows of a file. Raises InputError, naming option and file, if it cannot be read."""
    if not path.is_file():
        found = "it is no regular file" if path.exists() else "there is no such file"
        raise InputError(f"{ask.option}: {path}: {found}")
    ending = path.suffix.lower()
    if ending not in READERS:
        raise InputError(f"{ask.option}: {path}: cannot be read (allowed: files ending in {', '.join(READERS)})")
    reader: Reader = import_module(f"mihash_bench.own_data.readers.{READERS[ending]}").open_rows
    try:
        return reader(path, ask)
    except OSError as error:
        raise InputError(f"{ask.option}: {path}: cannot be read ({error.strerror or error})") from None
