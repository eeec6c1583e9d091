"""One walk over all objects of an HDF5 file: where its arrays are stored, or what is not allowed in a run file.

HDF5 can do much more than a run file needs: links out of the file, arrays made of other files, and declarations of
more data than there are. Nothing of this is followed or allocated. Whatever differs from what ``write_run`` writes is
refused.
"""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from h5py import h5, h5d, h5f, h5g, h5l, h5o, h5t
from numpy.typing import NDArray

from mihash_bench.errors import InputError
from mihash_bench.text import one_line

MAX_OBJECTS = 1_000
MAX_RANK = 4
_NAME_CHARACTERS = 80
_NUMBERS = {h5t.INTEGER, h5t.FLOAT, h5t.ENUM}


@dataclass(frozen=True)
class StoredArray:
    """The place, shape and type of an array in the bytes of a file."""

    offset: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def nbytes(self) -> int:
        """The number of bytes that the array takes."""
        return math.prod(self.shape) * self.dtype.itemsize

    def read(self, content: bytes) -> NDArray[Any]:
        """Return a copy of the array. Raises InputError if a boolean is neither 0 nor 1."""
        if 0 in self.shape:
            return np.empty(self.shape, self.dtype)
        stored: NDArray[Any] = np.ndarray(self.shape, self.dtype, content, self.offset)
        if self.dtype.kind == "b" and stored.view(np.uint8).max() > 1:
            raise InputError("not a run file (a boolean is neither 0 nor 1)")
        return stored.copy()


@contextmanager
def hdf5_image(content: bytes) -> Iterator[h5f.FileID]:
    """Open HDF5 content in memory, so that what is read is what was checked."""
    file = h5f.open_file_image(content)
    try:
        yield file
    finally:
        file.close()


def arrays_in(file: h5f.FileID, size: int, groups: tuple[str, ...]) -> Mapping[str, Mapping[str, StoredArray]]:
    """Return the arrays of all groups of a file of ``size`` bytes; no value is read.

    Raises InputError if a group is missing, and for anything but ``groups`` at the top and, in them, datasets of
    numbers that are stored in this file in their declared size: links, objects reached twice, groups in groups,
    virtual, external, compact, chunked or filtered storage, other types, attributes of groups or datasets, more than 4
    dimensions, more than 1,000 objects, or more bytes together than the file has.
    """
    return _Walk(file, size).groups(groups)


class _Walk:
    """The objects reached so far, and the bytes that are not yet taken by arrays."""

    def __init__(self, file: h5f.FileID, size: int) -> None:
        self._root = h5g.open(file, b"/")
        self._size = self._left = size
        self._reached = {h5o.get_info(self._root).addr}

    def groups(self, allowed: tuple[str, ...]) -> dict[str, dict[str, StoredArray]]:
        found = {name: self._group(name, group, allowed) for name, group in self._objects(self._root, "")}
        if missing := set(allowed) - set(found):
            raise InputError(f"not a run file (missing group {', '.join(sorted(missing))})")
        return found

    def _group(self, name: str, found: Any, allowed: tuple[str, ...]) -> dict[str, StoredArray]:
        if name not in allowed or not isinstance(found, h5g.GroupID):
            raise _refused(name, f"does not belong there (allowed: the groups {', '.join(allowed)})")
        return {inner: self._array(f"{name}/{inner}", array) for inner, array in self._objects(found, f"{name}/")}

    def _objects(self, group: h5g.GroupID, where: str) -> Iterator[tuple[str, Any]]:
        """Yield name and object for each link of a group, in the order in which ``write_run`` created them."""
        if group.get_num_objs() > MAX_OBJECTS:
            raise _refused(where or "/", f"has too many objects (allowed: up to {MAX_OBJECTS:,})")
        links, names = group.links, list[bytes]()
        links.iterate(names.append, idx_type=h5.INDEX_CRT_ORDER if where else h5.INDEX_NAME)
        for name in names:
            readable = name.decode()
            if links.get_info(name).type != h5l.TYPE_HARD:
                raise _refused(where + readable, "is a link")
            found = h5o.open(group, name)
            self._reach(found, where + readable)
            yield readable, found

    def _reach(self, found: Any, name: str) -> None:
        about = h5o.get_info(found)
        if about.addr in self._reached:
            raise _refused(name, "is a link to an object that has another name")
        self._reached.add(about.addr)
        if len(self._reached) > MAX_OBJECTS:
            raise _refused(name, f"is one object too many (allowed: up to {MAX_OBJECTS:,})")
        if about.num_attrs:
            raise _refused(name, "has attributes (allowed: none on groups and datasets)")

    def _array(self, name: str, found: Any) -> StoredArray:
        if not isinstance(found, h5d.DatasetID):
            raise _refused(name, "is not a dataset")
        # Before its shape is looked at, because HDF5 opens other files to find the shape of some virtual datasets.
        offset = _offset(name, found)
        stored = StoredArray(offset, _shape(name, found), _dtype(name, found.get_type()))
        size = stored.nbytes
        self._left -= size
        inside = offset + size <= self._size and self._left >= 0
        if found.get_storage_size() != size or not inside or (size and not offset):
            raise _refused(name, "is not a column of numbers: its stored size differs from its declared one")
        # HDF5 gives a place to an array without bytes, which has none.
        return stored if size else replace(stored, offset=0)


def _offset(name: str, found: h5d.DatasetID) -> int:
    """Return where a dataset begins in the file, 0 if it has no bytes. It has a place if it is stored in one piece."""
    offset = found.get_offset()
    if offset is None:
        storage = found.get_create_plist()
        if storage.get_layout() != h5d.CONTIGUOUS or storage.get_external_count():
            raise _refused(name, "is not stored in one piece in this file")
    return int(offset or 0)


def _shape(name: str, found: h5d.DatasetID) -> tuple[int, ...]:
    shape: tuple[int, ...] | None = found.get_space().get_simple_extent_dims()
    if shape is None or len(shape) > MAX_RANK:
        raise _refused(name, f"is not a column of numbers of up to {MAX_RANK} dimensions")
    return shape


def _dtype(name: str, stored: h5t.TypeID) -> np.dtype[Any]:
    if stored.get_class() in _NUMBERS and not stored.committed():
        dtype: np.dtype[Any] = stored.dtype
        if (dtype.kind in "fiu" and stored.get_class() != h5t.ENUM) or dtype == np.bool_:
            return dtype
    raise _refused(name, "is not a column of numbers")


def _refused(name: str, complaint: str) -> InputError:
    return InputError(f"not a run file ({one_line(name)[:_NAME_CHARACTERS]} {complaint})")
