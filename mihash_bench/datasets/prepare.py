"""From raw rows to the prepared form: checked, centred on the mean of all rows, unit norm, float32."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.datasets.base import RawData
from mihash_bench.errors import InputError

Rows = NDArray[Any]

MAX_LABEL = 2.0**53  # beyond it a double no longer tells whole numbers apart


def prepare_features(raw: RawData, path: Path, where: str) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Write the prepared features to an .npy file, in two passes over the chunks; sums are float64.

    Returns the mean of all rows, (d,), and the norms of the centred rows, (n,): what was taken away.

    Raises InputError, naming ``where``, for rows that are not finite numbers of single precision, and for chunks that
    are not the announced n rows of d.
    """
    mean = np.zeros(raw.d)
    for chunk in _checked(raw, where):
        mean += chunk.sum(axis=0)
    mean /= raw.n
    # Written in order rather than through a memory map: on a full disk a write fails with an error, a map with SIGBUS.
    with path.open("wb") as file:
        header = {"descr": np.lib.format.dtype_to_descr(np.dtype(np.float32)), "fortran_order": False}
        np.lib.format.write_array_header_1_0(file, {**header, "shape": (raw.n, raw.d)})
        norms = []
        for chunk in _checked(raw, where):
            centred = chunk - mean
            norms.append(np.linalg.norm(centred, axis=1))
            file.write(_unit_rows(centred, norms[-1]).astype(np.float32, order="C").data)
    return mean, np.concatenate(norms).astype(np.float32)


def _unit_rows(rows: NDArray[np.float64], norms: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(rows, norms[:, None], out=np.zeros_like(rows), where=norms[:, None] > 0)


def _checked(raw: RawData, where: str) -> Iterator[NDArray[np.float64]]:
    start = 0
    for chunk in raw.chunks():
        with np.errstate(invalid="ignore"):  # a signalling NaN is looked for below
            rows = np.asarray(chunk, np.float64)
        if rows.shape[1:] != (raw.d,) or start + len(rows) > raw.n:
            raise _not_announced(raw, where)
        # Comparisons with NaN are false; beyond single precision, norms could overflow and rows vanish.
        finite = (np.abs(rows) <= np.finfo(np.float32).max).all(axis=1)
        if not finite.all():
            row = raw.describe(start + int(np.argmin(finite)))
            raise InputError(f"{where}: NaN or infinity in {row} (allowed: finite numbers of single precision)")
        yield rows
        start += len(rows)
    if start != raw.n:
        raise _not_announced(raw, where)


def _not_announced(raw: RawData, where: str) -> InputError:
    return InputError(f"{where}: its chunks are not what was announced, {raw.n} rows of {raw.d} features")


def checked_labels(labels: Rows, n: int, where: str) -> Rows:
    """Return labels as int64 (n,) or uint8 (n, c). Raises InputError for fractions, NaN, negative numbers, or
    another length."""
    if labels.ndim == 2 and 1 in labels.shape:
        labels = labels.ravel()
    if len(labels) != n:
        raise InputError(f"{where}: {len(labels)} labels for {n} rows (allowed: one a row)")
    numbers = labels.astype(np.float64)
    if not ((np.abs(numbers) < MAX_LABEL) & (numbers == np.floor(numbers))).all():
        raise InputError(f"{where}: labels that are not whole numbers (of less than 2^53)")
    if (numbers < 0).any():
        # Such as -1 for no label, which would become a class of its own.
        raise InputError(f"{where}: negative labels (allowed: 0 and above)")
    if labels.ndim == 1:
        return labels.astype(np.int64)
    if not np.isin(labels, (0, 1)).all():
        raise InputError(f"{where}: a matrix of labels with other values than 0 and 1")
    return labels.astype(np.uint8)
