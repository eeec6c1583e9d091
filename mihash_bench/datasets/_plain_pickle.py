"""Reading a pickle of plain values and NumPy arrays of bytes, without running anything that it asks for.

A pickle may name any function to be called. Here, the few names that arrays need stand for harmless objects, which only
keep what they are given; every other name is refused.
"""

import io
import math
import pickle
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.errors import InputError
from mihash_bench.text import message_of, one_line


class _Kept:
    """Stands for an object of NumPy: keeps the arguments it was made with and the state it was given."""

    def __init__(self, *arguments: Any) -> None:
        self.arguments = arguments
        self.state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state


def _reconstruct(*arguments: Any) -> _Kept:
    return _Kept(*arguments)


def _encode(text: Any, encoding: Any) -> bytes:
    """Turn text back into bytes; pickles that Python 3 writes for Python 2 store bytes in this way."""
    if not isinstance(text, str) or encoding != "latin1":
        raise pickle.UnpicklingError("text that stands for no bytes")
    return text.encode("latin1")


_NAMES = {
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy", "ndarray"): _Kept,
    ("numpy", "dtype"): _Kept,
    ("_codecs", "encode"): _encode,
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _NAMES:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, which is never called")
        return _NAMES[module, name]


def read_plain_pickle(path: Path) -> dict[str, Any]:
    """Return the dictionary in a pickle, with texts as keys.

    Arrays of bytes become NumPy arrays. Raises InputError, naming the file, if it is damaged or asks for anything else.
    """
    try:
        content = _Unpickler(io.BytesIO(path.read_bytes()), encoding="bytes").load()
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - damaged pickles raise errors of many kinds
        raise InputError(f"{path}: not a readable pickle of plain values ({one_line(message_of(error))})") from None
    if not isinstance(content, dict):
        raise InputError(f"{path}: a pickle of {type(content).__name__} (allowed: a dictionary)")
    return {_text(key): _array(path, value) if isinstance(value, _Kept) else value for key, value in content.items()}


def _text(key: Any) -> str:
    return key.decode("latin1") if isinstance(key, bytes) else str(key)


def _array(path: Path, kept: _Kept) -> NDArray[np.uint8]:
    """Return an array of bytes from its state: version, shape, type, whether it is in Fortran order, and its bytes."""
    try:
        _, shape, dtype, is_fortran, content = kept.state
        kind = dtype.arguments[0]
        plain = kind in ("u1", b"u1") and isinstance(content, bytes) and all(type(size) is int for size in shape)
        if not plain or min(shape) < 0 or math.prod(shape) != len(content):
            raise ValueError(kind)
    except (TypeError, ValueError, AttributeError, IndexError):
        raise InputError(f"{path}: it has an array that is not one of bytes") from None
    return np.frombuffer(content, np.uint8).reshape(shape, order="F" if is_fortran else "C")
