"""Sealed files beside a run file, bound to the key of the run.

They contain the hash functions at its checkpoints, its later metrics, what search engines were measured to do with its
codes, and, while it learns, the state of its training. They are HDF5 files with the seal and the restrictions of run
files. The run file itself is never written again.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from mihash_bench.errors import InputError, UnreadableError
from mihash_bench.store._open import sealed_bytes
from mihash_bench.store._parts import Attributes, read_parts
from mihash_bench.store.durable import write_whole
from mihash_bench.store.record import Columns, Kept
from mihash_bench.store.seal import USER_BLOCK, sealed

SNAPSHOTS, METRICS, TRAINING, SEARCH = ".snapshots", ".metrics", ".training", ".search"
_WHICH, _CURVE, _PER_QUERY, _SEARCH, _JSON = "which", "curve", "per_query", "search", "json"
_UNREADABLE = (OSError, LookupError, AttributeError, RuntimeError, ValueError, TypeError, ArithmeticError, MemoryError)


def snapshots_path(path: Path) -> Path:
    """Return the path of the hash functions at the checkpoints of the run whose file is ``path``."""
    return path.with_suffix(SNAPSHOTS)


def metrics_path(path: Path) -> Path:
    """Return the path of the later metrics of the run whose file is ``path``."""
    return path.with_suffix(METRICS)


def training_path(path: Path) -> Path:
    """Return the path of the saved state of the run whose file is, or will be, ``path``."""
    return path.with_suffix(TRAINING)


def search_path(path: Path) -> Path:
    """Return the path of the measurements of search engines on the codes of the run whose file is ``path``."""
    return path.with_suffix(SEARCH)


def companions_of(path: Path) -> list[Path]:
    """Return the companion files of a run file that are there."""
    every = (snapshots_path(path), metrics_path(path), training_path(path), search_path(path))
    return [each for each in every if os.path.lexists(each)]


def runs_with_metrics(folders: Sequence[Path]) -> set[Path]:
    """Return the paths of the run files in some folders that have later metrics."""
    return {each.with_suffix(".h5") for folder in folders for each in folder.glob(f"*{METRICS}")}


def write_snapshots(path: Path, key: str, kept: Kept) -> None:
    """Write the hash functions at the checkpoints of the run whose file is ``path``. Raises OSError."""
    groups = {str(number): arrays for number, arrays in enumerate(kept.arrays)}
    _write(snapshots_path(path), key, {_WHICH: {_WHICH: kept.which}, **groups})


def read_snapshots(path: Path, key: str) -> Kept | None:
    """Return the hash functions at the checkpoints of a run, or None if they were not kept.

    Raises InputError, naming the file, if it cannot be used.
    """
    file = snapshots_path(path)
    if not os.path.lexists(file):
        return None
    groups = dict(_read(file, key, (_WHICH,)))
    which = groups.pop(_WHICH)[_WHICH]
    if which.dtype != np.int64 or which.ndim != 1 or not ((which >= 0) & (which <= len(groups))).all():
        raise InputError(f"{file}: its checkpoints do not belong to its hash functions")
    return Kept([groups[str(number)] for number in range(len(groups))], which)


@dataclass(frozen=True)
class LaterMetrics:
    """Metrics that were computed after the run.

    curve: one value for each checkpoint. per_query: the value of each query at the end of the run, by the metric's
    text; files of earlier versions have none.
    """

    curve: Columns = field(default_factory=dict)
    per_query: Columns = field(default_factory=dict)


def write_metrics(path: Path, key: str, later: LaterMetrics, about: Mapping[str, str] | None = None) -> None:
    """Write all later metrics of the run whose file is ``path``. Raises OSError. about: further attributes."""
    _write(metrics_path(path), key, {_CURVE: later.curve, _PER_QUERY: later.per_query}, about or {})


def read_metrics(path: Path, key: str) -> LaterMetrics:
    """Return the later metrics of a run, none if it has no such file.

    Raises InputError, naming the file, if it cannot be used.
    """
    file = metrics_path(path)
    groups = _read(file, key, (_CURVE,)) if os.path.lexists(file) else {}
    return LaterMetrics(groups.get(_CURVE, {}), groups.get(_PER_QUERY, {}))


def about_metrics(path: Path) -> Mapping[str, Any]:
    """Return the attributes of the file of later metrics, which ``read_metrics`` has accepted; none without the file.

    Raises InputError or OSError if it has changed since.
    """
    file = metrics_path(path)
    if not os.path.lexists(file):
        return {}
    return read_parts(sealed_bytes(file), _declared_groups)[0]


def write_search(path: Path, key: str, entries: Sequence[Mapping[str, Any]]) -> None:
    """Write all measurements of search engines on the codes of the run whose file is ``path``. Raises OSError.

    entries: values for JSON, one for each index. They are one text in an array, because an attribute is limited to
    64 KiB.
    """
    text = json.dumps(list(entries), sort_keys=True, allow_nan=False).encode()
    _write(search_path(path), key, {_SEARCH: {_JSON: np.frombuffer(text, np.uint8)}})


def read_search(path: Path, key: str) -> list[dict[str, Any]]:
    """Return the measurements of search engines, none if there is no such file.

    Raises InputError, naming the file, if it cannot be used.
    """
    file = search_path(path)
    if not os.path.lexists(file):
        return []
    column = _read(file, key, (_SEARCH,))[_SEARCH].get(_JSON, np.empty(0))
    try:
        entries = json.loads(column.astype(np.uint8, casting="safe").tobytes())
    except (ValueError, TypeError, RecursionError) as error:
        raise InputError(f"{file}: its measurements cannot be read ({type(error).__name__})") from None
    if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
        raise InputError(f"{file}: its measurements are not a list of objects")
    return entries


@dataclass(frozen=True)
class TrainingFile:
    """The saved state of a run that has not ended, beside the place of its file.

    path: that of the run's file. key: that of the run.
    """

    path: Path
    key: str

    @property
    def file(self) -> Path:
        """The path of the saved state."""
        return training_path(self.path)

    def read(self) -> Mapping[str, Columns] | None:
        """Return the groups of arrays that were saved last, or None if nothing was saved.

        Raises InputError, naming the file, if it cannot be used.
        """
        if not os.path.lexists(self.file):
            return None
        try:
            return _read(self.file, self.key, ())
        except InputError as error:
            raise InputError(f"{error} (allowed: remove it, and the run begins anew)") from None

    def write(self, groups: Mapping[str, Columns]) -> None:
        """Replace what was saved, at once. Raises OSError, and keeps what was saved before."""
        _write(self.file, self.key, groups)

    def remove(self) -> None:
        """Remove what was saved, if there is anything."""
        self.file.unlink(missing_ok=True)


def _write(file: Path, key: str, groups: Mapping[str, Columns], about: Mapping[str, str] | None = None) -> None:
    content = BytesIO()
    with h5py.File(content, "w", userblock_size=USER_BLOCK) as target:
        target.attrs["key"], target.attrs["groups"] = key, ",".join(groups)
        for name, text in (about or {}).items():
            target.attrs[name] = text
        for name, columns in groups.items():
            group = target.create_group(name, track_order=True)
            for each, column in columns.items():
                group.create_dataset(each, data=column)
    write_whole(file, sealed(content.getvalue()))


def _read(file: Path, key: str, needed: tuple[str, ...]) -> Mapping[str, Columns]:
    try:
        groups = _groups(sealed_bytes(file), key)
        if missing := [name for name in needed if name not in groups]:
            raise InputError(f"group {missing[0]} is missing")
        return groups
    except UnreadableError as error:
        raise UnreadableError(f"{file}: {error}") from None
    except InputError as error:
        raise InputError(f"{file}: {error}") from None
    except _UNREADABLE as error:
        raise InputError(f"{file}: not a companion of a run file ({type(error).__name__})") from None


def _groups(content: bytes, key: str) -> dict[str, Columns]:
    def named(about: Attributes) -> tuple[str, ...]:
        if about.get("key") != key:
            raise InputError(f"it belongs to the run with the key {str(about.get('key'))[:8]}...")
        return _declared_groups(about)

    _, stored = read_parts(content, named)
    return {name: {each: array.read(content) for each, array in stored[name].items()} for name in stored}


def _declared_groups(about: Attributes) -> tuple[str, ...]:
    return tuple(str(about["groups"]).split(","))
