"""Reading variables of MATLAB files, told apart by the file's own signature."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.errors import InputError

HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
CHUNK_ROWS = 8192


def is_v73(path: Path) -> bool:
    """Say whether the file is HDF5 inside, as MATLAB v7.3 files are: the signature is at 0 or behind a user block."""
    with path.open("rb") as file:
        for offset in (0, 512, 1024, 2048):
            file.seek(offset)
            if file.read(len(HDF5_SIGNATURE)) == HDF5_SIGNATURE:
                return True
    return False


def read_mat(path: Path, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Return the named variables of a MATLAB v5 or v7 file, each a real numeric matrix.

    Raises InputError, naming file and variable, when the file is truncated or of another kind, or when a variable
    is missing or is no such matrix.
    """
    from scipy.io import loadmat

    try:
        if is_v73(path):
            raise InputError(f"{path}: a MATLAB v7.3 file (allowed: v5 and v7; save it with -v7)")
        content = loadmat(path, variable_names=list(names))
    except InputError:
        raise
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


def row_chunks(*arrays: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Yield the rows of the arrays, one after the other, some at a time."""
    for array in arrays:
        for start in range(0, len(array), CHUNK_ROWS):
            yield array[start : start + CHUNK_ROWS]
