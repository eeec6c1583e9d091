"""Writing a file that the user has named: regular files are replaced as a whole, special files are written to."""

import os
import re
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EISDIR, ENOTDIR
from pathlib import Path
from typing import IO

MOST_LINKS = 40
# The files of a process, such as those that /dev/stdout and a shell's /dev/fd/63 lead to.
_OPEN_FILES = re.compile(r"/dev/fd|/proc/[^/]+(/task/[^/]+)?/fd")
# A temporary name must not be too long where the file's own name is not.
NAME_CHARACTERS = 40


@contextmanager
def written(path: Path) -> Iterator[IO[bytes]]:
    """Yield a binary file whose content ``path`` has after the block.

    A regular file appears complete or not at all, and keeps its old content if the block raises an exception. Symbolic
    links are followed and stay. Devices, FIFOs and open files (``/dev/stdout``, ``/dev/fd/N``) are written to. Missing
    folders are created. Raises OSError if the file cannot be written, for example because it is a
    folder or a link in a circle.
    """
    check_replaceable(path)
    if is_special(path):
        # Without O_CREAT a mistyped device is an error; with O_APPEND earlier output of the same file is kept.
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND), "wb") as file:
            yield file
        return
    target = _target(path)
    make_folder(target.parent)
    temporary = target.with_name(f".{target.name[:NAME_CHARACTERS]}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            yield file
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def move_to(path: Path, source: Path) -> Path:
    """Give ``path`` the content of a complete file, as ``written`` does, and return ``path``."""
    target = _target(path)
    near = target.parent.is_dir() and target.parent.stat().st_dev == source.stat().st_dev
    if is_special(path) or not near:
        with source.open("rb") as content, written(path) as file:
            shutil.copyfileobj(content, file)
    else:
        source.replace(target)
    return path


def make_folder(folder: Path) -> None:
    """Create a folder and those above it. Raises NotADirectoryError, saying which, if one of them is a file."""
    for path in (folder, *folder.parents):
        if path.exists() and not path.is_dir():
            raise NotADirectoryError(ENOTDIR, f"{path} is not a folder")
    folder.mkdir(parents=True, exist_ok=True)


def check_replaceable(path: Path) -> None:
    """Raise IsADirectoryError, naming ``path``, if it is a folder."""
    if path.is_dir():
        raise IsADirectoryError(EISDIR, os.strerror(EISDIR), str(path))


def is_special(path: Path) -> bool:
    """Return whether ``path`` exists and is no regular file, or leads to a file of /dev or to an open file."""
    if path.exists() and not stat.S_ISREG(path.stat().st_mode):
        return True
    return any(_is_open_file(step) for step in _steps(path))


def _is_open_file(path: Path) -> bool:
    folder = os.path.realpath(path.parent)
    # Folders of /dev, such as /dev/shm, hold regular files.
    return folder == "/dev" or _OPEN_FILES.fullmatch(folder) is not None


def _steps(path: Path) -> Iterator[Path]:
    """Yield the path and the ends of the links that it leads through, up to a file that is no link."""
    for _ in range(MOST_LINKS):
        yield path
        if not path.is_symlink():
            return
        path = path.parent / path.readlink()


def _target(path: Path) -> Path:
    target = Path(os.path.realpath(path))
    if target.is_symlink():  # links in a circle
        target.stat()
    return target
