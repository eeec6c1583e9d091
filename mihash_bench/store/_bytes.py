"""Parts of the bytes of a file, none of which ends after the file."""

import struct
from typing import Any

# The address of what is not there.
NOWHERE = 2**64 - 1

# The first byte of a part of a file, and the first byte after it.
Span = tuple[int, int]


class UnfamiliarError(Exception):
    """The file is not laid out as ``write_run`` lays it out. It may be valid all the same."""


class Bytes:
    """The content of a file. base: the place from which addresses in the file count.

    read: is given the place of each part that is looked at.
    """

    def __init__(self, content: bytes, base: int, read: list[Span] | None = None) -> None:
        self.content, self.base = content, base
        self._read = [] if read is None else read

    def unpack(self, form: struct.Struct, start: int) -> tuple[Any, ...]:
        """Return the values at a place. Raises struct.error if the file ends before."""
        self._read.append((start, start + form.size))
        return form.unpack_from(self.content, start)

    def part(self, start: int, size: int) -> bytes:
        """Return some bytes. Raises UnfamiliarError if the file ends before."""
        if start + size > len(self.content):
            raise UnfamiliarError("a part that ends too early")
        self._read.append((start, start + size))
        return self.content[start : start + size]
