"""The object headers of an HDF5 file as ``write_run`` makes them, read from the bytes of the file.

HDF5 needs several calls for each attribute and each array, which take most of the time when thousands of run files are
read. This module decodes the few kinds of header messages that a run file has (HDF5 File Format Specification 3.0,
section IV.A) and raises UnfamiliarError for anything else. Such a file is then read, or refused, with HDF5 itself.
"""

import struct
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from h5py import h5t

from mihash_bench.store._attributes import ATTRIBUTE_CHARACTERS, Plain, plain
from mihash_bench.store._walk import MAX_RANK

_EMPTY, _DATASPACE, _DATATYPE, _FILL, _LAYOUT, _ATTRIBUTE, _CONTINUATION, _SYMBOLS = 0, 1, 3, 5, 8, 12, 16, 17
_OF_ARRAY = {_EMPTY, _DATASPACE, _DATATYPE, _FILL, _LAYOUT}
_OF_ROOT = {_EMPTY, _ATTRIBUTE, _SYMBOLS}
_CONTIGUOUS = (3, 1)
_NOWHERE = 2**64 - 1
# More than any run file has, so that pieces that lead to each other come to an end.
_MAX_MESSAGES = 5_000
_MAX_HEAP = 2**20
_SHARED = 2

_PREFIX = struct.Struct("<BxHII4x")
_MESSAGE = struct.Struct("<HHB3x")
_PIECE = struct.Struct("<QQ")
_DIMENSIONS = struct.Struct("<BBB5x")
_ATTRIBUTE_SIZES = struct.Struct("<BxHHH")
_PLACE = struct.Struct("<BBQQ")
_HEAP = struct.Struct("<4sB3xQ")
_HEAP_OBJECT = struct.Struct("<HH4xQ")
_TEXT_PLACE = struct.Struct("<IQI")

_SHAPES = {rank: struct.Struct(f"<{rank}Q") for rank in range(1, MAX_RANK + 1)}

_SINGLE = bytes([1, 0, 0, 0, 0, 0, 0, 0])
# A text of variable length in UTF-8. In the file it takes 16 bytes: its length and its place in a heap.
_TEXT = bytes.fromhex("19010100 10000000 1000000001000000 00000800 00000000")


class UnfamiliarError(Exception):
    """The file is not laid out as ``write_run`` lays it out. It may be valid all the same."""


class Extent(NamedTuple):
    """The shape and type of an array, its first byte in the file (0 if it has none), and its size in bytes."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    offset: int
    stored: int


def _encoded(dtype: np.dtype[Any]) -> bytes:
    """Return the datatype message of a type. HDF5 puts two bytes in front that say what is encoded."""
    message = bytes(h5t.py_create(dtype, logical=True).encode()[2:])
    return message + bytes(-len(message) % 8)


_NUMBERS = {_encoded(dtype): dtype for dtype in map(np.dtype, ("<f8", "<i8", "<f4", "<i4", "<u8", "<u4", "u1", "?"))}


class Headers:
    """Object headers of version 1. Addresses count from ``base``, where the HDF5 part of the content begins."""

    def __init__(self, content: bytes, base: int) -> None:
        self.content, self._base = content, base
        self._heaps: dict[int, dict[int, tuple[int, int]]] = {}

    def array(self, address: int) -> Extent:
        """Return what the header of a dataset says."""
        messages = [message for message in self._messages(address, _OF_ARRAY) if message[0] != _EMPTY]
        found = dict(messages)
        if len(found) < len(messages) or not found.keys() >= {_DATASPACE, _DATATYPE, _LAYOUT}:
            raise UnfamiliarError("not one shape, type and place")
        *layout, place, stored = self._unpack(_PLACE, *found[_LAYOUT])
        if tuple(layout) != _CONTIGUOUS:
            raise UnfamiliarError("another storage")
        dtype = _NUMBERS.get(self._bytes(*found[_DATATYPE]))
        if dtype is None:
            raise UnfamiliarError("another type")
        return Extent(self._shape(*found[_DATASPACE]), dtype, 0 if place == _NOWHERE else place + self._base, stored)

    def attributes(self, address: int) -> dict[str, Plain]:
        """Return the attributes in the header of the root group in alphabetical order."""
        messages = [message for kind, message in self._messages(address, _OF_ROOT) if kind == _ATTRIBUTE]
        found = dict(sorted(self._attribute(*message) for message in messages))
        if len(found) < len(messages):
            raise UnfamiliarError("an attribute that stands twice")
        return {name.decode(): value for name, value in found.items()}

    def _messages(self, address: int, allowed: set[int]) -> Iterator[tuple[int, tuple[int, int]]]:
        """Yield the kind of each message, and its first byte and size."""
        version, declared, references, size = self._unpack(_PREFIX, address + self._base, _PREFIX.size)
        if version != 1 or references != 1 or declared > _MAX_MESSAGES:
            raise UnfamiliarError("another object header")
        pieces, count = [(address + self._base + _PREFIX.size, size)], 0
        for start, length in pieces:
            place, end = start, start + length
            while place < end:
                kind, taken, flags = self._unpack(_MESSAGE, place, _MESSAGE.size)
                place += _MESSAGE.size
                count += 1
                if count > declared:
                    raise UnfamiliarError("more messages than declared")
                if kind == _CONTINUATION:
                    more, extent = self._unpack(_PIECE, place, taken)
                    pieces.append((more + self._base, extent))
                elif kind not in allowed or flags & _SHARED or place + taken > end:
                    raise UnfamiliarError("another message")
                else:
                    yield kind, (place, taken)
                place += taken
        if count < declared:
            raise UnfamiliarError("fewer messages than declared")

    def _attribute(self, start: int, size: int) -> tuple[bytes, Plain]:
        """Return name and value of an attribute message, whose three parts are each filled up to 8 bytes."""
        version, *sizes = self._unpack(_ATTRIBUTE_SIZES, start, size)
        name, dtype, space, value = self._parts(start + _ATTRIBUTE_SIZES.size, start + size, sizes)
        name = name.rstrip(b"\0")
        if version != 1 or space != _SINGLE or b"\0" in name or sizes[0] != len(name) + 1:
            raise UnfamiliarError("another attribute")
        if dtype == _TEXT:
            return name, self._text(*_TEXT_PLACE.unpack(value[: _TEXT_PLACE.size]))
        if dtype not in _NUMBERS:
            raise UnfamiliarError("an attribute of another type")
        return name, plain(np.frombuffer(value, _NUMBERS[dtype], 1)[0])

    def _parts(self, start: int, end: int, sizes: Sequence[int]) -> Iterator[bytes]:
        for size in sizes:
            taken = size + -size % 8
            yield self._bytes(start, taken)
            start += taken
        if start > end:
            raise UnfamiliarError("an attribute longer than its message")
        yield self._bytes(start, end - start)

    def _text(self, length: int, heap: int, index: int) -> str:
        if not length:
            return ""
        start, size = self._heap(heap).get(index, (0, 0))
        text = self._bytes(start, size)
        if size != length or b"\0" in text or size > ATTRIBUTE_CHARACTERS:
            raise UnfamiliarError("another text")
        return text.decode()

    def _heap(self, address: int) -> dict[int, tuple[int, int]]:
        """Return the first byte and the size of each object of a heap of texts."""
        if address not in self._heaps:
            self._heaps[address] = dict(self._heap_objects(address + self._base))
        return self._heaps[address]

    def _heap_objects(self, start: int) -> Iterator[tuple[int, tuple[int, int]]]:
        signature, version, length = self._unpack(_HEAP, start, _HEAP.size)
        if (signature, version) != (b"GCOL", 1):
            raise UnfamiliarError("another heap")
        place, end = start + _HEAP.size, start + min(length, _MAX_HEAP)
        while place + _HEAP_OBJECT.size <= end:
            index, _, size = self._unpack(_HEAP_OBJECT, place, _HEAP_OBJECT.size)
            if index == 0:
                return
            place += _HEAP_OBJECT.size
            yield index, (place, size)
            place += size + -size % 8

    def _shape(self, start: int, size: int) -> tuple[int, ...]:
        version, rank, flags = self._unpack(_DIMENSIONS, start, size)
        if version != 1 or not 1 <= rank <= MAX_RANK or flags > 1:
            raise UnfamiliarError("another shape")
        return self._unpack(_SHAPES[rank], start + _DIMENSIONS.size, size - _DIMENSIONS.size)

    def _unpack(self, form: struct.Struct, start: int, size: int) -> tuple[Any, ...]:
        if size < form.size or start + form.size > len(self.content):
            raise UnfamiliarError("a part that ends too early")
        return form.unpack_from(self.content, start)

    def _bytes(self, start: int, size: int) -> bytes:
        if start + size > len(self.content):
            raise UnfamiliarError("a part that ends too early")
        return self.content[start : start + size]
