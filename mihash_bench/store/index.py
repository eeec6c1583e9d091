"""The index of a results folder: what reports need of run files that have been read and checked before.

It is only a cache. A run file counts as unchanged while its device, inode, size, time of modification and time of
change are the same. An index that is missing, damaged or of another version is made again from the files.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from mihash_bench.store.cache_file import read_cache, write_cache
from mihash_bench.store.curves import Curves

# Raised when the content of the index or the checks of run files change.
FORMAT = 3
KIND = f"index {FORMAT} {version('mihash-bench')}"
_CURVE = "curve "
# A file that changed this recently may change once more without a change of its times.
SETTLING_NS = 2_000_000_000

Identity = tuple[int, int, int, int, int]


def identity(path: Path) -> Identity:
    """Return device, inode, size, time of modification and time of change. Raises OSError."""
    found = path.stat()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


@dataclass(frozen=True)
class Index:
    """Known run files.

    names: paths relative to the results folder. identities: shape (files, 5). about: the attributes of each run.
    curves: the curves of each run.
    """

    names: Sequence[str] = ()
    identities: NDArray[np.int64] = field(default_factory=lambda: np.empty((0, 5), np.int64))
    about: Sequence[Mapping[str, Any]] = ()
    curves: Curves = field(default_factory=lambda: Curves(np.empty(0, np.int64), {}))

    def positions(self) -> dict[tuple[str, Identity], int]:
        """Return the position of each file by its name and identity."""
        identities = (tuple(row) for row in self.identities.tolist())
        return {(name, each): place for place, (name, each) in enumerate(zip(self.names, identities, strict=True))}


def index_path(results: Path) -> Path:
    """Return the file of the index."""
    return results / "runs" / ".index"


def read_index(results: Path) -> Index:
    """Return the index of a results folder, which is empty if there is none that can be used."""
    try:
        return _parsed(read_cache(index_path(results), KIND))
    except (OSError, ValueError, KeyError, TypeError, IndexError, EOFError, BadZipFile, RecursionError, MemoryError):
        return Index()


def _parsed(content: bytes) -> Index:
    with np.load(BytesIO(content), allow_pickle=False) as arrays:
        about = json.loads(arrays["about"].tobytes())
        names = json.loads(arrays["names"].tobytes())
        columns = {name.removeprefix(_CURVE): arrays[name] for name in arrays.files if name.startswith(_CURVE)}
        index = Index(names, arrays["identities"], about, Curves(arrays["lengths"], columns))
    files, rows = len(names), index.curves.lengths.sum()
    if len(about) != files or index.identities.shape != (files, 5) or index.curves.lengths.shape != (files,):
        raise ValueError("parts of different lengths")
    if any(column.shape != (rows,) for column in columns.values()):
        raise ValueError("columns of different lengths")
    return index


def write_index(results: Path, index: Index) -> None:
    """Write the index, unless the folder cannot be written to."""
    content = BytesIO()
    texts = {"about": list(index.about), "names": list(index.names)}
    arrays = {name: np.frombuffer(json.dumps(value).encode(), np.uint8) for name, value in texts.items()}
    columns = {_CURVE + name: column for name, column in index.curves.columns.items()}
    np.savez(
        content, allow_pickle=False, identities=index.identities, lengths=index.curves.lengths, **arrays, **columns
    )
    write_cache(index_path(results), KIND, content.getvalue())
