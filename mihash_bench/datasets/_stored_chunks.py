"""Checking the storage chunks of an HDF5 dataset before HDF5 allocates what they unpack to.

HDF5 unpacks a chunk as a whole, and until its compressed data end, even if that is more than the chunk's declared size.

Format: The HDF Group, HDF5 File Format Specification, sections on the data layout and filter pipeline messages.
"""

import math
import zlib
from typing import Any

from mihash_bench.datasets._memory import CHUNK_BYTES, gibibytes

DEFLATE, SHUFFLE, FLETCHER32 = 1, 2, 3
# The most bytes that a byte compressed by DEFLATE may become.
MAX_EXPANSION = 1032
PIECE_BYTES = 1 << 20


def find_chunk_fault(stored: Any) -> str:
    """Return why the chunks of an h5py dataset cannot be read within ``CHUNK_BYTES``, or an empty string."""
    if stored.chunks is None:
        return ""
    size = math.prod(stored.chunks) * stored.dtype.itemsize
    allowed = f"(allowed: chunks of at most {gibibytes(CHUNK_BYTES)}, compressed at most once, by gzip)"
    if size > CHUNK_BYTES:
        return f"is stored in chunks that take {gibibytes(size)} each {allowed}"
    filters = _filters(stored)
    if filters.count(DEFLATE) > 1 or set(filters) - {DEFLATE, SHUFFLE, FLETCHER32}:
        return f"is stored with the HDF5 filters {', '.join(map(str, filters))} {allowed}"
    if DEFLATE in filters and _unpacks_to_more(stored, size):
        return f"has a chunk that unpacks to more than its {size:,} bytes {allowed}"
    return ""


def _filters(stored: Any) -> list[int]:
    properties = stored.id.get_create_plist()
    return [properties.get_filter(number)[0] for number in range(properties.get_nfilters())]


def _unpacks_to_more(stored: Any, size: int) -> bool:
    """Return whether a chunk unpacks to more than ``size``, as far as that could take more than ``CHUNK_BYTES``."""
    suspects: list[tuple[int, ...]] = []
    too_long = False

    def visit(chunk: Any) -> None:
        nonlocal too_long
        # Data that cannot be compressed grow by less than a hundredth.
        too_long |= chunk.size > size + size // 100 + 1024
        if chunk.size * MAX_EXPANSION > max(CHUNK_BYTES, size):
            suspects.append(chunk.chunk_offset)

    stored.id.chunk_iter(visit)
    return too_long or any(_inflates_beyond(stored, offset, size) for offset in suspects)


def _inflates_beyond(stored: Any, offset: tuple[int, ...], size: int) -> bool:
    skipped, content = stored.id.read_direct_chunk(offset)
    if skipped:
        return False  # stored without compression
    stream, total = zlib.decompressobj(), 0
    while not stream.eof:
        piece = stream.decompress(content, PIECE_BYTES)
        content = stream.unconsumed_tail
        total += len(piece)
        if total > size:
            return True
        if not piece:
            return False  # damaged, as reading it will report
    return False
