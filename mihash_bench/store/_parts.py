"""The attributes of a run file and the places of its arrays, read the fast way if the file is as ``write_run`` makes it.

Both ways give the same for every file that both can read; only HDF5 itself refuses a file.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from h5py import h5, h5f, h5g, h5l, h5o

from mihash_bench.store._attributes import MAX_ATTRIBUTES, Plain, attributes_of
from mihash_bench.store._headers import Headers, UnfamiliarError
from mihash_bench.store._walk import MAX_OBJECTS, StoredArray, arrays_in
from mihash_bench.store.seal import USER_BLOCK

Arrays = Mapping[str, Mapping[str, StoredArray]]


def parts_of(file: h5f.FileID, content: bytes, groups: tuple[str, ...]) -> tuple[dict[str, Plain], Arrays]:
    """Return the attributes, in alphabetical order, and the arrays of all groups of a run file.

    Raises InputError as ``attributes_of`` and ``arrays_in`` do.
    """
    try:
        return quick_parts(file, content, groups)
    except (UnfamiliarError, UnicodeDecodeError):
        stored = arrays_in(file, len(content), groups)
        return attributes_of(file), stored


def quick_parts(file: h5f.FileID, content: bytes, groups: tuple[str, ...]) -> tuple[dict[str, Plain], Arrays]:
    """Return the same from the object headers. Raises UnfamiliarError for all that ``write_run`` does not write."""
    headers = Headers(content, USER_BLOCK)
    root = h5g.open(file, b"/")
    found = dict(_links(root, h5.INDEX_NAME))
    if found.keys() != set(groups):
        raise UnfamiliarError("other groups")
    stored = {name: _arrays(root, name, headers) for name in sorted(groups)}
    arrays = [array for columns in stored.values() for array in columns.values()]
    # Arrays with bytes in common would be as many arrays as wanted from a small file.
    if sum(array.nbytes for array in arrays) > len(content) or len(arrays) > MAX_OBJECTS - len(groups) - 1:
        raise UnfamiliarError("more arrays than bytes")
    attributes = headers.attributes(h5o.get_info(root).addr)
    if len(attributes) > MAX_ATTRIBUTES:
        raise UnfamiliarError("more attributes")
    return attributes, stored


def _arrays(root: h5g.GroupID, group: str, headers: Headers) -> dict[str, StoredArray]:
    links = dict(_links(h5g.open(root, group.encode()), h5.INDEX_CRT_ORDER))
    if len(set(links.values())) < len(links):
        raise UnfamiliarError("an object with two names")
    return {name: _array(headers, address) for name, address in links.items()}


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
