"""Where the attributes and arrays of a run file are, remembered for files that have the same structure.

The files of a sweep differ in values, and hardly in where these are. The bytes from which a structure was read are
kept with it. A file of the same size with the same bytes in these places has the same structure.
"""

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mihash_bench.store._attributes import MAX_ATTRIBUTES
from mihash_bench.store._bytes import Span, UnfamiliarError
from mihash_bench.store._groups import Groups
from mihash_bench.store._headers import AttributePlace, Headers
from mihash_bench.store._walk import MAX_OBJECTS, StoredArray
from mihash_bench.store.seal import USER_BLOCK

# So many structures, each of some kilobytes, are remembered, one for each size of a file.
MOST_STRUCTURES = 500

Arrays = Mapping[str, Mapping[str, StoredArray]]


@dataclass(frozen=True)
class Structure:
    """The places of the attributes, in alphabetical order of their names, and those of the arrays of each group."""

    attributes: tuple[AttributePlace, ...]
    arrays: Arrays


@dataclass(frozen=True)
class _Known:
    """A structure, and the bytes that determine it. spans: where they are, in order and without overlaps."""

    structure: Structure
    spans: tuple[Span, ...]
    found: bytes

    def is_that_of(self, content: bytes) -> bool:
        return _bytes_at(self.spans, content) == self.found


_known: dict[int, _Known] = {}


def structure_of(content: bytes) -> Structure:
    """Return the structure of a file from its bytes. Raises as ``_parts.quick_parts`` does."""
    known = _known.get(len(content))
    if known is None or not known.is_that_of(content):
        read: list[Span] = []
        structure = _read(content, read)
        spans = _joined(read)
        known = _Known(structure, spans, _bytes_at(spans, content))
        if len(_known) >= MOST_STRUCTURES:
            _known.clear()
        _known[len(content)] = known
    return known.structure


def _bytes_at(spans: Iterable[Span], content: bytes) -> bytes:
    return b"".join([content[start:end] for start, end in spans])


def _joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return the same places in order, as few spans as possible."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return tuple(joined)


def _read(content: bytes, read: list[Span]) -> Structure:
    """Read a structure. read: is given the place of everything that is looked at, apart from the size of the file."""
    groups, headers = Groups(content, USER_BLOCK, read), Headers(content, USER_BLOCK, read)
    root, *table = groups.root()
    attributes, symbols = headers.attributes(root)
    if len(attributes) > MAX_ATTRIBUTES or symbols != [struct.pack("<QQ", *table)]:
        raise UnfamiliarError("more attributes, or another table of symbols")
    top = groups.of_root(*table)
    links = {name: groups.below(address) for name, address in top.items()}
    addresses = [root, *top.values(), *(address for columns in links.values() for address in columns.values())]
    if len(set(addresses)) < len(addresses) or len(addresses) > MAX_OBJECTS:
        raise UnfamiliarError("an object with two names, or too many objects")
    return Structure(attributes, _arrays(headers, links))


def _arrays(headers: Headers, links: Mapping[str, Mapping[str, int]]) -> Arrays:
    found: dict[str, dict[str, StoredArray]] = {}
    left = len(headers.content)
    for name, columns in links.items():
        found[name] = {}
        for each, address in columns.items():
            found[name][each], size = headers.array(address)
            left -= size
    # Arrays with bytes in common would be as many arrays as wanted from a small file.
    if left < 0:
        raise UnfamiliarError("more arrays than bytes")
    return found
