"""The object headers of an HDF5 file as ``write_run`` makes them, read from the bytes of the file.

HDF5 needs several calls for each attribute and each array, which take most of the time when thousands of run files are
read. This module decodes the few kinds of header messages that a run file has (HDF5 File Format Specification 3.0,
section IV.A) and raises UnfamiliarError for anything else. Such a file is then read, or refused, with HDF5 itself.
"""

import struct
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import numpy as np
from h5py import h5t

from mihash_bench.store._attributes import ATTRIBUTE_CHARACTERS, Plain, plain
from mihash_bench.store._bytes import NOWHERE, Bytes, Span, UnfamiliarError
from mihash_bench.store._walk import MAX_RANK, StoredArray

_EMPTY, _DATASPACE, _DATATYPE, _FILL, _LAYOUT, _ATTRIBUTE, _CONTINUATION, _SYMBOLS = 0, 1, 3, 5, 8, 12, 16, 17
_OF_ARRAY = {_EMPTY, _DATASPACE, _DATATYPE, _FILL, _LAYOUT}
_OF_ROOT = {_EMPTY, _ATTRIBUTE, _SYMBOLS, _CONTINUATION}
_CONTIGUOUS = (3, 1)
# More than any run file has, so that pieces that lead to each other come to an end.
_MAX_MESSAGES = 5_000
_MAX_HEAP = 2**20
_MAX_ARRAY_HEADER = _MAX_ATTRIBUTE_HEAD = 1_024
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


def _encoded(dtype: np.dtype[Any]) -> bytes:
    """Return the datatype message of a type. HDF5 puts two bytes in front that say what is encoded."""
    message = bytes(h5t.py_create(dtype, logical=True).encode()[2:])
    return message + bytes(-len(message) % 8)


# The name of an attribute, the type of its number or None if it is a text, and the first byte of its value.
AttributePlace = tuple[str, np.dtype[Any] | None, int]

_NUMBERS = {_encoded(dtype): dtype for dtype in map(np.dtype, ("<f8", "<i8", "<f4", "<i4", "<u8", "<u4", "u1", "?"))}


class Headers(Bytes):
    """Object headers of version 1."""

    def __init__(self, content: bytes, base: int, read: list[Span] | None = None) -> None:
        super().__init__(content, base, read)
        self._heaps: dict[int, dict[int, tuple[int, int]]] = {}

    def array(self, address: int) -> tuple[StoredArray, int]:
        """Return what the header of a dataset says, and the number of bytes that the array takes."""
        start = address + self.base
        *_, size = self.unpack(_PREFIX, start)
        if size > _MAX_ARRAY_HEADER:
            raise UnfamiliarError("a longer header")
        stored, nbytes = _array_of(self.part(start, _PREFIX.size + size), self.base)
        if stored.offset + nbytes > len(self.content):
            raise UnfamiliarError("an array that ends after the file")
        return stored, nbytes

    def attributes(self, address: int) -> tuple[tuple[AttributePlace, ...], list[bytes]]:
        """Return the attributes in the header of the root group in alphabetical order, and its tables of symbols.

        No value of an attribute is looked at.
        """
        messages = list(self.messages(address, _OF_ROOT))
        stored = [self._attribute(*place) for kind, place in messages if kind == _ATTRIBUTE]
        if len({name for name, *_ in stored}) < len(stored):
            raise UnfamiliarError("an attribute that stands twice")
        symbols = [self.part(*place) for kind, place in messages if kind == _SYMBOLS]
        by_name = sorted(stored, key=lambda attribute: attribute[0])
        return tuple((name.decode(), dtype, place) for name, dtype, place in by_name), symbols

    def values(self, places: Iterable[AttributePlace]) -> dict[str, Plain]:
        """Return attributes with their values."""
        return {name: self._value(dtype, place) for name, dtype, place in places}

    def _value(self, dtype: np.dtype[Any] | None, place: int) -> Plain:
        if dtype is None:
            return self._text(*_TEXT_PLACE.unpack_from(self.content, place))
        return plain(np.frombuffer(self.content, dtype, 1, place)[0])

    def messages(self, address: int, allowed: set[int]) -> Iterator[tuple[int, tuple[int, int]]]:
        """Yield the kind of each message, and its first byte and size."""
        version, declared, references, size = self.unpack(_PREFIX, address + self.base)
        if version != 1 or references != 1 or declared > _MAX_MESSAGES:
            raise UnfamiliarError("another object header")
        pieces, count = [(address + self.base + _PREFIX.size, size)], 0
        for start, length in pieces:
            place, end = start, start + length
            while place < end:
                kind, taken, flags = self.unpack(_MESSAGE, place)
                place += _MESSAGE.size
                count += 1
                if count > declared:
                    raise UnfamiliarError("more messages than declared")
                if kind not in allowed or flags & _SHARED or place + taken > end:
                    raise UnfamiliarError("another message")
                if kind == _CONTINUATION:
                    more, extent = _PIECE.unpack(self.part(place, min(taken, _PIECE.size)))
                    pieces.append((more + self.base, extent))
                else:
                    yield kind, (place, taken)
                place += taken
        if count < declared:
            raise UnfamiliarError("fewer messages than declared")

    def _attribute(self, start: int, size: int) -> tuple[bytes, np.dtype[Any] | None, int]:
        """Return name, type and place of an attribute, whose message has three parts each filled up to 8 bytes."""
        before = _before_value(self.part(start, _ATTRIBUTE_SIZES.size))
        name, dtype = _name_and_type(self.part(start, before))
        if before + (_TEXT_PLACE.size if dtype is None else dtype.itemsize) > size:
            raise UnfamiliarError("an attribute longer than its message")
        return name, dtype, start + before

    def _text(self, length: int, heap: int, index: int) -> str:
        if not length:
            return ""
        objects = self._heaps.get(heap)
        if objects is None:
            objects = self._heaps[heap] = dict(self._heap_objects(heap + self.base))
        start, size = objects.get(index, (0, 0))
        text = self.content[start : start + size]
        if not size == len(text) == length or b"\0" in text or size > ATTRIBUTE_CHARACTERS:
            raise UnfamiliarError("another text")
        return text.decode()

    def _heap_objects(self, start: int) -> Iterator[tuple[int, tuple[int, int]]]:
        """Yield the number, and the first byte and size, of each object of a heap of texts."""
        signature, version, length = self.unpack(_HEAP, start)
        if (signature, version) != (b"GCOL", 1):
            raise UnfamiliarError("another heap")
        place, end = start + _HEAP.size, start + min(length, _MAX_HEAP)
        content, unpack, header = self.content, _HEAP_OBJECT.unpack_from, _HEAP_OBJECT.size
        while place + header <= end:
            index, _, size = unpack(content, place)
            if index == 0:
                return
            place += header
            yield index, (place, size)
            place += size + -size % 8


# The headers of the files of a sweep are alike.
@lru_cache(maxsize=1_000)
def _before_value(sizes: bytes) -> int:
    """Return the size of an attribute message up to its value, from the first bytes of the message."""
    _, *parts = _ATTRIBUTE_SIZES.unpack(sizes)
    before: int = _ATTRIBUTE_SIZES.size + sum(part + -part % 8 for part in parts)
    if before > _MAX_ATTRIBUTE_HEAD:
        raise UnfamiliarError("a longer attribute")
    return before


@lru_cache(maxsize=1_000)
def _name_and_type(head: bytes) -> tuple[bytes, np.dtype[Any] | None]:
    """Return the name of an attribute and the type of its number, or None if it is a text; from all but its value."""
    version, *sizes = _ATTRIBUTE_SIZES.unpack_from(head)
    parts, start = list[bytes](), _ATTRIBUTE_SIZES.size
    for size in sizes:
        parts.append(head[start : start + size + -size % 8])
        start += len(parts[-1])
    name, dtype, space = parts
    name = name.rstrip(b"\0")
    if version != 1 or space != _SINGLE or b"\0" in name or sizes[0] != len(name) + 1:
        raise UnfamiliarError("another attribute")
    if dtype != _TEXT and dtype not in _NUMBERS:
        raise UnfamiliarError("an attribute of another type")
    return name, _NUMBERS.get(dtype)


@lru_cache(maxsize=5_000)
def _array_of(header: bytes, base: int) -> tuple[StoredArray, int]:
    """Return the array that a whole header describes, and the number of bytes that it takes."""
    whole = Headers(header, 0)
    messages = [message for message in whole.messages(0, _OF_ARRAY) if message[0] != _EMPTY]
    found = {kind: whole.part(*place) for kind, place in messages}
    if len(found) < len(messages) or not found.keys() >= {_DATASPACE, _DATATYPE, _LAYOUT}:
        raise UnfamiliarError("not one shape, type and place")
    *layout, place, size = _PLACE.unpack_from(found[_LAYOUT])
    dtype = _NUMBERS.get(found[_DATATYPE])
    if tuple(layout) != _CONTIGUOUS or dtype is None:
        raise UnfamiliarError("another storage or type")
    stored = StoredArray(0 if place == NOWHERE else place + base, _shape(found[_DATASPACE]), dtype)
    if size != stored.nbytes or (size and not stored.offset):
        raise UnfamiliarError("another size")
    return stored, size


def _shape(message: bytes) -> tuple[int, ...]:
    version, rank, flags = _DIMENSIONS.unpack_from(message)
    if version != 1 or not 1 <= rank <= MAX_RANK or flags > 1:
        raise UnfamiliarError("another shape")
    return _SHAPES[rank].unpack_from(message, _DIMENSIONS.size)
