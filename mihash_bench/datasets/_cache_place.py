"""The folder for prepared datasets if the user names none."""

import logging
import os
import stat
import tempfile
from functools import cache
from pathlib import Path

import platformdirs


def cache_place() -> Path:
    """Return the folder for this program in the user's cache, whether or not it can be used."""
    return Path(platformdirs.user_cache_dir("mihash-bench"))


@cache
def default_cache_dir() -> Path:
    """Return the folder for this program in the user's cache.

    Where that cannot be written to, as in some containers, it is a private folder among the temporary files, and a
    warning says so.
    """
    usual = cache_place()
    if _is_usable(usual):
        return usual
    temporary = Path(tempfile.gettempdir()) / f"mihash-bench-{os.getuid()}"
    if not _is_private(temporary):
        # Another user could have made it. The error about the usual folder follows.
        logging.getLogger(__name__).warning(
            "mihash-bench: %s is not used for prepared datasets, because others could change it (--cache-dir names a "
            "folder)",
            temporary,
        )
        return usual
    logging.getLogger(__name__).warning(
        "mihash-bench: %s cannot be written to, so prepared datasets are kept in %s (--cache-dir names a folder)",
        usual,
        temporary,
    )
    return temporary


def _is_usable(folder: Path) -> bool:
    """Return whether a folder can be written to, or created. The check leaves nothing behind."""
    try:
        nearest = next(path for path in (folder, *folder.parents) if path.exists())
        with tempfile.TemporaryDirectory(dir=nearest, prefix=".writable-"):
            return True
    except OSError:
        return False


def _is_private(folder: Path) -> bool:
    """Create a folder that only this user may change. Return False if another user could have made it."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o022
