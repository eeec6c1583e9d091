"""The groups of an HDF5 file as ``write_run`` makes them, read from the bytes of the file.

The root group has the form of old files: a B-tree and a heap of names (HDF5 File Format Specification 3.0, sections
III.A.1, III.B, III.C and III.D). The groups in it keep the order of their links, which are in the header of the group
or, if they are many, in a fractal heap with a B-tree of version 2 (sections III.A.2, III.G and IV.A). UnfamiliarError
is raised for anything else. The checksums of these parts are not looked at, because the seal of a run file covers all
of its bytes. What some bytes mean is remembered, because the files of a sweep are alike.
"""

import struct
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from mihash_bench.store._bytes import NOWHERE, Bytes, UnfamiliarError

_NIL, _LINK_INFO, _LINK, _GROUP_INFO, _CONTINUATION = 0, 2, 6, 10, 16
_SHARED = 2
# Longer parts than this are not those of a run file.
_LONGEST = 4_096
_MAX_PIECES = 20
_CHECKSUM = 4

# Version 0 with addresses and sizes of 8 bytes, and nodes of the usual size.
_SUPERBLOCK = bytes.fromhex("894844460d0a1a0a 0000000000080800 0400100000000000")
_ADDRESSES = struct.Struct("<QQQQ")
_ROOT = struct.Struct("<QQI4xQQ")
_SYMBOL_TREE = struct.Struct("<4sBBHQQQQQ")
_NAMES = struct.Struct("<4sB3xQQQ")
_SYMBOL_NODE = struct.Struct("<4sBxH")
_SYMBOL = struct.Struct("<QQI4x16x")
_HARD = 0

# The header of a group without times and with an order of attributes. Its size takes one byte.
_GROUP = struct.Struct("<6sB")
_USUAL_GROUP = b"OHDR\x02\x0c"
_MESSAGE = struct.Struct("<BHBxx")
_INFO = struct.Struct("<BBQQQQ")
_WITH_ORDER = (0, 3)
_PIECE = struct.Struct("<QQ")
# A hard link with its order and a name in ASCII of at most 255 bytes.
_LINK_HEAD = struct.Struct("<BBQB")
_USUAL_LINK = (1, 4)
_ADDRESS = struct.Struct("<Q")

# A heap in one block, with checksums. Addresses in it take 4 bytes, and lengths 2.
_HEAP = struct.Struct("<4sBHHBI96xHQQHHQH4x")
_BLOCK_SIZE = 512
_USUAL_HEAP = (b"FRHP", 0, 7, 0, 2, 4_096, 4, _BLOCK_SIZE, 65_536, 32, 1)
_BLOCK = struct.Struct("<4sBQI4x")
_ORDER_TREE = struct.Struct("<4sBBIHHxxQHQ4x")
_BY_ORDER = 6
_LEAF = struct.Struct("<4sBB")
_RECORD = struct.Struct("<QBIH")

# The order of a link in its group, its name, and the address of its object.
_Link = tuple[int, bytes, int]


class _Piece(NamedTuple):
    """What a part of a group's header says. heaps: the addresses of a heap of links and of its B-tree by order."""

    links: tuple[_Link, ...]
    heaps: tuple[tuple[int, int], ...]
    more: tuple[tuple[int, int], ...]


class Groups(Bytes):
    """The links of the groups of a file."""

    def root(self) -> tuple[int, int, int]:
        """Return the addresses of the root group, of its B-tree, and of its heap of names."""
        start = self.base + len(_SUPERBLOCK)
        name, address, kind, tree, heap = self.unpack(_ROOT, start + _ADDRESSES.size)
        found = self.part(self.base, len(_SUPERBLOCK)), self.unpack(_ADDRESSES, start), name, kind
        if found != (_SUPERBLOCK, (self.base, NOWHERE, len(self.content), NOWHERE), 0, 1):
            raise UnfamiliarError("another superblock")
        return address, tree, heap

    def of_root(self, tree: int, heap: int) -> dict[str, int]:
        """Return the names and addresses of the objects of the root group in alphabetical order."""
        *form, _, node, _ = self.unpack(_SYMBOL_TREE, tree + self.base)
        *kind, size, _, data = self.unpack(_NAMES, heap + self.base)
        *version, count = self.unpack(_SYMBOL_NODE, node + self.base)
        if (form, kind, version) != ([b"TREE", 0, 0, 1, NOWHERE, NOWHERE], [b"HEAP", 0], [b"SNOD", 1]):
            raise UnfamiliarError("another table of symbols")
        names = self.part(data + self.base, min(size, _LONGEST))
        first = node + self.base + _SYMBOL_NODE.size
        found = [self._symbol(names, first + number * _SYMBOL.size) for number in range(count)]
        if [name for name, _ in found] != sorted(name for name, _ in found):
            raise UnfamiliarError("names in another order")
        return _unique(found)

    def _symbol(self, names: bytes, start: int) -> tuple[bytes, int]:
        place, address, kind = self.unpack(_SYMBOL, start)
        if kind != _HARD:
            raise UnfamiliarError("a link")
        return names[place : names.index(b"\0", place)], address

    def below(self, address: int) -> dict[str, int]:
        """Return the names and addresses of the objects of a group below the root group, in their order."""
        start = address + self.base
        form, size = self.unpack(_GROUP, start)
        if form != _USUAL_GROUP:
            raise UnfamiliarError("another group")
        pieces = [_piece(self.part(start + _GROUP.size, size))]
        for piece in pieces:
            pieces += [_piece(self._continued(*place)) for place in piece.more]
            if len(pieces) > _MAX_PIECES:
                raise UnfamiliarError("more pieces")
        links = [link for piece in pieces for link in piece.links]
        heaps = [heap for piece in pieces for heap in piece.heaps]
        if len(heaps) != 1 or (links and heaps[0] != (NOWHERE, NOWHERE)):
            raise UnfamiliarError("links of two kinds")
        if heaps[0] != (NOWHERE, NOWHERE):
            links = list(self._in_heap(*heaps[0]))
        return _unique([(name, address) for _, name, address in sorted(links)])

    def _continued(self, address: int, size: int) -> bytes:
        block = self.part(address + self.base, size)
        if block[:4] != b"OCHK":
            raise UnfamiliarError("another continuation")
        return block[4:-_CHECKSUM]

    def _in_heap(self, heap: int, order: int) -> tuple[_Link, ...]:
        *form, root, rows = self.unpack(_HEAP, heap + self.base)
        if tuple(form) != _USUAL_HEAP or rows:
            raise UnfamiliarError("another heap")
        *kind, size, record, depth, leaf, count, total = self.unpack(_ORDER_TREE, order + self.base)
        used = _LEAF.size + count * _RECORD.size
        if (*kind, record, depth, total) != (b"BTHD", 0, _BY_ORDER, _RECORD.size, 0, count) or used + _CHECKSUM > size:
            raise UnfamiliarError("another B-tree")
        block, owner = self.part(root + self.base, _BLOCK_SIZE), (b"FHDB", 0, heap, 0)
        if _BLOCK.unpack_from(block) != owner:
            raise UnfamiliarError("another block")
        return _links_in(block, self.part(leaf + self.base, used))


# Files of a folder have few different headers. Each takes at most some kilobytes.
@lru_cache(maxsize=1_000)
def _links_in(block: bytes, leaf: bytes) -> tuple[_Link, ...]:
    if _LEAF.unpack_from(leaf) != (b"BTLF", 0, _BY_ORDER):
        raise UnfamiliarError("another leaf")
    return tuple(_link_in(block, *record) for record in _RECORD.iter_unpack(leaf[_LEAF.size :]))


def _link_in(block: bytes, order: int, kind: int, start: int, size: int) -> _Link:
    link = _link(block[start : start + size])
    if kind or start < _BLOCK.size or link[0] != order:
        raise UnfamiliarError("another record")
    return link


@lru_cache(maxsize=1_000)
def _piece(messages: bytes) -> _Piece:
    """Return what a part of the header of a group says, whose last bytes may be a gap too short for a message."""
    if len(messages) > _LONGEST:
        raise UnfamiliarError("a longer header")
    links, heaps, more, place = list[_Link](), list[tuple[int, int]](), list[tuple[int, int]](), 0
    while place + _MESSAGE.size <= len(messages):
        kind, size, flags = _MESSAGE.unpack_from(messages, place)
        place += _MESSAGE.size
        message = messages[place : place + size]
        place += size
        if flags & _SHARED or len(message) < size or kind not in (_NIL, _LINK_INFO, _LINK, _GROUP_INFO, _CONTINUATION):
            raise UnfamiliarError("another message")
        if kind == _LINK:
            links.append(_link(message))
        elif kind == _CONTINUATION:
            more.append(_PIECE.unpack(message))
        elif kind == _LINK_INFO:
            heaps.append(_heap(message))
    return _Piece(tuple(links), tuple(heaps), tuple(more))


def _heap(message: bytes) -> tuple[int, int]:
    *form, _, heap, _, order = _INFO.unpack(message)
    if tuple(form) != _WITH_ORDER:
        raise UnfamiliarError("links without order")
    return heap, order


def _link(message: bytes) -> _Link:
    *form, order, length = _LINK_HEAD.unpack_from(message)
    name, address = message[_LINK_HEAD.size : -_ADDRESS.size], message[-_ADDRESS.size :]
    if tuple(form) != _USUAL_LINK or len(name) != length or b"\0" in name:
        raise UnfamiliarError("another link")
    return order, name, _ADDRESS.unpack(address)[0]


def _unique(found: Sequence[tuple[bytes, int]]) -> dict[str, int]:
    links = {name.decode("ascii"): address for name, address in found}
    # HDF5 takes a dot for the group itself, and a slash for the end of the name of a group.
    if len(links) < len(found) or any(name in ("", ".") or "/" in name for name in links):
        raise UnfamiliarError("a name that stands twice or is none")
    return links
