"""The folder for the sockets of a sweep."""

import multiprocessing.util
import os
import tempfile
from pathlib import Path

from mihash_bench.errors import InputError

# The path of a socket is limited to about 100 bytes, of which the names below this folder need about 40.
MOST_BYTES = 60
# Tried if the folder named by TMPDIR is of no use.
OTHERS = ("/tmp", "/var/tmp", "/dev/shm")


def check_working_directory() -> None:
    """Raise InputError if the working directory is gone, since libraries look for it when they are imported."""
    try:
        Path.cwd()
    except OSError as error:
        raise InputError(f"the working directory cannot be used ({error.strerror})") from None


def choose_temporary_folder() -> None:
    """Let multiprocessing make its folder for sockets where their paths are short enough.

    It would use the folder named by TMPDIR, whose path may be too long. Raises InputError if there is no such place, or
    if the working directory is gone, from which processes are started.
    """
    check_working_directory()
    before = tempfile.tempdir
    try:
        for folder in _places():
            tempfile.tempdir = folder
            try:
                # Kept for the lifetime of this process, and removed when it ends.
                multiprocessing.util.get_temp_dir()
            except OSError:
                continue
            return
    finally:
        tempfile.tempdir = before
    raise InputError(
        f"TMPDIR: there is no folder for sockets (allowed: one that can be written, with a path of at most "
        f"{MOST_BYTES} bytes)"
    )


def _places() -> list[str]:
    named = os.environ.get("TMPDIR") or OTHERS[0]
    return [folder for folder in (named, *OTHERS) if len(os.fsencode(folder)) <= MOST_BYTES]
