"""Parts of the bytes of a file, none of which ends after the file."""

import struct
from typing import Any

# The address of what is not there.
NOWHERE = 2**64 - 1


class UnfamiliarError(Exception):
    """The file is not laid out as ``write_run`` lays it out. It may be valid all the same."""


class Bytes:
    """The content of a file. base: the place from which addresses in the file count."""

    def __init__(self, content: bytes, base: int) -> None:
        self.content, self.base = content, base

    def unpack(self, form: struct.Struct, start: int) -> tuple[Any, ...]:
        """Return the values at a place. Raises struct.error if the file ends before."""
        return form.unpack_from(self.content, start)

    def part(self, start: int, size: int) -> bytes:
        """Return some bytes. Raises UnfamiliarError if the file ends before."""
        if start + size > len(self.content):
            raise UnfamiliarError("a part that ends too early")
        return self.content[start : start + size]
