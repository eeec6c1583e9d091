"""From raw rows to the prepared form: checked, centred on the mean of all rows, unit norm, float32."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.datasets.base import RawData
from mihash_bench.errors import InputError

Rows = NDArray[Any]


def prepare_features(raw: RawData, path: Path, where: str) -> None:
    """Write the prepared features to an .npy file, in two passes over the chunks; sums are float64.

    Raises InputError, naming ``where``, for rows that are not finite numbers.
    """
    mean = np.zeros(raw.d)
    for _, chunk in _checked(raw, where):
        mean += chunk.sum(axis=0)
    mean /= raw.n
    out = np.lib.format.open_memmap(path, "w+", np.float32, (raw.n, raw.d))
    for start, chunk in _checked(raw, where):
        centred = chunk - mean
        norms = np.linalg.norm(centred, axis=1, keepdims=True)
        out[start : start + len(chunk)] = np.divide(centred, norms, out=np.zeros_like(centred), where=norms > 0)
    out.flush()


def _checked(raw: RawData, where: str) -> Iterator[tuple[int, NDArray[np.float64]]]:
    start = 0
    for chunk in raw.chunks():
        rows = np.asarray(chunk, np.float64)
        finite = np.isfinite(rows).all(axis=1)
        if not finite.all():
            row = start + int(np.argmin(finite))
            raise InputError(f"{where}: NaN or infinity in row {row} (allowed: finite numbers)")
        yield start, rows
        start += len(rows)


def checked_labels(labels: Rows | None, n: int, where: str) -> Rows | None:
    """Return labels as int64 (n,) or uint8 (n, c). Raises InputError for fractions, NaN, or another length."""
    if labels is None:
        return None
    if labels.ndim == 2 and 1 in labels.shape:
        labels = labels.ravel()
    if len(labels) != n:
        raise InputError(f"{where}: {len(labels)} labels for {n} rows (allowed: one a row)")
    numbers = labels.astype(np.float64)
    if not (np.isfinite(numbers).all() and (numbers == np.floor(numbers)).all()):
        raise InputError(f"{where}: labels that are not whole numbers")
    if labels.ndim == 1:
        return labels.astype(np.int64)
    if not np.isin(labels, (0, 1)).all():
        raise InputError(f"{where}: a matrix of labels with other values than 0 and 1")
    return labels.astype(np.uint8)
