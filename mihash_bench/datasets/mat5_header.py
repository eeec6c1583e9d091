"""What a MATLAB v5 or v7 file declares, held against its length before anything is reserved for it.

MATLAB Level 5 MAT-file format (MathWorks): a header of 128 bytes, then elements, each with a tag of type and bytes. An
element may be compressed by zlib, which makes at most 1,032 bytes of one.
"""

import math
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

HEADER_BYTES = 128
MATRIX, COMPRESSED = 14, 15
MOST_OF_ONE = 1032
# Of a compressed element, so much is unpacked to see its tag and its dimensions.
LOOKED_AT = 512


def oversized(path: Path) -> str:
    """Return what the file declares beyond what it can hold, "" if nothing, or that it is of another kind."""
    with path.open("rb") as file:
        order = _byte_order(file.read(HEADER_BYTES))
        if not order:
            return "it has no header of a MATLAB v5 or v7 file"
        size = path.stat().st_size
        return next((fault for fault in _faults(file, order, size) if fault), "")


def _byte_order(header: bytes) -> str:
    return {b"IM": "<", b"MI": ">"}.get(header[126:128], "") if len(header) == HEADER_BYTES else ""


def _faults(file: BinaryIO, order: str, size: int) -> Iterator[str]:
    at = HEADER_BYTES
    while at + 8 <= size:
        file.seek(at)
        kind, length = struct.unpack(f"{order}II", file.read(8))
        if length > size - at - 8:
            yield f"an element declares {length:,} bytes, {size - at - 8:,} are left"
            return
        yield _matrix_fault(file.read(min(length, LOOKED_AT)), kind, length, order)
        at += 8 + length


def _matrix_fault(start: bytes, kind: int, length: int, order: str) -> str:
    """Compare the bytes and the dimensions that a matrix declares with what it can hold."""
    most = length
    if kind == COMPRESSED:
        try:
            start = zlib.decompressobj().decompress(start, LOOKED_AT)
        except zlib.error as error:
            return f"a compressed element cannot be unpacked ({error})"
        if len(start) < 8:
            return "a compressed element holds nothing"
        kind, declared = struct.unpack(f"{order}II", start[:8])
        most, start = length * MOST_OF_ONE, start[8:]
        if declared > most:
            return f"a compressed element of {length:,} bytes declares {declared:,}"
        most = declared
    if kind != MATRIX or len(start) < 24:
        return ""
    # Array flags take 16 bytes; then come the tag and the numbers of the dimensions.
    dimensions = start[24 : 24 + min(struct.unpack(f"{order}I", start[20:24])[0], LOOKED_AT) // 4 * 4]
    items = math.prod(struct.unpack(f"{order}{len(dimensions) // 4}I", dimensions)) if dimensions else 0
    return f"a matrix declares {items:,} numbers in {most:,} bytes" if items > most else ""
