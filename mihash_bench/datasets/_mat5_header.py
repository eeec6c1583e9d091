"""Checking the headers of a MATLAB v5 or v7 file before SciPy reads it.

SciPy allocates any size that a header declares, and an unknown data type crashes the process.

Format: MathWorks, MAT-File Format, Level 5. A header of 128 bytes is followed by elements, each with a tag of its type
and its number of bytes. An element may be compressed by zlib, which expands a byte to at most 1,032 bytes.
"""

import math
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from mihash_bench.datasets._mat_signature import HEADER_BYTES, byte_order

TAG_BYTES = 8
MATRIX, COMPRESSED = 14, 15
OTHER_CLASSES = {1: "a cell array", 2: "a structure", 3: "an object", 4: "text", 5: "sparse"}
REAL_CLASSES = range(6, 16)
COMPLEX = 0x0800
ALLOWED = "(allowed: a matrix of real numbers)"
REAL_TYPES = frozenset({1, 2, 3, 4, 5, 6, 7, 9, 12, 13})
MAX_EXPANSION = 1032
# Enough of an element to see the tag, the dimensions and the name of a matrix.
PREFIX_BYTES = 512
# An element may be as short as its tag, so that a walk over all elements of a large file would take hours.
MAX_ELEMENTS = 10_000


@dataclass(frozen=True)
class _Element:
    """An element of a file: what is wrong with it, and the name and the unpacked size of a matrix."""

    fault: str
    name: str = ""
    size: int = 0


def find_fault(path: Path, names: Sequence[str]) -> str:
    """Return the fault of a file, or an empty string.

    A fault is a missing header, an element that is no variable or declares more than it can hold, more than
    ``MAX_ELEMENTS`` elements, or one of the named variables that is not a matrix of real numbers.
    """
    fault = next((element.fault for element in _elements(path, names) if element.fault), "")
    return fault if not fault or "(allowed: " in fault else f"not a readable MATLAB file, or truncated ({fault})"


def names_in(path: Path) -> list[str]:
    """Return the names of the variables of a file without faults."""
    return [element.name for element in _elements(path, ()) if element.name]


def unpacked_bytes(path: Path, names: Sequence[str]) -> int:
    """Return how much memory the named variables of a file without faults take when they are read."""
    return sum(element.size for element in _elements(path, names) if element.name in names)


def _elements(path: Path, names: Sequence[str]) -> Iterator[_Element]:
    with path.open("rb") as file:
        if order := byte_order(file.read(HEADER_BYTES)):
            yield from _elements_of(file, order, path.stat().st_size, names)
        else:
            yield _Element("it has no header of a MATLAB v5 or v7 file")


def _elements_of(file: BinaryIO, order: str, size: int, names: Sequence[str]) -> Iterator[_Element]:
    at, count = HEADER_BYTES, 0
    while at + TAG_BYTES <= size:
        if count == MAX_ELEMENTS:
            yield _Element(f"more variables than can be looked through (allowed: at most {MAX_ELEMENTS:,})")
            return
        file.seek(at)
        kind, length = struct.unpack(f"{order}II", file.read(TAG_BYTES))
        left = size - at - TAG_BYTES
        if length > left:
            yield _Element(f"an element declares {length:,} bytes, but only {left:,} are left")
            return
        yield _element(file.read(min(length, PREFIX_BYTES)), kind, length, order, names)
        at, count = at + TAG_BYTES + length, count + 1


def _element(prefix: bytes, kind: int, length: int, order: str, names: Sequence[str]) -> _Element:
    size = length
    if kind == COMPRESSED:
        try:
            prefix = zlib.decompressobj().decompress(prefix, PREFIX_BYTES)
        except zlib.error as error:
            return _Element(f"a compressed element cannot be decompressed ({error})")
        if len(prefix) < TAG_BYTES:
            return _Element("a compressed element is empty")
        kind, size = struct.unpack(f"{order}II", prefix[:TAG_BYTES])
        if size > length * MAX_EXPANSION:
            return _Element(f"a compressed element of {length:,} bytes declares {size:,} bytes")
        prefix = prefix[TAG_BYTES:]
    if kind != MATRIX:
        return _Element(f"an element of type {kind} is no variable")
    return _matrix(prefix, size, order, names)


def _matrix(prefix: bytes, size: int, order: str, names: Sequence[str]) -> _Element:
    """Check the first parts of a matrix: array flags, dimensions, name, and type and size of its numbers."""
    try:
        (_, flags, _), (_, dimensions, _), (_, raw_name, _), (data_type, _, declared) = islice(_parts(prefix, order), 4)
    except ValueError:
        return _Element("the header of a matrix is incomplete")
    count = len(dimensions) // 4
    items = math.prod(struct.unpack(f"{order}{count}I", dimensions[: count * 4]))
    name = raw_name.decode("latin1")
    if items > size:
        return _Element(f"a matrix declares {items:,} numbers in {size:,} bytes")
    fault = _kind_fault(name, flags, data_type, order) if name in names else ""
    if not fault and name in names and declared > size:
        fault = f"the numbers of a matrix of {size:,} bytes declare {declared:,} bytes"
    return _Element(fault, name, size)


def _kind_fault(name: str, flags: bytes, data_type: int, order: str) -> str:
    (word,) = struct.unpack(f"{order}I", flags[:4].ljust(4, b"\0"))
    what = OTHER_CLASSES.get(word & 0xFF, "" if word & 0xFF in REAL_CLASSES else f"of class {word & 0xFF}")
    if not what and word & COMPLEX:
        what = "complex"
    if not what and data_type not in REAL_TYPES:
        what = f"of data type {data_type}"
    return f"{name} is {what} {ALLOWED}" if what else ""


def _parts(prefix: bytes, order: str) -> Iterator[tuple[int, bytes, int]]:
    """Yield type, bytes and declared size of the elements inside a matrix, as far as the prefix contains them."""
    at = 0
    while at + TAG_BYTES <= len(prefix):
        kind, length = struct.unpack(f"{order}II", prefix[at : at + TAG_BYTES])
        if kind >> 16:
            # Up to four bytes of data are stored in the tag itself.
            kind, length = kind & 0xFFFF, kind >> 16
            yield kind, prefix[at + 4 : at + 4 + min(length, 4)], length
            at += TAG_BYTES
        else:
            yield kind, prefix[at + TAG_BYTES : at + TAG_BYTES + length], length
            at += TAG_BYTES + -(-length // 8) * 8
