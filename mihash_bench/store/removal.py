"""Removing runs from a results folder, with everything that belongs to them."""

from contextlib import suppress
from pathlib import Path

from mihash_bench.store.companions import companions_of
from mihash_bench.store.durable import flush
from mihash_bench.store.index import index_path
from mihash_bench.store.layout import derived_path, lock_path
from mihash_bench.store.lock import locked
from mihash_bench.store.run_file import remove_unfinished


def is_behind_link(path: Path, results: Path) -> bool:
    """Return whether a file below a results folder is a link or is reached through one. Links are never followed."""
    below = path.relative_to(results).parts
    return any(results.joinpath(*below[:depth]).is_symlink() for depth in range(1, len(below) + 1))


def size_of(path: Path) -> int:
    """Return the number of bytes that a run file and its companions take."""
    return sum(each.lstat().st_size for each in (path, *companions_of(path)))


def remove_run(path: Path, key: str, results: Path) -> bool:
    """Remove a run file with its companions, and folders that become empty. Return False if its lock is held elsewhere.

    The companions go first: if the removal is interrupted, the run is still there and can be removed again. Raises
    OSError if a file cannot be removed.
    """
    with locked(lock_path(results, key), give_up=lambda: True) as held:
        if not held:
            return False
        remove_unfinished(path)
        for each in (*companions_of(path), path):
            each.unlink(missing_ok=True)
        flush(path.parent)
    _remove_empty(path.parent, results / "runs")
    return True


def _remove_empty(folder: Path, last: Path) -> None:
    # A sweep may put a file into a folder at any time; such a folder is not empty and stays.
    with suppress(OSError):
        while folder != last:
            folder.rmdir()
            folder = folder.parent


def remove_derived(results: Path) -> None:
    """Remove what was computed from the runs of a folder: the index and the comparisons with the best method."""
    for path in (index_path(results), derived_path(results)):
        path.unlink(missing_ok=True)
