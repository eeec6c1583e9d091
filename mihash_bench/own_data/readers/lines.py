"""Text files with one label in each line."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from mihash_bench.datasets._stored_matrix import CHUNK_ROWS
from mihash_bench.errors import InputError
from mihash_bench.own_data.rows import Ask, Block, RowSource


def open_rows(path: Path, ask: Ask) -> RowSource:
    """Return the lines of the file as labels. Raises InputError, naming it, if features are asked for."""
    where = ask.where(path)
    if not ask.labels:
        raise InputError(f"{where}: a text file has labels only (allowed for features: .csv and other formats)")

    def blocks() -> Iterator[Block]:
        try:
            with path.open(encoding="utf-8-sig") as file:
                while lines := [line.strip() for line in islice(file, CHUNK_ROWS)]:
                    yield Block(np.array(lines, object))
        except UnicodeDecodeError as error:
            raise InputError(f"{where}: not UTF-8 ({error.reason})") from None

    return RowSource(where, 1, np.dtype(object), blocks)
