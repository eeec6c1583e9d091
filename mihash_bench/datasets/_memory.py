"""How much memory reading source files may take, so that a small file cannot ask for more than a machine has.

MATLAB files are compressed: a byte may unpack to 1,032. Whatever is read at once is therefore bounded before it is
allocated.
"""

import psutil

NUMBER_BYTES = 8
# Rows that are prepared at once, in double precision. Preparing them takes about four times as much.
CHUNK_BYTES = 1 << 29
# Variables of a v5 or v7 file, which are read as a whole. MATLAB itself does not write variables above 2 GiB.
VARIABLES_BYTES = 1 << 32
# Labels as they are prepared, and the labels that are checked at once, in double precision.
LABELS_BYTES = 1 << 30
LABEL_BLOCK_BYTES = 1 << 26
MAX_FEATURES = CHUNK_BYTES // NUMBER_BYTES
MAX_ROWS = LABELS_BYTES // NUMBER_BYTES


def rows_within(most: int, columns: int, limit: int) -> int:
    """Return how many rows to read at once: ``most``, or as many as take ``limit`` bytes in double precision."""
    return max(1, min(most, limit // (NUMBER_BYTES * max(1, columns))))


def variables_limit() -> int:
    """Return how many bytes the variables of a v5 or v7 file may take, at most the memory that is available."""
    return min(VARIABLES_BYTES, int(psutil.virtual_memory().available))


def gibibytes(count: int) -> str:
    """Return a number of bytes as text, such as ``5.8 GiB``."""
    return f"{count / 2**30:,.1f} GiB"
