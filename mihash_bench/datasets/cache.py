"""Prepared datasets on disk: made once, under a lock, complete as soon as they have their name."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs

from mihash_bench.datasets.base import Dataset, DatasetSource
from mihash_bench.datasets.prepare import checked_labels, prepare_features
from mihash_bench.errors import InputError
from mihash_bench.store.durable import flush
from mihash_bench.store.lock import locked

ARRAYS = ("features", "mean", "norms", "labels", "query")
NEEDED = frozenset({"features", "mean", "norms"})


def default_cache_dir() -> Path:
    """Return the user's cache folder for this program."""
    return Path(platformdirs.user_cache_dir("mihash-bench"))


def load_prepared(source: DatasetSource, data_dir: Path, cache_dir: Path, *, verify: bool = False) -> Dataset:
    """Map the prepared form of a dataset, preparing it first when the cache has none or a damaged one.

    Sizes, shapes and types are always looked at; ``verify`` also takes the SHA-256 of all content, as a sweep does once
    before its runs.

    Raises InputError for source files that are missing or bad, naming ``--data-dir``, and for a cache folder that
    cannot be written, naming ``--cache-dir``.
    """
    with _errors_as(f"--cache-dir: cannot use {cache_dir}"):
        cache_dir.mkdir(parents=True, exist_ok=True)
        files = [source.file(data_dir, index) for index in range(len(source.files))]
        digest = source.digest([_file_digest(path, cache_dir) for path in files])
        folder = cache_dir / f"{source.name}-{digest[:16]}"
        # What is complete is mapped without a lock, so a cache that others filled may be read-only.
        arrays = _mapped(folder, digest, verify) or _locked_and_mapped(source, data_dir, folder, digest)
    return Dataset(name=source.name, queries=source.queries, digest=digest, **arrays)


@contextmanager
def _errors_as(complaint: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(f"{complaint} ({error.strerror or error})") from None


def _locked_and_mapped(source: DatasetSource, data_dir: Path, folder: Path, digest: str) -> dict[str, Any]:
    with locked(folder.parent / ".locks" / folder.name):
        if (made_meanwhile := _mapped(folder, digest, verify=True)) is not None:
            return made_meanwhile
        shutil.rmtree(folder, ignore_errors=True)
        _build(source, data_dir, folder, digest)
    arrays = _mapped(folder, digest, verify=False)
    if arrays is None:
        raise OSError(f"{folder} changed as soon as it was made")
    return arrays


def _mapped(folder: Path, digest: str, verify: bool) -> dict[str, Any] | None:
    """Return the arrays, or None unless all is as noted when the folder was made: digest, sizes, shapes, types, and
    with ``verify`` the content."""
    try:
        noted = json.loads((folder / "meta.json").read_text())
        # Before any header inside the files is believed.
        if noted["digest"] != digest or (verify and noted["content"] != _content(folder)):
            return None
        arrays = {name: _array(folder / f"{name}.npy") for name in ARRAYS}
        complete = noted["arrays"] == _facts(folder, arrays) and noted["arrays"].keys() >= NEEDED
    except Exception:  # noqa: BLE001 - NumPy raises errors of many kinds for a damaged header; the cache is made anew
        return None
    return arrays if complete else None


def _array(path: Path) -> Any:
    """Map the features; the others are small and read whole."""
    if not path.exists():
        return None
    return np.load(path, mmap_mode="r" if path.stem == "features" else None)


def _facts(folder: Path, arrays: dict[str, Any]) -> dict[str, list[Any]]:
    return {
        name: [(folder / f"{name}.npy").stat().st_size, array.dtype.str, list(array.shape)]
        for name, array in arrays.items()
        if array is not None
    }


def _content(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each array's file."""
    digests = {}
    for path in sorted(folder.glob("*.npy")):
        with path.open("rb") as file:
            digests[path.stem] = hashlib.file_digest(file, "sha256").hexdigest()
    return digests


def _build(source: DatasetSource, data_dir: Path, folder: Path, digest: str) -> None:
    for stale in folder.parent.glob(f".{folder.name}.*.tmp"):
        shutil.rmtree(stale, ignore_errors=True)
    temporary = folder.with_name(f".{folder.name}.{os.getpid()}.tmp")
    temporary.mkdir()
    try:
        _fill(source, data_dir, temporary)
        arrays = {name: _array(temporary / f"{name}.npy") for name in ARRAYS}
        facts = {"arrays": _facts(temporary, arrays), "content": _content(temporary)}
        (temporary / "meta.json").write_text(json.dumps({"digest": digest, **facts}))
        # The name says that the content is complete, so the content has to reach the disk first.
        for path in (*temporary.iterdir(), temporary):
            flush(path)
        temporary.rename(folder)
        flush(folder.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _fill(source: DatasetSource, data_dir: Path, folder: Path) -> None:
    with _errors_as(f"--data-dir: cannot read the files of {source.name} in {data_dir}"):
        raw = source.read(data_dir)
    where = str(source.file(data_dir)) if source.files else source.name
    if raw.n < 2 or raw.d < 1:
        raise InputError(f"{where}: {raw.n} rows of {raw.d} features (allowed: at least 2 rows of 1)")
    labels = None if raw.labels is None else checked_labels(raw.labels, raw.n, where)
    mean, norms = prepare_features(raw, folder / "features.npy", where)
    for name, array in (("mean", mean), ("norms", norms), ("labels", labels), ("query", raw.query)):
        if array is not None:
            np.save(folder / f"{name}.npy", array)


def _file_digest(path: Path, cache_dir: Path) -> str:
    """Return the SHA-256 of a source file, remembered for as long as its size and time of change stay the same."""
    stat = path.stat()
    identity = json.dumps([str(path.resolve()), stat.st_size, stat.st_mtime_ns])
    note = cache_dir / ".digests" / hashlib.sha256(identity.encode()).hexdigest()[:32]
    known = note.read_text() if note.exists() else ""
    if len(known) == 64:
        return known
    with _errors_as(f"--data-dir: cannot read {path}"), path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    note.parent.mkdir(exist_ok=True)
    temporary = note.with_name(f"{note.name}.{os.getpid()}.tmp")
    temporary.write_text(digest)
    temporary.replace(note)
    return digest
