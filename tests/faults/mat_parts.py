"""Parts of MATLAB files, true and not, of which hostile ones are made."""

import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import scipy.io

GIST, CIFAR, PLACES = "LabelMe_GIST.mat", "CIFAR10_VGG16_fc7.mat", "Places205_AlexNet_fc7_PCA128.mat"
HEADER = b"MATLAB 5.0 MAT-file".ljust(124)
A = np.random.default_rng(0).random((60, 6))
DOUBLE, ARRAY, COMPRESSED = 9, 14, 15

Make = Callable[[Path], Any]


def element(kind: int, content: bytes, declared: int | None = None) -> bytes:
    """Return an element: a tag with its type and its size, true or not, and its content."""
    size = len(content) if declared is None else declared
    return struct.pack("<II", kind, size & 0xFFFFFFFF) + content.ljust(-(-len(content) // 8) * 8, b"\0")


def matrix(name: str = "gist", *, array: int = 6, dims: tuple[int, ...] = (60, 6), kind: int = DOUBLE, flags: int = 0,
           content: bytes | None = None, numbers: int | None = None, declared: int | None = None) -> bytes:  # fmt: skip
    """Return a matrix in the form of a v5 file.

    array: its class. dims: its dimensions. kind: the type of its numbers. numbers: the size that they declare, and
    declared: that of the whole.
    """
    parts = element(6, struct.pack("<II", array | flags, 0)) + element(5, struct.pack(f"<{len(dims)}i", *dims))
    parts += element(1, name.encode()) + element(kind, A.T.tobytes() if content is None else content, numbers)
    return element(ARRAY, parts, declared)


def v5(*elements: bytes, version: int = 0x0100, order: bytes = b"IM", file: str = GIST) -> tuple[str, Make]:
    """Return a file of these elements."""
    content = HEADER + struct.pack("<H", version) + order + b"".join(elements)
    return file, lambda path: path.write_bytes(content)


def squeezed(content: bytes, cut: int = 0, declared: int | None = None) -> bytes:
    """Return an element that is compressed, cut off at its end."""
    packed = zlib.compress(content)
    kept = packed[: len(packed) - cut]
    return struct.pack("<II", COMPRESSED, len(kept) if declared is None else declared) + kept


def saved(value: Any) -> tuple[str, Make]:
    """Return a file that SciPy writes."""
    return GIST, lambda path: scipy.io.savemat(path, {"gist": value}, do_compression=True)


def hdf5(edit: Callable[[h5py.File], Any], file: str = GIST) -> tuple[str, Make]:
    """Return a v7.3 file."""

    def make(path: Path) -> None:
        with h5py.File(path, "w", userblock_size=512) as opened:
            edit(opened)

    return file, make


def nested(depth: int) -> Any:
    """Return a cell in a cell in a cell."""
    value: Any = A
    for _ in range(depth):
        cell = np.empty((1, 1), object)
        cell[0, 0] = value
        value = cell
    return value
