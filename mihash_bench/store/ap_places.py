"""Where the AP values of a run are in its file, so that they can be read again without the rest of the file."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.errors import InputError
from mihash_bench.store._open import open_regular
from mihash_bench.store._walk import StoredArray
from mihash_bench.store.record import Columns

# The arrays with one entry for each query, with the only types that are read again in this way.
TYPES = {"queries": np.dtype("<i8"), "ap_expected": np.dtype("<f8"), "ap_index": np.dtype("<f8")}
# length: the number of queries, 0 if nothing is known about the file. The digests are in the order of ``TYPES``.
PLACES = np.dtype([("length", "<i8"), ("offsets", "<i8", len(TYPES)), ("digests", "u1", (len(TYPES), 32))])


def places_of(stored: Mapping[str, StoredArray], final: Columns) -> NDArray[Any]:
    """Return where the arrays are, with the SHA-256 of each, as one entry of the type ``PLACES``.

    stored: the places of the arrays in the file. final: the arrays that readers are given.
    """
    places = np.zeros((), PLACES)
    if any(name not in stored or stored[name].dtype != TYPES[name] for name in TYPES):
        return places
    (shape, *others) = {stored[name].shape for name in TYPES}
    if others or len(shape) != 1:
        return places
    places["length"] = shape[0]
    places["offsets"] = [stored[name].offset for name in TYPES]
    digests = b"".join(_digest(final[name].tobytes()) for name in TYPES)
    places["digests"] = np.frombuffer(digests, np.uint8).reshape(len(TYPES), -1)
    return places


def read_again(path: Path, places: NDArray[Any], names: tuple[str, ...]) -> list[NDArray[Any]] | None:
    """Return some of the arrays, or None unless each has the digest that it had when the whole file was checked."""
    length, offsets, digests = int(places["length"]), places["offsets"].tolist(), places["digests"]
    if not length:
        return None
    arrays: list[NDArray[Any]] = []
    try:
        with open_regular(path) as file:
            for number in (list(TYPES).index(name) for name in names):
                content = _stretch(file.fileno(), offsets[number], length * 8)
                if _digest(content) != digests[number].tobytes():
                    return None
                arrays.append(np.frombuffer(content, TYPES[list(TYPES)[number]]))
    except (OSError, InputError):
        return None
    return arrays


def _stretch(descriptor: int, offset: int, size: int) -> bytes:
    # As much memory as asked for would be allocated, even if the file is shorter.
    return os.pread(descriptor, size, offset) if offset + size <= os.fstat(descriptor).st_size else b""


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()
