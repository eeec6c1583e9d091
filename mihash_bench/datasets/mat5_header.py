"""What a MATLAB v5 or v7 file declares, held against what it can be before SciPy reads it.

SciPy reserves what a header asks for, and ends the process at a data type that does not exist.

MATLAB Level 5 MAT-file format (MathWorks): a header of 128 bytes, then elements, each with a tag of type and bytes. An
element may be compressed by zlib, which makes at most 1,032 bytes of one.
"""

import math
import struct
import zlib
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import BinaryIO

HEADER_BYTES = 128
MATRIX, COMPRESSED = 14, 15
OTHER_CLASSES = {1: "a cell array", 2: "a structure", 3: "an object", 4: "text", 5: "sparse"}
REAL_CLASSES = range(6, 16)
COMPLEX = 0x0800
ALLOWED = "(allowed: a matrix of real numbers)"
REAL_TYPES = frozenset({1, 2, 3, 4, 5, 6, 7, 9, 12, 13})
MOST_OF_ONE = 1032
# Of a compressed element, so much is unpacked to see its tag and its dimensions.
LOOKED_AT = 512


def fault_of(path: Path, names: Sequence[str]) -> str:
    """Return what is wrong with the file, "" if nothing: not of this kind, more declared than it can hold, or a
    variable of these names that is no matrix of real numbers."""
    with path.open("rb") as file:
        order = _byte_order(file.read(HEADER_BYTES))
        fault = "it has no header of a MATLAB v5 or v7 file"
        if order:
            fault = next((fault for fault in _faults(file, order, path.stat().st_size, names) if fault), "")
    return fault if not fault or fault.endswith(ALLOWED) else f"not a readable MATLAB file, or cut short ({fault})"


def _byte_order(header: bytes) -> str:
    return {b"IM": "<", b"MI": ">"}.get(header[126:128], "") if len(header) == HEADER_BYTES else ""


def _faults(file: BinaryIO, order: str, size: int, names: Sequence[str]) -> Iterator[str]:
    at = HEADER_BYTES
    while at + 8 <= size:
        file.seek(at)
        kind, length = struct.unpack(f"{order}II", file.read(8))
        if length > size - at - 8:
            yield f"an element declares {length:,} bytes, {size - at - 8:,} are left"
            return
        yield _element_fault(file.read(min(length, LOOKED_AT)), kind, length, order, names)
        at += 8 + length


def _element_fault(start: bytes, kind: int, length: int, order: str, names: Sequence[str]) -> str:
    most = length
    if kind == COMPRESSED:
        try:
            start = zlib.decompressobj().decompress(start, LOOKED_AT)
        except zlib.error as error:
            return f"a compressed element cannot be unpacked ({error})"
        if len(start) < 8:
            return "a compressed element holds nothing"
        kind, declared = struct.unpack(f"{order}II", start[:8])
        if declared > length * MOST_OF_ONE:
            return f"a compressed element of {length:,} bytes declares {declared:,}"
        most, start = declared, start[8:]
    return _matrix_fault(start, most, order, names) if kind == MATRIX else ""


def _matrix_fault(start: bytes, most: int, order: str, names: Sequence[str]) -> str:
    """Look at the head of a matrix: array flags, dimensions, name, and the type of its numbers."""
    try:
        (_, flags), (_, dimensions), (_, name), (data_type, _) = islice(_parts(start, order), 4)
    except ValueError:
        return "the head of a matrix is not whole"
    items = math.prod(struct.unpack(f"{order}{len(dimensions) // 4}I", dimensions[: len(dimensions) // 4 * 4]))
    if items > most:
        return f"a matrix declares {items:,} numbers in {most:,} bytes"
    if name.decode("latin1") not in names:
        return ""
    return _kind_fault(name.decode("latin1"), flags, data_type, order)


def _kind_fault(name: str, flags: bytes, data_type: int, order: str) -> str:
    (word,) = struct.unpack(f"{order}I", flags[:4].ljust(4, b"\0"))
    what = OTHER_CLASSES.get(word & 0xFF, "" if word & 0xFF in REAL_CLASSES else f"of class {word & 0xFF}")
    if not what and word & COMPLEX:
        what = "complex"
    if not what and data_type not in REAL_TYPES:
        what = f"of data type {data_type}"
    return f"{name} is {what} {ALLOWED}" if what else ""


def _parts(start: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    """Yield type and bytes of the elements inside a matrix, as far as they are shown."""
    at = 0
    while at + 8 <= len(start):
        kind, length = struct.unpack(f"{order}II", start[at : at + 8])
        if kind >> 16:
            # Four bytes or fewer are packed into the tag itself.
            kind, length = kind & 0xFFFF, kind >> 16
            yield kind, start[at + 4 : at + 4 + min(length, 4)]
            at += 8
        else:
            yield kind, start[at + 8 : at + 8 + length]
            at += 8 + -(-length // 8) * 8
