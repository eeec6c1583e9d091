"""The HDF5 file of an imported dataset.

It has the arrays ``features`` (n, d), ``labels`` (n,) or (n, c) if there are labels, ``query`` (n,) if it marks the
queries, and ``about``, the note of the import as JSON in UTF-8. HDF5 keeps a checksum of each chunk.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from mihash_bench.datasets._memory import CHUNK_BYTES, LABELS_BYTES, MAX_ROWS, rows_within
from mihash_bench.datasets._stored_chunks import find_chunk_fault
from mihash_bench.datasets._stored_matrix import CHUNK_ROWS, check_stored_here
from mihash_bench.errors import InputError
from mihash_bench.own_data.about import About

ABOUT = "about"
ARRAYS = {"features": (2, "fiu"), "labels": (1, "iu"), "query": (1, "b")}
MOST_NOTE_BYTES = 1 << 26
STORAGE_BYTES = 1 << 20


@contextmanager
def opened(path: Path) -> Iterator[h5py.File]:
    """Yield the file of an imported dataset. Raises InputError, naming the file, if it cannot be read."""
    try:
        if not path.is_file():
            raise InputError(f"{path}: not a regular file (allowed: what `datasets import` wrote)")
        with h5py.File(path, "r") as file:
            yield file
    except InputError:
        raise
    except (OSError, KeyError, RuntimeError, ValueError, TypeError, RecursionError) as error:
        raise InputError(f"{path}: damaged, or not what `datasets import` wrote ({error})") from None


def read_about(path: Path) -> About:
    """Return the note of an import. Raises InputError, naming the file, if it cannot be read."""
    with opened(path) as file:
        return about_in(file, path)


def about_in(file: h5py.File, path: Path) -> About:
    """Return the note in an open file. Raises InputError or ValueError if it is damaged or belongs to another name."""
    note = _array(file, ABOUT, path)
    if note.ndim != 1 or note.dtype != np.uint8 or note.size > MOST_NOTE_BYTES:
        raise ValueError("its note is not a text")
    about = About.from_json(note[()].tobytes())
    if about.name != path.stem:
        raise InputError(
            f"{path}: the dataset in it is {about.name!r} (allowed: a file that is named like its dataset)"
        )
    return about


def checked_array(file: h5py.File, name: str, about: About, path: Path) -> Any:
    """Return an array of the file as it is stored, after checks of shape and type. Raises ValueError if it is not."""
    stored = _array(file, name, path)
    least, kinds = ARRAYS[name]
    if stored.ndim not in (least, 2 if name == "labels" else least) or stored.dtype.kind not in kinds:
        raise ValueError(f"its {name} are {stored.dtype} of shape {stored.shape}")
    if len(stored) != about.rows or (name == "features" and stored.shape[1] != about.columns):
        raise ValueError(f"its {name} have shape {stored.shape}, but its note says {about.rows} x {about.columns}")
    if about.rows > MAX_ROWS or (name != "features" and stored.size * stored.dtype.itemsize > LABELS_BYTES):
        raise ValueError(f"its {name} take more memory than is allowed")
    return stored


def _array(file: h5py.File, name: str, path: Path) -> Any:
    if not isinstance(file.get(name, getlink=True), h5py.HardLink) or not isinstance(file[name], h5py.Dataset):
        raise ValueError(f"it has no array {name}")
    check_stored_here(path, name, file[name])
    if fault := find_chunk_fault(file[name]):
        raise ValueError(f"its {name} {fault}")
    return file[name]


def chunks_of(stored: Any) -> Iterator[NDArray[Any]]:
    """Yield the rows of a stored matrix in chunks."""
    whole = stored.chunks[0] if stored.chunks else 1
    step = rows_within(max(whole, CHUNK_ROWS // whole * whole), stored.shape[1], CHUNK_BYTES)
    for start in range(0, len(stored), step):
        yield stored[start : start + step]


def read_small(file: h5py.File, name: str, about: About, path: Path) -> NDArray[Any]:
    """Return labels or query marks after a check of their SHA-256. Raises ValueError if they are damaged."""
    array: NDArray[Any] = checked_array(file, name, about, path)[()]
    if array_sha256(array) != about.content[name]:
        raise ValueError(f"its {name} do not match their checksum")
    return array


def array_sha256(array: NDArray[Any]) -> str:
    """Return the SHA-256 of an array's values, row by row, in little-endian order."""
    return hashlib.sha256(little_endian(array)).hexdigest()


def little_endian(array: NDArray[Any]) -> Any:
    """Return the bytes of an array, row by row, in little-endian order."""
    return np.ascontiguousarray(array, array.dtype.newbyteorder("<")).data.cast("B") if array.size else b""


def storage_rows(columns: int, itemsize: int) -> int:
    """Return how many rows a storage chunk of about 1 MiB has."""
    return max(1, min(CHUNK_ROWS, STORAGE_BYTES // (columns * itemsize)))
