"""The attributes of a run file and the places of its arrays.

A file that is laid out as ``write_run`` lays it out is read the fast way, from its object headers. Both ways
give the same for every file that both can read; only HDF5 itself refuses a file.
"""

import struct
from collections.abc import Callable, Mapping

from mihash_bench.store._attributes import MAX_ATTRIBUTES, Plain, attributes_of
from mihash_bench.store._bytes import UnfamiliarError
from mihash_bench.store._groups import Groups
from mihash_bench.store._headers import Headers
from mihash_bench.store._walk import MAX_OBJECTS, StoredArray, arrays_in, hdf5_image
from mihash_bench.store.seal import USER_BLOCK

# What the fast way raises. Whether the file is refused, and why, is left to the other way.
_NOT_QUICK = (UnfamiliarError, struct.error, LookupError, ValueError, TypeError, OverflowError)

Attributes = dict[str, Plain]
Arrays = Mapping[str, Mapping[str, StoredArray]]
# Is given the attributes and returns the groups that the file must have.
GroupsOf = Callable[[Attributes], tuple[str, ...]]


def read_parts(content: bytes, groups_of: GroupsOf) -> tuple[Attributes, Arrays]:
    """Return the attributes of a run file in alphabetical order, and the arrays of all groups; no value is read.

    Raises InputError as ``attributes_of`` and ``arrays_in`` do.
    """
    try:
        return quick_parts(content, groups_of)
    except _NOT_QUICK:
        return usual_parts(content, groups_of)


def usual_parts(content: bytes, groups_of: GroupsOf) -> tuple[Attributes, Arrays]:
    """Return the same with HDF5 itself."""
    with hdf5_image(content) as file:
        attributes = attributes_of(file)
        return attributes, arrays_in(file, len(content), groups_of(attributes))


def quick_parts(content: bytes, groups_of: GroupsOf) -> tuple[Attributes, Arrays]:
    """Return the same from the bytes of the file. Raises one of ``_NOT_QUICK`` for all that is written otherwise."""
    groups, headers = Groups(content, USER_BLOCK), Headers(content, USER_BLOCK)
    root, *table = groups.root()
    attributes, symbols = headers.attributes(root)
    if len(attributes) > MAX_ATTRIBUTES or symbols != [struct.pack("<QQ", *table)]:
        raise UnfamiliarError("more attributes, or another table of symbols")
    top = groups.of_root(*table)
    if top.keys() != set(groups_of(attributes)):
        raise UnfamiliarError("other groups")
    links = {name: groups.below(address) for name, address in top.items()}
    addresses = [root, *top.values(), *(address for columns in links.values() for address in columns.values())]
    if len(set(addresses)) < len(addresses) or len(addresses) > MAX_OBJECTS:
        raise UnfamiliarError("an object with two names, or too many objects")
    return attributes, _arrays(headers, links)


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
