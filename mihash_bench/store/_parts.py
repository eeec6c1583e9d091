"""The attributes of a run file and the places of its arrays.

A file that is laid out as ``write_run`` lays it out is read the fast way, from its object headers. Both ways
give the same for every file that both can read; only HDF5 itself refuses a file.
"""

import struct
from collections.abc import Callable

from mihash_bench.store._attributes import Plain, attributes_of
from mihash_bench.store._bytes import UnfamiliarError
from mihash_bench.store._headers import Headers
from mihash_bench.store._structure import Arrays, structure_of
from mihash_bench.store._walk import arrays_in, hdf5_image
from mihash_bench.store.seal import USER_BLOCK

# What the fast way raises. Whether the file is refused, and why, is left to the other way.
_NOT_QUICK = (UnfamiliarError, struct.error, LookupError, ValueError, TypeError, OverflowError)

Attributes = dict[str, Plain]
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
    structure = structure_of(content)
    attributes = Headers(content, USER_BLOCK).values(structure.attributes)
    if structure.arrays.keys() != set(groups_of(attributes)):
        raise UnfamiliarError("other groups")
    return attributes, structure.arrays
