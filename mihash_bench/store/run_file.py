"""One HDF5 file for each run, written completely or not at all, with the digest of its bytes in front."""

import hashlib
import os
from io import BytesIO
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from mihash_bench.errors import InputError
from mihash_bench.store.durable import flush
from mihash_bench.store.migrations import SCHEMA, groups_of, known_schemas, migrated
from mihash_bench.store.record import GROUPS, RunRecord
from mihash_bench.text import writable

__all__ = ["SCHEMA", "RunRecord", "read_run", "remove_unfinished", "write_run"]

USER_BLOCK = 512
# An attribute of an HDF5 file is limited to 64 KiB, and a character takes at most four bytes.
ATTRIBUTE_CHARACTERS = 15_000
_MAGIC = b"mihash-bench run\nsha256 "


def write_run(path: Path, record: RunRecord) -> None:
    """Write the record under a temporary name in the same folder, flush it to the disk, and rename it to ``path``.

    A file that has its final name is therefore complete. Raises OSError if the folder cannot be written to.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        # Built in memory and written in one go, because HDF5 cannot close a file cleanly when the disk is full.
        temporary.write_bytes(_sealed(_hdf5(record)))
        flush(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    flush(path.parent)


def remove_unfinished(path: Path) -> None:
    """Remove temporary files of a process that died while writing ``path``. The caller must hold the run's lock."""
    for left in path.parent.glob(f".{path.name}.*.tmp"):
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


def _sealed(content: bytes) -> bytes:
    """Put the SHA-256 of all bytes after the user block into the user block, which leaves no byte unchecked."""
    rest = content[USER_BLOCK:]
    block = _MAGIC + hashlib.sha256(rest).hexdigest().encode() + b"\n"
    return block.ljust(USER_BLOCK, b"\0") + rest


def read_run(path: Path) -> RunRecord:
    """Read a run file. Raises InputError, naming the file, if it is damaged, foreign, or of an unknown schema."""
    _check_seal(path)
    try:
        with h5py.File(path, "r") as file:
            attributes = {name: _plain(value) for name, value in file.attrs.items()}
            groups = {name: _columns(file[name]) for name in GROUPS if name in file}
    except (OSError, KeyError, AttributeError, RuntimeError, ValueError, TypeError) as error:
        raise InputError(f"{path}: not a run file ({error})") from None
    schema = attributes.get("schema")
    if schema not in known_schemas():
        raise InputError(f"{path}: schema {schema} is unknown (allowed: {', '.join(map(str, known_schemas()))})")
    if missing := set(groups_of(schema)) - set(groups):
        raise InputError(f"{path}: not a run file (missing group {', '.join(sorted(missing))})")
    return migrated(RunRecord(attributes, **groups), schema)


def _columns(group: h5py.Group) -> dict[str, NDArray[Any]]:
    return {name: _stored(group, name) for name in group}


def _stored(group: h5py.Group, name: str) -> NDArray[Any]:
    """Read a dataset that is stored in this file in its declared size, which is checked before memory is allocated."""
    if not isinstance(group.get(name, getlink=True), h5py.HardLink):
        raise ValueError(f"{name} is a link")
    dataset = group[name]
    plain = isinstance(dataset, h5py.Dataset) and dataset.dtype.kind in "fiub" and not dataset.is_virtual
    if not plain or dataset.external or dataset.id.get_storage_size() != dataset.nbytes:
        raise ValueError(f"{name} is not a column of numbers")
    return np.asarray(dataset[()])


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _check_seal(path: Path) -> None:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    if not content.startswith(_MAGIC):
        raise InputError(f"{path}: not a run file (no digest in its first {USER_BLOCK} bytes)")
    if content != _sealed(content):
        raise InputError(f"{path}: damaged (its content does not match the stored SHA-256)")
