"""Vectors as published for benchmarks of nearest neighbor search (TEXMEX): .fvecs, .bvecs and .ivecs.

Each row has its number of entries d as int32, followed by d entries of float32, uint8 or int32, in little-endian order.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.datasets._stored_matrix import CHUNK_ROWS
from mihash_bench.errors import InputError
from mihash_bench.own_data.rows import Ask, Block, RowSource, checked_shape, of_matrix

ENTRIES = {".fvecs": "<f4", ".bvecs": "u1", ".ivecs": "<i4"}
COUNT = np.dtype("<i4")


def open_rows(path: Path, ask: Ask) -> RowSource:
    """Return the rows of the file. Raises InputError, naming it, if it is truncated or rows have different lengths.

    Where labels are asked for, rows of an .ivecs file with more than one number are lists of labels and may have
    different lengths.
    """
    where, dtype = ask.where(path), np.dtype(ENTRIES[path.suffix.lower()])
    if path.stat().st_size < COUNT.itemsize:
        raise InputError(f"{where}: it has no rows")
    content = np.memmap(path, np.uint8, "r")
    columns = int(content[: COUNT.itemsize].view(COUNT)[0])
    row_bytes = COUNT.itemsize + max(0, columns) * dtype.itemsize
    if ask.labels and dtype.kind == "i" and not (columns == 1 and _is_even(content, columns, row_bytes)):
        return RowSource(where, 1, np.dtype(object), lambda: _lists(content.view(np.uint8), where))
    checked_shape((len(content) // row_bytes, columns), dtype, where, ask)
    if not _is_even(content, columns, row_bytes):
        raise InputError(
            f"{where}: truncated, or its rows have not all {columns} entries (allowed: rows of one length)"
        )
    rows: NDArray[Any] = np.ndarray(
        (len(content) // row_bytes, columns), dtype, content, COUNT.itemsize, (row_bytes, dtype.itemsize)
    )
    return of_matrix(rows, where, ask)


def _is_even(content: NDArray[np.uint8], columns: int, row_bytes: int) -> bool:
    """Return whether all rows have the same number of entries, and the file ends after a row."""
    if columns < 1 or len(content) % row_bytes:
        return False
    counts: NDArray[Any] = np.ndarray((len(content) // row_bytes,), COUNT, content, 0, (row_bytes,))
    return all((counts[start : start + CHUNK_ROWS] == columns).all() for start in range(0, len(counts), CHUNK_ROWS))


def _lists(content: NDArray[np.uint8], where: str) -> Iterator[Block]:
    at, lists = 0, []
    while at < len(content):
        count = int(content[at : at + 4].view(COUNT)[0]) if at + 4 <= len(content) else -1
        end = at + 4 + 4 * count
        if count < 0 or end > len(content):
            raise InputError(f"{where}: truncated, or not an .ivecs file (at byte {at:,})")
        lists.append(content[at + 4 : end].view(COUNT).tolist())
        at = end
        if len(lists) == CHUNK_ROWS:
            yield Block(_as_objects(lists))
            lists = []
    yield Block(_as_objects(lists))


def _as_objects(lists: list[list[int]]) -> NDArray[Any]:
    array = np.empty(len(lists), object)
    array[:] = lists
    return array
