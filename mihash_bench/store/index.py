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

from mihash_bench.store.ap_places import PLACES
from mihash_bench.store.cache_file import read_cache, write_cache
from mihash_bench.store.curves import Curves

# Raised when the content of the index or the checks of run files change.
FORMAT = 9
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

    names: paths relative to the results folder. identities: shape (files, 5), all 0 for a file that may change without
    notice or was not fully checked. about: the attributes of the runs, one list for each attribute. curves: the curves
    of each run. places: where the AP values of each run are, of the type ``ap_places.PLACES``.
    """

    names: Sequence[str] = ()
    identities: NDArray[np.int64] = field(default_factory=lambda: np.empty((0, 5), np.int64))
    about: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    curves: Curves = field(default_factory=lambda: Curves(np.empty(0, np.int64), {}))
    places: NDArray[Any] = field(default_factory=lambda: np.empty(0, PLACES))

    @classmethod
    def joined(cls, parts: Sequence["Index"]) -> "Index":
        """Put several of these objects together, in order. All that have files must have the same attributes."""
        parts = [part for part in parts if len(part.names)] or [cls()]
        if len(parts) == 1:
            return parts[0]
        return cls(
            [name for part in parts for name in part.names],
            np.concatenate([part.identities for part in parts]),
            {name: [value for part in parts for value in part.about[name]] for name in parts[0].about},
            Curves.joined([part.curves for part in parts]),
            np.concatenate([part.places for part in parts]),
        )

    def take(self, files: NDArray[np.int64]) -> "Index":
        """Return what is known about some of the files, given by their positions, in the given order."""
        if np.array_equal(files, np.arange(len(self.names))):
            return self
        chosen = files.tolist()
        about = {name: [values[place] for place in chosen] for name, values in self.about.items()}
        names = [self.names[place] for place in chosen]
        return Index(names, self.identities[files], about, self.curves.take(files), self.places[files])

    @property
    def lasting(self) -> NDArray[np.bool_]:
        """Which files can be recognised again, shape (files,)."""
        return np.asarray(self.identities.any(axis=1))

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
        about = {name: _unpacked(each) for name, each in json.loads(arrays["about"].tobytes()).items()}
        names = json.loads(arrays["names"].tobytes())
        columns = {name.removeprefix(_CURVE): arrays[name] for name in arrays.files if name.startswith(_CURVE)}
        index = Index(names, arrays["identities"], about, Curves(arrays["lengths"], columns), arrays["places"])
    files, rows = len(names), index.curves.lengths.sum()
    if index.identities.shape != (files, 5) or {index.curves.lengths.shape, index.places.shape} != {(files,)}:
        raise ValueError("parts of different lengths")
    if index.places.dtype != PLACES or any(len(values) != files for values in about.values()):
        raise ValueError("parts of other types or lengths")
    if any(column.shape != (rows,) for column in columns.values()):
        raise ValueError("columns of different lengths")
    return index


def write_index(results: Path, index: Index) -> None:
    """Write the index, unless the folder cannot be written to."""
    content = BytesIO()
    about = {name: _packed(values) for name, values in index.about.items()}
    texts = {"about": about, "names": list(index.names)}
    arrays = {"identities": index.identities, "lengths": index.curves.lengths, "places": index.places}
    encoded = {name: np.frombuffer(json.dumps(value).encode(), np.uint8) for name, value in texts.items()}
    columns = {_CURVE + name: column for name, column in index.curves.columns.items()}
    np.savez(content, allow_pickle=False, **arrays, **encoded, **columns)
    write_cache(index_path(results), KIND, content.getbuffer())


def _packed(values: Sequence[Any]) -> dict[str, list[Any]]:
    """Return the values for JSON. Texts that repeat are written once, and shared when they are read."""
    if not all(isinstance(value, str) for value in values):
        return {"values": list(values)}
    numbers = {text: number for number, text in enumerate(dict.fromkeys(values))}
    if 2 * len(numbers) > len(values):
        return {"values": list(values)}
    return {"texts": list(numbers), "which": [numbers[text] for text in values]}


def _unpacked(packed: Mapping[str, list[Any]]) -> list[Any]:
    return packed["values"] if "values" in packed else [packed["texts"][number] for number in packed["which"]]
