"""NumPy's .npz files. Their arrays are read as streams, because they may be compressed."""

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np

from mihash_bench.datasets._memory import CHUNK_BYTES, NUMBER_BYTES, gibibytes, variables_limit
from mihash_bench.datasets._stored_matrix import CHUNK_ROWS
from mihash_bench.errors import InputError
from mihash_bench.own_data.rows import Ask, Block, RowSource, checked_shape, chosen

ENDING = ".npy"
ERRORS = (zipfile.BadZipFile, zlib.error, ValueError, EOFError, NotImplementedError, RuntimeError, SyntaxError)
HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def open_rows(path: Path, ask: Ask) -> RowSource:
    """Return the rows of the chosen array. Raises InputError, naming the file, if it cannot be read in chunks."""
    where = ask.where(path)
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name.removesuffix(ENDING) for name in archive.namelist() if name.endswith(ENDING)]
            name = chosen(names, ask, where)
            with archive.open(name + ENDING) as file:
                shape, by_columns, dtype = _header(file)
    except InputError:
        raise
    except ERRORS as error:
        raise InputError(f"{where}: not a readable .npz file ({error})") from None
    where = f"{where}: {name}"
    rows, columns = checked_shape(shape, dtype, where, ask)
    if dtype.hasobject:
        raise InputError(f"{where}: it has Python objects (allowed: numbers and texts)")
    if by_columns and columns > 1:
        # The rows of such an array are spread over all of it.
        _check_memory(rows * columns * dtype.itemsize, where)

    def blocks() -> Iterator[Block]:
        try:
            with zipfile.ZipFile(path) as archive, archive.open(name + ENDING) as file:
                _header(file)
                yield from _blocks(file, rows, columns, dtype, by_columns)
        except InputError:
            raise
        except ERRORS as error:
            raise InputError(f"{where}: damaged ({error})") from None

    return RowSource(where, columns, dtype, blocks)


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(file)
    if version not in HEADERS:
        raise ValueError(f"format {version[0]}.{version[1]}")
    shape, by_columns, dtype = HEADERS[version](file)
    return shape, bool(by_columns), dtype


def _check_memory(needed: int, where: str) -> None:
    limit = variables_limit()
    if needed > limit:
        raise InputError(
            f"{where}: stored by columns, and would take {gibibytes(needed)} of memory (allowed: at most "
            f"{gibibytes(limit)}, or an array in C order, or an .npy file)"
        )


def _blocks(file: IO[bytes], rows: int, columns: int, dtype: np.dtype[Any], by_columns: bool) -> Iterator[Block]:
    row_bytes = columns * dtype.itemsize
    whole = by_columns and columns > 1
    step = rows if whole else max(1, min(CHUNK_ROWS, CHUNK_BYTES // max(row_bytes, columns * NUMBER_BYTES)))
    for start in range(0, rows, max(1, step)):
        count = min(step, rows - start)
        content = file.read(count * row_bytes)
        if len(content) != count * row_bytes:
            raise EOFError("truncated")
        block = np.frombuffer(content, dtype).reshape((count, columns), order="F" if whole else "C")
        yield Block(block)
    file.read()  # the rest, so that the checksum is compared
