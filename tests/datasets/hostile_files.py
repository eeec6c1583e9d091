"""Small MATLAB files that unpack to gigabytes, written without compressing that much."""

import struct
import zlib
from pathlib import Path
from typing import Any

import h5py
import numpy as np

MIB = 1 << 20


def zeros_after(head: bytes, count: int) -> bytes:
    """Compress ``head`` followed by ``count`` zeros, a multiple of a mebibyte, from repeated blocks."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    start = deflate.compress(head) + deflate.flush(zlib.Z_FULL_FLUSH)
    block = zlib.compressobj(9, zlib.DEFLATED, -15)
    zeros = block.compress(bytes(MIB)) + block.flush(zlib.Z_FULL_FLUSH)
    end = zlib.compressobj(9, zlib.DEFLATED, -15).flush()
    # Adler-32: zeros leave the low half as it is and add it to the high half once for each of them.
    low, high = zlib.adler32(head) & 0xFFFF, zlib.adler32(head) >> 16
    checksum = ((high + low * count) % 65521) << 16 | low
    return b"\x78\xda" + start + zeros * (count // MIB) + end + struct.pack(">I", checksum)


def zeros_v7(path: Path, **shapes: tuple[int, int]) -> Path:
    """Write a v7 file with matrices of zeros of type uint8, each of a multiple of a mebibyte."""
    content = b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack("<H", 0x0100) + b"IM"
    for name, (rows, columns) in shapes.items():
        count, letters = rows * columns, name.encode()
        padded = letters.ljust(-(-len(letters) // 8) * 8, b"\0")
        head = struct.pack("<IIII", 6, 8, 9, 0) + struct.pack("<IIii", 5, 8, rows, columns)
        head += struct.pack("<II", 1, len(letters)) + padded + struct.pack("<II", 2, count)
        element = zeros_after(struct.pack("<II", 14, len(head) + count) + head, count)
        content += struct.pack("<II", 15, len(element)) + element
    path.write_bytes(content)
    return path


def zeros_v73(
    path: Path,
    name: str,
    shape: tuple[int, int],
    chunks: tuple[int, int],
    *,
    mebibytes: int | None = None,
    pad: int = 0,
) -> Path:
    """Add a stored matrix of uint8 zeros to a v7.3 file; its chunks unpack to ``mebibytes``, by default their size.

    ``pad``: bytes of data without compression at the start of each chunk.
    """
    with h5py.File(path, "a", userblock_size=512) as file:
        stored = file.create_dataset(name, shape, np.uint8, chunks=chunks, compression="gzip")
        size = chunks[0] * chunks[1] // MIB if mebibytes is None else mebibytes
        content = zeros_after(np.random.default_rng(0).bytes(pad), size * MIB)
        for row in range(0, shape[0], chunks[0]):
            for column in range(0, shape[1], chunks[1]):
                stored.id.write_direct_chunk((row, column), content)
    return path


def compressed_twice(path: Path, name: str, values: Any) -> Path:
    """Write a matrix whose chunks pass the gzip filter twice, so that a byte may become a million."""
    with h5py.File(path, "w", userblock_size=512) as file:
        properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        properties.set_chunk(values.shape)
        properties.set_deflate(9)
        properties.set_deflate(9)
        space = h5py.h5s.create_simple(values.shape)
        stored = h5py.h5d.create(file.id, name.encode(), h5py.h5t.NATIVE_DOUBLE, space, properties)
        stored.write(h5py.h5s.ALL, h5py.h5s.ALL, values)
    return path
