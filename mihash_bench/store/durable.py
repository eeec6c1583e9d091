"""Making sure that written data has reached the disk."""

import os
from pathlib import Path


def flush(path: Path) -> None:
    """Wait until the content of a file or the entries of a folder have reached the disk (fsync)."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def unique() -> str:
    """Return a part of a temporary name, because processes of two machines may have the same number."""
    return f"{os.getpid()}-{os.urandom(4).hex()}"


def write_whole(path: Path, content: bytes) -> None:
    """Write a file under a temporary name in its folder, flush it to the disk, and rename it to ``path``.

    A file that has its final name is therefore complete. Missing folders are created. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{unique()}.tmp")
    try:
        temporary.write_bytes(content)
        flush(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    flush(path.parent)
