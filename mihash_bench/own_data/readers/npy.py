"""NumPy's .npy files, which are mapped into memory."""

from pathlib import Path

import numpy as np

from mihash_bench.errors import InputError
from mihash_bench.own_data.rows import Ask, RowSource, of_matrix


def open_rows(path: Path, ask: Ask) -> RowSource:
    """Return the rows of the file. Raises InputError, naming it, if it is damaged or has another shape or type."""
    where = ask.where(path)
    try:
        matrix = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError, SyntaxError, TypeError, OverflowError) as error:
        reason = "it has Python objects" if "object" in str(error).lower() else str(error)
        raise InputError(f"{where}: not a readable .npy file ({reason})") from None
    if not isinstance(matrix, np.ndarray):
        raise InputError(f"{where}: not an .npy file (allowed: one array)")
    return of_matrix(matrix, where, ask)
