"""Digests of source files. They are noted in the cache, so that a large file is not read again at each load."""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mihash_bench.datasets._mat_signature import begins_like_matlab
from mihash_bench.errors import InputError

HEX_DIGITS = 64


@contextmanager
def errors_as(message: str) -> Iterator[None]:
    """Turn an OSError into an InputError that starts with ``message``."""
    try:
        yield
    except OSError as error:
        raise InputError(f"{message} ({error.strerror or error})") from None


def identity(path: Path) -> str:
    """Return what changes whenever a file is written or replaced.

    Size and modification time are not enough: programs that copy files set the time back. The inode and the time of the
    last change of the inode cannot be set.
    """
    with errors_as(f"--data-dir: cannot read {path}"):
        stat = path.stat()
        facts = [str(path.resolve()), stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns]
    return json.dumps(facts)


def file_digest(path: Path, cache_dir: Path, *, noted: bool = True) -> str:
    """Return the SHA-256 of a source file, computed again only if there is no sound note of this very file.

    With ``noted`` False, the content is read in any case. Raises InputError, naming ``--data-dir``, if the file cannot
    be read or is no MATLAB file although its name ends in ``.mat``.
    """
    about = identity(path)
    note = cache_dir / ".digests" / hashlib.sha256(about.encode()).hexdigest()[:32]
    if noted and (known := _read_note(note, about)):
        return known
    _check_begin(path)
    with errors_as(f"--data-dir: cannot read {path}"), path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if identity(path) == about:
        # The note only saves time, so the digest is used even if it cannot be written.
        with suppress(OSError):
            _write_note(note, _sealed(about, digest))
    return digest


def _check_begin(path: Path) -> None:
    """Refuse what is no MATLAB file before all of it is read, because it may be very large."""
    with errors_as(f"--data-dir: cannot read {path}"):
        if path.suffix == ".mat" and not begins_like_matlab(path):
            raise InputError(
                f"--data-dir: {path}: not a readable MATLAB file (it has no header of a MATLAB v5, v7 or v7.3 file)"
            )


def _sealed(about: str, digest: str) -> bytes:
    """Return the content of a note: the digest, and a checksum over it and the identity of the file."""
    return f"{digest} {hashlib.sha256(f'{about} {digest}'.encode()).hexdigest()}\n".encode()


def _read_note(note: Path, about: str) -> str:
    """Return the digest of a note, or an empty string if it is missing or damaged in any way."""
    with suppress(OSError, UnicodeDecodeError):
        if note.is_file():
            with note.open("rb") as file:
                content = file.read(4 * HEX_DIGITS)
            digest = content[:HEX_DIGITS].decode("ascii")
            if content == _sealed(about, digest):
                return digest
    return ""


def _write_note(note: Path, content: bytes) -> None:
    note.parent.mkdir(exist_ok=True)
    temporary = note.with_name(f"{note.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(content)
        temporary.replace(note)
    finally:
        temporary.unlink(missing_ok=True)
