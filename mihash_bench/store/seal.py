"""The seal of a run file: the SHA-256 of all bytes after the first 512, stored in these 512 bytes.

It finds damage. It is no signature: whoever changes a file on purpose can seal it again.
"""

import hashlib

USER_BLOCK = 512
MAGIC = b"mihash-bench run\nsha256 "


def sealed(content: bytes) -> bytes:
    """Return an HDF5 file with a user block of 512 bytes with its seal in that block."""
    rest = memoryview(content)[USER_BLOCK:]
    return b"".join([_block(rest), rest])


def is_sealed(content: bytes) -> bool:
    """Return whether the first 512 bytes are the seal of the rest, which leaves no byte unchecked."""
    return content[:USER_BLOCK] == _block(memoryview(content)[USER_BLOCK:])


def _block(rest: memoryview) -> bytes:
    return (MAGIC + hashlib.sha256(rest).hexdigest().encode() + b"\n").ljust(USER_BLOCK, b"\0")
