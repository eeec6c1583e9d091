"""The attributes of a run file and the places of its arrays.

A file that is laid out as ``write_run`` lays it out is read the fast way, from its object headers. Both ways
give the same for every file that both can read; only HDF5 itself refuses a file.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from h5py import h5, h5a, h5f, h5g, h5l, h5o

from mihash_bench.store._attributes import MAX_ATTRIBUTES, Plain, attributes_of
from mihash_bench.store._headers import Headers, UnfamiliarError
from mihash_bench.store._walk import MAX_OBJECTS, StoredArray, arrays_in
from mihash_bench.store.seal import USER_BLOCK

# What the quick way and h5py raise. Whether the file is refused, and why, is left to the other way.
_NOT_QUICK = (UnfamiliarError, OSError, LookupError, RuntimeError, ValueError, TypeError)

Arrays = Mapping[str, Mapping[str, StoredArray]]


def read_attributes(file: h5f.FileID, content: bytes) -> dict[str, Plain]:
    """Return the attributes of a run file in alphabetical order. Raises InputError as ``attributes_of`` does."""
    try:
        return quick_attributes(file, content)
    except _NOT_QUICK:
        return attributes_of(file)


def find_arrays(file: h5f.FileID, content: bytes, groups: tuple[str, ...]) -> Arrays:
    """Return the arrays of all groups of a run file; no value is read. Raises InputError as ``arrays_in`` does."""
    try:
        return quick_arrays(file, content, groups)
    except _NOT_QUICK:
        return arrays_in(file, len(content), groups)


def quick_attributes(file: h5f.FileID, content: bytes) -> dict[str, Plain]:
    """Return the same from the object headers. Raises UnfamiliarError for all that ``write_run`` does not write."""
    found = Headers(content, USER_BLOCK).attributes(h5o.get_info(h5g.open(file, b"/")).addr)
    if len(found) > MAX_ATTRIBUTES:
        raise UnfamiliarError("more attributes")
    return found


def quick_arrays(file: h5f.FileID, content: bytes, groups: tuple[str, ...]) -> Arrays:
    """Return the same from the object headers. Raises UnfamiliarError for all that ``write_run`` does not write."""
    headers, root = Headers(content, USER_BLOCK), h5g.open(file, b"/")
    found = dict(_links(root, h5.INDEX_NAME))
    if found.keys() != set(groups):
        raise UnfamiliarError("other groups")
    opened = {name: h5g.open(root, name.encode()) for name in found}
    if any(h5a.get_num_attrs(group) for group in opened.values()):
        raise UnfamiliarError("attributes of a group")
    links = {name: dict(_links(group, h5.INDEX_CRT_ORDER)) for name, group in opened.items()}
    addresses = [*found.values(), *(address for columns in links.values() for address in columns.values())]
    if len(set(addresses)) < len(addresses) or len(addresses) >= MAX_OBJECTS:
        raise UnfamiliarError("an object with two names, or too many objects")
    stored = {name: {each: _array(headers, links[name][each]) for each in links[name]} for name in links}
    # Arrays with bytes in common would be as many arrays as wanted from a small file.
    if sum(array.nbytes for columns in stored.values() for array in columns.values()) > len(content):
        raise UnfamiliarError("more arrays than bytes")
    return stored


def _links(group: h5g.GroupID, order: int) -> Iterator[tuple[str, int]]:
    """Yield name and address of each object of a group."""
    if group.get_num_objs() > MAX_OBJECTS:
        raise UnfamiliarError("more objects")
    found: list[tuple[bytes, Any]] = []
    group.links.iterate(lambda name, about: found.append((name, (about.type, about.u))), idx_type=order, info=True)
    for name, (kind, address) in found:
        if kind != h5l.TYPE_HARD:
            raise UnfamiliarError("a link")
        yield name.decode(), address


def _array(headers: Headers, address: int) -> StoredArray:
    extent = headers.array(address)
    stored = StoredArray(extent.offset, extent.shape, extent.dtype)
    size = stored.nbytes
    if extent.stored != size or extent.offset + size > len(headers.content) or (size and not extent.offset):
        raise UnfamiliarError("another size")
    return stored
