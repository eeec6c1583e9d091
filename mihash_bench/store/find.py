"""Finding one run by the path of its file or by the first digits of its key."""

import re
from contextlib import suppress
from pathlib import Path

from mihash_bench.errors import InputError, shown
from mihash_bench.store.layout import run_paths

# As many digits of a key are in the name of a file.
NAMED_DIGITS = 8
_PREFIX = re.compile("[0-9a-f]{4,64}")
ALLOWED = "the path of a run file, or at least the first 4 digits of a key"


def run_file(given: str, results: Path) -> Path:
    """Return the path of a run file that is given by its path, or by the first digits of its key in a results folder.

    Digits beyond the first eight are not compared, because file names have only these. Raises InputError, naming
    ``RUN`` and what cannot be read, if there is no such file or more than one.
    """
    path = Path(given)
    is_folder = False
    with suppress(OSError, ValueError):  # a name that the system cannot look up
        if path.is_file():
            return path
        is_folder = path.is_dir()
    if not _PREFIX.fullmatch(given):
        what = "is a folder" if is_folder else "is no file"
        raise InputError(f"RUN: {shown(given)} {what} (allowed: {ALLOWED})")
    paths, unreadable = run_paths(results)
    found = [path for path in paths if path.stem.rpartition("-")[2].startswith(given[:NAMED_DIGITS])]
    if not found:
        more = f"; {unreadable[0]}" if unreadable else ""
        raise InputError(f"RUN: no run in {results} has a key that begins with {given} (allowed: {ALLOWED}){more}")
    if len(found) > 1:
        keys = ", ".join(path.stem.rpartition("-")[2] for path in found[:5])
        raise InputError(f"RUN: {len(found)} runs in {results} have keys that begin with {given}, such as {keys}")
    return found[0]
