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

# What HDF5 writes beside each chunk, and beside everything, at most.
OVERHEAD_BYTES = 512
SLACK_BYTES = 1 << 18


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
        """Append rows in the type of the features. Raises OSError if the disk is full."""
        start = len(self.features)
        self._reserve(start + len(rows))
        converted = rows.astype(self.features.dtype)
        self.features.resize(start + len(rows), axis=0)
        self.features[start:] = converted
        self._digest.update(little_endian(converted))

    def _reserve(self, rows: int, further: int = 0) -> None:
        """Make sure that there is room for so many rows, and for further bytes."""
        height, columns = self.features.chunks
        chunks = -(-rows // height)
        size = chunks * (height * columns * self.features.dtype.itemsize + OVERHEAD_BYTES) + SLACK_BYTES + further
        reserve(Path(self._file.filename), size)

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
        self._reserve(len(self.features), 2 * sum(array.nbytes for array in (labels, query) if array is not None))
        content = {"features": self._digest.hexdigest()}
        for name, array in (("labels", labels), ("query", query)):
            if array is not None:
                self._file.create_dataset(name, data=array, chunks=True, fletcher32=True)
                content[name] = array_sha256(array)
        return content

    def note(self, about: About) -> None:
        """Write the note of the import, after all else."""
        text = about.to_json().encode()
        self._file.flush()
        reserve(Path(self._file.filename), self._file.id.get_filesize() + len(text) + SLACK_BYTES)
        self._file.create_dataset(ABOUT, data=np.frombuffer(text, np.uint8))


def reserve(path: Path, size: int) -> None:
    """Extend a file to a size. Raises OSError if there is not enough space.

    HDF5 cannot give up a file whose content it could not write: closing it fails, and the process may crash.
    """
    with path.open("r+b") as file:
        there = os.fstat(file.fileno()).st_size
        if there < size and hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), there, size - there)


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
                    file.flush()
                    size = file.id.get_filesize()
                # What was reserved and not used.
                os.truncate(temporary, min(size, temporary.stat().st_size))
                # A file with its final name is taken to be complete, so its content has to be on the disk before.
                flush(temporary)
                temporary.replace(path)
                flush(folder)
            finally:
                temporary.unlink(missing_ok=True)
