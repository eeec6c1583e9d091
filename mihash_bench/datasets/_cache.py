"""The cache of prepared datasets: each one is a folder, which gets its name only once it is complete."""

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np

from mihash_bench.datasets._memory import MAX_FEATURES, MAX_ROWS
from mihash_bench.datasets._prepare import checked_labels, prepare_features, prepare_images
from mihash_bench.datasets._source_digest import errors_as, file_digest, identity
from mihash_bench.datasets._types import Dataset, Normalization, QueryProtocol, RawData, Rows, SourceFile
from mihash_bench.errors import InputError
from mihash_bench.store.durable import flush
from mihash_bench.store.lock import locked
from mihash_bench.store.output_file import make_folder
from mihash_bench.text import message_of, one_line

ARRAYS = ("features", "mean", "norms", "labels", "query")
REQUIRED = frozenset({"features", "mean", "norms"})
# How often a dataset is prepared if its source files change while they are read.
TRIES = 3


class Source(Protocol):
    """What the cache needs of a dataset; every ``DatasetSource`` has it."""

    name: ClassVar[str]
    files: ClassVar[tuple[SourceFile, ...]]
    normalization: ClassVar[Normalization]
    near_percent: ClassVar[float]

    @property
    def queries(self) -> QueryProtocol:
        """How queries are drawn."""

    def paths(self, data_dir: Path) -> list[Path]:
        """Return the paths of the source files."""

    def digest(self, file_digests: list[str]) -> str:
        """Return the SHA-256 that identifies the prepared content."""

    def read(self, data_dir: Path) -> RawData:
        """Open the source files."""

    def check_content(self, n: int, labels: Rows | None, data_dir: Path) -> None:
        """Raise InputError if n rows with these labels cannot be the dataset."""


class _SourceChangedError(Exception):
    """The content that was read is not the content that the digest of its folder names."""

    def __init__(self, digest: str) -> None:
        super().__init__(digest)
        self.digest = digest


def load_prepared(source: Source, data_dir: Path, cache_dir: Path, *, verify: bool = False) -> Dataset:
    """Map a prepared dataset into memory, and prepare it first if the cache has none or a damaged one.

    Sizes, shapes and types are always checked. ``verify`` also checks the SHA-256 of all content, as a sweep does once
    before its runs. A dataset that is prepared is identified by the content of the source files as it was read.

    Raises InputError, naming ``--data-dir``, for a missing or invalid source file and for one that keeps changing, and,
    naming ``--cache-dir``, for a cache folder that cannot be used.
    """
    with errors_as(f"--cache-dir: cannot use {cache_dir}"):
        make_folder(cache_dir)
        digest = _digest(source, data_dir, cache_dir)
        for _ in range(TRIES):
            folder = cache_dir / f"{source.name}-{digest[:16]}"
            try:
                # No lock is taken for a complete folder, so the cache may be read-only.
                arrays = _mapped(folder, digest, verify) or _prepared_under_lock(source, data_dir, folder, digest)
            except _SourceChangedError as changed:
                digest = changed.digest
            else:
                return Dataset(
                    name=source.name,
                    queries=source.queries,
                    digest=digest,
                    normalization=source.normalization,
                    near_percent=source.near_percent,
                    **arrays,
                )
    raise InputError(
        f"--data-dir: the files of {source.name} in {data_dir} change while they are read (allowed: files that stay "
        f"as they are)"
    )


def _digest(source: Source, data_dir: Path, cache_dir: Path, *, noted: bool = True) -> str:
    return source.digest([file_digest(path, cache_dir, noted=noted) for path in source.paths(data_dir)])


def _prepared_under_lock(source: Source, data_dir: Path, folder: Path, digest: str) -> dict[str, Any]:
    with locked(folder.parent / ".locks" / folder.name):
        # Another process may have prepared the dataset while this one waited for the lock.
        if (arrays := _mapped(folder, digest, verify=True)) is not None:
            return arrays
        shutil.rmtree(folder, ignore_errors=True)
        _build(source, data_dir, folder, digest)
    arrays = _mapped(folder, digest, verify=False)
    if arrays is None:
        raise OSError(f"{folder} changed right after it was written")
    return arrays


def _mapped(folder: Path, digest: str, verify: bool) -> dict[str, Any] | None:
    """Return the arrays of a folder, or None if they do not match what meta.json recorded when it was made.

    The digest, sizes, shapes and types are compared, with ``verify`` also the content. Only regular files are read.
    """
    try:
        if not all(path.is_file() for path in folder.iterdir()):
            return None
        meta = json.loads((folder / "meta.json").read_text())
        # Compared first, because the headers of damaged files cannot be trusted.
        if meta["digest"] != digest or (verify and meta["content"] != _content(folder)):
            return None
        arrays = {name: _array(folder / f"{name}.npy") for name in ARRAYS}
        complete = meta["arrays"] == _facts(folder, arrays) and meta["arrays"].keys() >= REQUIRED
    except Exception:  # noqa: BLE001 - NumPy raises many kinds of errors for a damaged header; the cache is rebuilt
        return None
    return arrays if complete else None


def _array(path: Path) -> Any:
    """Map the features into memory. The other arrays are small and are read at once."""
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
    """Return the SHA-256 of each array file."""
    digests = {}
    for path in sorted(folder.glob("*.npy")):
        with path.open("rb") as file:
            digests[path.stem] = hashlib.file_digest(file, "sha256").hexdigest()
    return digests


def _build(source: Source, data_dir: Path, folder: Path, digest: str) -> None:
    for stale in folder.parent.glob(f".{folder.name}.*.tmp"):
        shutil.rmtree(stale, ignore_errors=True)
    temporary = folder.with_name(f".{folder.name}.{os.getpid()}.tmp")
    temporary.mkdir()
    try:
        _fill_unchanged(source, data_dir, temporary, digest)
        arrays = {name: _array(temporary / f"{name}.npy") for name in ARRAYS}
        facts = {"arrays": _facts(temporary, arrays), "content": _content(temporary)}
        (temporary / "meta.json").write_text(json.dumps({"digest": digest, **facts}))
        # A folder with its final name is taken to be complete, so its content has to be on the disk before.
        for path in (*temporary.iterdir(), temporary):
            flush(path)
        temporary.rename(folder)
        flush(folder.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _fill_unchanged(source: Source, data_dir: Path, folder: Path, digest: str) -> None:
    """Prepare the arrays. Raises ``_SourceChangedError`` if the files are not those that ``digest`` identifies."""
    paths = source.paths(data_dir)
    before = [identity(path) for path in paths]
    fault = None
    try:
        _fill(source, data_dir, folder)
    except InputError as error:
        fault = error
    # The content is read again rather than taken from a note. It is what was prepared if no file changed meanwhile.
    found = _digest(source, data_dir, folder.parent, noted=False)
    if found != digest or [identity(path) for path in paths] != before:
        raise _SourceChangedError(found)
    if fault is not None:
        raise fault


def _fill(source: Source, data_dir: Path, folder: Path) -> None:
    try:
        with errors_as(f"--data-dir: cannot read the files of {source.name} in {data_dir}"):
            raw = source.read(data_dir)
        where = str(source.paths(data_dir)[0]) if source.files else source.name
        labels = _prepare(raw, folder, where, source.normalization)
        # After preparing, whose errors say more about a file that cannot be read.
        source.check_content(raw.n, labels, data_dir)
    except MemoryError:
        what = f"the files of {source.name} in {data_dir}" if source.files else f"the rows of {source.name}"
        option = "--data-dir" if source.files else "--dataset"
        raise InputError(f"{option}: {what} take more memory than is available") from None
    except InputError:
        raise
    except (Exception, SystemExit) as error:  # code of another package raises whatever it raises
        if type(source).__module__.startswith("mihash_bench."):
            raise
        reason = one_line(f"{type(error).__name__}: {message_of(error)}")
        raise InputError(f"--dataset: {source.name} cannot be read ({reason})") from None


def _prepare(raw: RawData, folder: Path, where: str, normalization: Normalization) -> Rows | None:
    """Write the arrays and return the labels."""
    if not (2 <= raw.n <= MAX_ROWS and 1 <= raw.d <= MAX_FEATURES):
        raise InputError(
            f"{where}: {raw.n:,} rows of {raw.d:,} features (allowed: at least 2 rows of 1 feature, at most "
            f"{MAX_ROWS:,} rows of {MAX_FEATURES:,} features)"
        )
    labels = None if raw.labels is None else checked_labels(raw.labels, raw.n, where)
    if raw.image is None:
        mean, norms = prepare_features(raw, folder / "features.npy", where, normalization)
    else:
        prepare_images(raw, raw.image, folder / "features.npy", where)
        mean, norms = np.empty(0), np.empty(0, np.float32)
    for name, array in (("mean", mean), ("norms", norms), ("labels", labels), ("query", raw.query)):
        if array is not None:
            np.save(folder / f"{name}.npy", array)
    return labels
