"""The attributes of an HDF5 file as plain values: texts and numbers, nothing else."""

from typing import Any

import numpy as np
from h5py import h5a, h5f, h5s, h5t

from mihash_bench.errors import InputError
from mihash_bench.text import one_line

MAX_ATTRIBUTES = 1_000
# The longest text that is written; a character takes at most four bytes.
ATTRIBUTE_CHARACTERS = 15_000
_NAME_CHARACTERS = 80
_NUMBERS = {h5t.INTEGER, h5t.FLOAT, h5t.ENUM}
_TEXT = h5t.py_create(h5t.string_dtype())

Plain = str | int | float | bool


def attributes_of(file: h5f.FileID) -> dict[str, Plain]:
    """Return the attributes of a file in alphabetical order.

    Raises InputError, naming the attribute, for anything but a single text or number: arrays, empty attributes,
    references, compound types, texts that are too long or not UTF-8; and for more than 1,000 attributes.
    """
    count = h5a.get_num_attrs(file)
    if count > MAX_ATTRIBUTES:
        raise InputError(f"not a run file ({count:,} attributes, allowed: up to {MAX_ATTRIBUTES:,})")
    names: list[bytes] = []
    h5a.iterate(file, names.append)
    return {name.decode(): _attribute(file, name) for name in names}


def _attribute(file: h5f.FileID, name: bytes) -> Plain:
    """Return one attribute. Raises InputError, naming it, if it is neither a text nor a number."""
    stored = h5a.open(file, name)
    kind = stored.get_type()
    if stored.get_space().get_simple_extent_type() == h5s.SCALAR and not kind.committed():
        if kind.get_class() in _NUMBERS:
            return _number(name, stored, kind)
        if kind.get_class() == h5t.STRING and kind.is_variable_str():
            return _text(name, stored)
    raise _refused(name, "is neither a text nor a number")


def _number(name: bytes, stored: h5a.AttrID, kind: h5t.TypeID) -> int | float | bool:
    dtype = kind.dtype
    if (dtype != np.bool_) if kind.get_class() == h5t.ENUM else dtype.kind not in "fiu":
        raise _refused(name, "is neither a text nor a number")
    value = np.empty((), dtype)
    stored.read(value)
    return plain(value)


def plain(value: Any) -> int | float | bool:
    """Return a NumPy number as a Python number."""
    if value.dtype.kind == "f":
        return float(value)
    return bool(value) if value.dtype.kind == "b" else int(value)


def _text(name: bytes, stored: h5a.AttrID) -> str:
    value = np.empty((), object)
    stored.read(value, _TEXT)
    text = (value.item() or b"").decode()
    if len(text) > ATTRIBUTE_CHARACTERS:
        raise _refused(name, f"has {len(text):,} characters (allowed: up to {ATTRIBUTE_CHARACTERS:,})")
    return text


def _refused(name: bytes, complaint: str) -> InputError:
    return InputError(f"not a run file (attribute {one_line(name.decode())[:_NAME_CHARACTERS]} {complaint})")
