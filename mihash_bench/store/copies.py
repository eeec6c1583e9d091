"""Copying run files and their companions byte by byte."""

import hashlib
from pathlib import Path

from mihash_bench.errors import InputError
from mihash_bench.store._open import sealed_bytes
from mihash_bench.store.durable import write_whole
from mihash_bench.store.seal import is_sealed


def content_of(path: Path) -> bytes:
    """Return the bytes of a sealed file. Raises InputError, naming it, if it cannot be read or its seal is broken."""
    try:
        return sealed_bytes(path)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a sealed file. Raises InputError as ``content_of`` does."""
    return hashlib.sha256(content_of(path)).hexdigest()


def check_sealed(target: Path, content: bytes) -> None:
    """Raise InputError, naming the file that it is the content of, if its seal is broken."""
    if not is_sealed(content):
        raise InputError(f"{target}: damaged on its way (its content does not match its SHA-256)")


def write_sealed(target: Path, content: bytes) -> None:
    """Write the content of a sealed file, completely or not at all.

    Raises InputError, naming the file, if its seal is broken, and OSError if it cannot be written.
    """
    check_sealed(target, content)
    write_whole(target, content)


def copy_sealed(source: Path, target: Path, digest: str) -> None:
    """Write the content of a sealed file to another path, completely or not at all.

    Raises InputError if the content no longer has the given SHA-256, and OSError if it cannot be written.
    """
    content = content_of(source)
    if hashlib.sha256(content).hexdigest() != digest:
        raise InputError(f"{source}: the file was replaced while it was copied (repeat the command)")
    write_whole(target, content)
