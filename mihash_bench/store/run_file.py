"""One HDF5 file for each run, written completely or not at all, with the digest of its bytes in front."""

from io import BytesIO
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from mihash_bench.errors import InputError, UnreadableError
from mihash_bench.store._attributes import ATTRIBUTE_CHARACTERS
from mihash_bench.store._declared import check_record
from mihash_bench.store._open import sealed_bytes
from mihash_bench.store._parts import Attributes, read_parts
from mihash_bench.store.ap_places import places_of
from mihash_bench.store.durable import write_whole
from mihash_bench.store.migrations import SCHEMA, groups_of, known_schemas, migrated
from mihash_bench.store.record import GROUPS, RunRecord
from mihash_bench.store.seal import USER_BLOCK, is_sealed, sealed
from mihash_bench.text import one_line, shortened, writable

__all__ = ["SCHEMA", "RunRecord", "read_run", "remove_unfinished", "run_in", "write_run"]

# What h5py and NumPy raise for content that they cannot make sense of.
_UNREADABLE = (OSError, LookupError, AttributeError, RuntimeError, ValueError, TypeError, ArithmeticError, MemoryError)
_COMPLAINT_CHARACTERS = 300


def write_run(path: Path, record: RunRecord) -> None:
    """Write the record under a temporary name in the same folder, flush it to the disk, and rename it to ``path``.

    A file that has its final name is therefore complete. Raises OSError if the folder cannot be written to, and
    InputError if the file could not be read again, for example because an attribute is missing.
    """
    content = sealed(_hdf5(record))
    try:
        _record_in(content)
    except InputError as error:
        raise InputError(f"the record of the run cannot be stored: {error}") from None
    # Built in memory and written in one go, because HDF5 cannot close a file cleanly when the disk is full.
    write_whole(path, content)


def remove_unfinished(path: Path) -> None:
    """Remove temporary files of a process that died while writing ``path`` or a companion.

    The caller must hold the run's lock.
    """
    for left in path.parent.glob(f".{path.stem}.*.tmp"):
        left.unlink(missing_ok=True)


def _hdf5(record: RunRecord) -> bytes:
    """Return the record as the bytes of an HDF5 file with an empty user block."""
    content = BytesIO()
    with h5py.File(content, "w", userblock_size=USER_BLOCK) as file:
        file.attrs["schema"] = SCHEMA
        for name, value in record.attributes.items():
            file.attrs[name] = _attribute(value)
        for group in GROUPS:
            target = file.create_group(group, track_order=True)
            for name, column in getattr(record, group).items():
                target.create_dataset(name, data=column)
    return content.getvalue()


def _attribute(value: Any) -> Any:
    """Convert a value for HDF5: numbers stay unchanged, everything else becomes text of limited length."""
    if isinstance(value, bool | int | float | np.number | np.bool_):
        return value
    return writable(value)[:ATTRIBUTE_CHARACTERS]


def read_run(path: Path) -> RunRecord:
    """Read a run file.

    The file is read once, and its seal is checked on the bytes that are used. Raises InputError, naming the file, if
    it is damaged or foreign, or contains anything that ``write_run`` does not write, and UnreadableError if it may be
    intact: if it cannot be read, is no regular file, or has the schema of a newer version.
    """
    try:
        return _record_in(sealed_bytes(path))
    except UnreadableError as error:
        raise UnreadableError(f"{path}: {error}") from None
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def run_in(content: bytes) -> RunRecord:
    """Return the record in the bytes of a run file. Raises InputError as ``read_run`` does, without naming a file."""
    if not is_sealed(content):
        raise InputError("damaged (its content does not match the stored SHA-256)")
    return _record_in(content)


def _record_in(content: bytes) -> RunRecord:
    try:
        return _checked_record(content)
    except InputError:
        raise
    except _UNREADABLE as error:
        raise InputError(f"not a run file ({shortened(one_line(error), _COMPLAINT_CHARACTERS)})") from None


def _checked_record(content: bytes) -> RunRecord:
    attributes, stored = read_parts(content, _groups)
    groups: dict[str, Any] = {
        group: {name: array.read(content) for name, array in stored[group].items()} for group in stored
    }
    places = places_of(stored["final"], groups["final"])
    record = migrated(RunRecord(attributes, **groups, places=places), int(attributes["schema"]))
    check_record(record)
    return record


def _groups(attributes: Attributes) -> tuple[str, ...]:
    """Return the groups that a file must have by its schema. Raises InputError for a schema that is not known."""
    schema = attributes.get("schema")
    # True equals 1.
    if type(schema) is not int or schema not in known_schemas():
        allowed = ", ".join(map(str, known_schemas()))
        newer = type(schema) is int and schema > SCHEMA
        kind = UnreadableError if newer else InputError
        raise kind(f"schema {repr(schema)[:40]} is unknown (allowed: {allowed})")
    return groups_of(schema)
