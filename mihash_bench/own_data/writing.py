"""Writing the file of an imported dataset, which appears under its name only when it is complete."""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from mihash_bench.datasets._source_digest import errors_as
from mihash_bench.own_data.about import About
from mihash_bench.own_data.place import SUFFIX
from mihash_bench.own_data.stored import ABOUT, array_sha256, chunks_of, little_endian, storage_rows
from mihash_bench.store.durable import flush
from mihash_bench.store.lock import locked
from mihash_bench.store.output_file import make_folder


class Writer:
    """An open file to which features are appended. columns, dtype: of the features."""

    def __init__(self, file: h5py.File, columns: int, dtype: np.dtype[Any]) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self.features = file.create_dataset(
            "features",
            shape=(0, columns),
            maxshape=(None, columns),
            dtype=dtype,
            chunks=(storage_rows(columns, dtype.itemsize), columns),
            fletcher32=True,
        )
        self.content: dict[str, str] = {}

    def append(self, rows: NDArray[Any]) -> None:
        """Append rows in the type of the features."""
        start = len(self.features)
        converted = rows.astype(self.features.dtype)
        self.features.resize(start + len(rows), axis=0)
        self.features[start:] = converted
        self._digest.update(little_endian(converted))

    def keep(self, kept: NDArray[np.bool_]) -> None:
        """Remove the rows that are not kept; the others move up within the file."""
        self._digest = hashlib.sha256()
        start = end = 0
        for chunk in chunks_of(self.features):
            rows = chunk[kept[start : start + len(chunk)]]
            start += len(chunk)
            self.features[end : end + len(rows)] = rows
            end += len(rows)
            self._digest.update(little_endian(rows))
        self.features.resize(end, axis=0)

    def finish(self, labels: NDArray[Any] | None, query: NDArray[np.bool_] | None) -> dict[str, str]:
        """Write labels and marks of queries, and return the SHA-256 of each array."""
        content = {"features": self._digest.hexdigest()}
        for name, array in (("labels", labels), ("query", query)):
            if array is not None:
                self._file.create_dataset(name, data=array, chunks=True, fletcher32=True)
                content[name] = array_sha256(array)
        return content

    def note(self, about: About) -> None:
        """Write the note of the import."""
        self._file.create_dataset(ABOUT, data=np.frombuffer(about.to_json().encode(), np.uint8))


@contextmanager
def replacing(folder: Path, name: str, check: Callable[[Path], None]) -> Iterator[h5py.File]:
    """Yield a new HDF5 file that becomes the file of dataset ``name`` after the block.

    check: called with its path while the name is locked, before and after the block; it raises if the file must not be
    replaced. Raises InputError, naming ``--data-dir``, if the folder cannot be written to.
    """
    with errors_as(f"--data-dir: cannot write to {folder}"):
        make_folder(folder)
        path = folder / f"{name}{SUFFIX}"
        with locked(folder / ".locks" / name):
            check(path)
            for stale in folder.glob(f".{name}{SUFFIX}.*.tmp"):
                stale.unlink(missing_ok=True)
            temporary = folder / f".{name}{SUFFIX}.{os.getpid()}.tmp"
            try:
                with h5py.File(temporary, "w") as file:
                    yield file
                # A file with its final name is taken to be complete, so its content has to be on the disk before.
                flush(temporary)
                temporary.replace(path)
                flush(folder)
            finally:
                temporary.unlink(missing_ok=True)
