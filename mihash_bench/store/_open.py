"""The bytes of a run file, read once and checked against their seal."""

import os
import stat
from errno import ESTALE
from pathlib import Path
from typing import BinaryIO

from mihash_bench.errors import InputError, UnreadableError
from mihash_bench.store.seal import MAGIC, USER_BLOCK, is_sealed

# Run files are small: the largest ones, with 8192 features and 256 bits in double precision, take 17 MB.
MAX_BYTES = 2**30
# NFS says that a file is stale if another machine has replaced it while it is read. Opened again, it is the new one.
STALE_ATTEMPTS = 3


def sealed_bytes(path: Path) -> bytes:
    """Return the content of a run file.

    Raises UnreadableError if it cannot be read, is no regular file, or takes more than 1 GiB, and InputError if it does
    not match its seal. Only the first 512 bytes are read of a file that does not begin like a run file.
    """
    try:
        content = _read(path)
    except FileNotFoundError as error:
        raise InputError(f"cannot be read ({error.strerror})") from None
    except OSError as error:
        raise UnreadableError(f"cannot be read ({error.strerror})") from None
    if not is_sealed(content):
        raise InputError("damaged (its content does not match the stored SHA-256)")
    return content


def _read(path: Path) -> bytes:
    for attempt in range(STALE_ATTEMPTS):
        try:
            with open_regular(path) as file:
                content = file.read(USER_BLOCK)
                if not content.startswith(MAGIC):
                    raise InputError(f"not a run file (no digest in its first {USER_BLOCK} bytes)")
                return content + file.read(_size(file) - USER_BLOCK)
        except OSError as error:
            if error.errno != ESTALE or attempt == STALE_ATTEMPTS - 1:
                raise
    raise AssertionError


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file. Nothing else is opened, because that may wait forever, never end, or do something."""
    _check_regular(path.stat())
    # The file may have been replaced since: opening a FIFO must not wait.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        _check_regular(os.fstat(descriptor))
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def _check_regular(found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise UnreadableError("not a regular file (allowed: regular files and links to them)")


def _size(file: BinaryIO) -> int:
    size = os.fstat(file.fileno()).st_size
    if size > MAX_BYTES:
        raise UnreadableError(f"too large for a run file ({size:,} bytes, allowed: up to {MAX_BYTES:,})")
    return max(size, USER_BLOCK)
