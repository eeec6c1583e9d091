"""Files that are only a cache: sealed against damage, bound to a version, and written if that is possible."""

import hashlib
import os
from contextlib import suppress
from io import BufferedReader
from pathlib import Path

from mihash_bench.store.durable import unique

MOST_BYTES = 2**32
# Above this, a file is checked before as much memory is allocated, because a sparse file may be damaged at no cost.
LARGE_BYTES = 2**28
DIGEST_BYTES = 65


def read_cache(path: Path, kind: str) -> bytes:
    """Return the content of a cache file. Raises OSError or ValueError if there is none that can be used.

    kind: what the content is, with the versions that it depends on.
    """
    magic = _magic(kind)
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        size = os.fstat(descriptor).st_size
        if size > MOST_BYTES:
            raise ValueError("too large")
        found, digest = file.read(len(magic)), file.read(DIGEST_BYTES)
        if found != magic:
            raise ValueError("of another version")
        if size > LARGE_BYTES:
            _check_digest(file, digest)
        # No more is asked for than there is, because as much memory would be allocated.
        content = file.read(size)
    if digest != _digest(content):
        raise ValueError("damaged")
    return content


def _check_digest(file: BufferedReader, digest: bytes) -> None:
    """Raise ValueError if the rest of a file has another digest; its content is read in parts and then once more."""
    start = file.tell()
    if hashlib.file_digest(file, "sha256").hexdigest().encode() + b"\n" != digest:
        raise ValueError("damaged")
    file.seek(start)


def write_cache(path: Path, kind: str, content: bytes | memoryview) -> None:
    """Write a cache file, unless its folder cannot be written to."""
    temporary = path.with_name(f"{path.name}.{unique()}.tmp")
    with suppress(OSError):
        try:
            with temporary.open("wb") as file:
                file.writelines(_parts(kind, content))
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def with_digest(kind: str, content: bytes) -> bytes:
    """Return the bytes of a file that ``read_cache`` reads: what it is and the SHA-256 of its content come first."""
    return b"".join(_parts(kind, content))


def _parts(kind: str, content: bytes | memoryview) -> list[bytes | memoryview]:
    return [_magic(kind), _digest(content), content]


def _magic(kind: str) -> bytes:
    return f"mihash-bench cache {kind}\n".encode()


def _digest(content: bytes | memoryview) -> bytes:
    return hashlib.sha256(content).hexdigest().encode() + b"\n"
