"""Preparing raw rows: they are checked, mostly centred on their mean and scaled to unit norm, and stored as float32."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.datasets._memory import LABEL_BLOCK_BYTES, rows_within
from mihash_bench.datasets._types import Normalization, RawData, Rows
from mihash_bench.errors import InputError

LABEL_ROWS = 1 << 20
USUAL = Normalization()
MAX_LABEL = 2.0**53  # float64 represents every whole number below it exactly


def prepare_features(
    raw: RawData, path: Path, where: str, normalization: Normalization = USUAL
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Write the prepared features to an .npy file, in two passes over the chunks. Sums are accumulated in float64.

    Returns the mean of all rows, of shape (d,), and the norms of the centred rows, of shape (n,): zeros if rows are not
    centred, and ones if they are not scaled.

    Raises InputError, naming ``where``, if a feature is not a finite single-precision number, or if the chunks do not
    add up to n rows of d features.
    """
    mean = _mean(raw, where) if normalization.center else np.zeros(raw.d)
    # Not written through a memory map: on a full disk, that ends in SIGBUS, whereas a write raises an error.
    with path.open("wb") as file:
        header = {"descr": np.lib.format.dtype_to_descr(np.dtype(np.float32)), "fortran_order": False}
        np.lib.format.write_array_header_1_0(file, {**header, "shape": (raw.n, raw.d)})
        norms = []
        for chunk in _checked(raw, where):
            centred = chunk - mean
            if not normalization.unit and (np.abs(centred) > np.finfo(np.float32).max).any():
                raise InputError(f"{where}: centred rows are too large (allowed: numbers in single precision)")
            lengths = np.linalg.norm(centred, axis=1) if normalization.unit else np.ones(len(centred))
            file.write(_unit_rows(centred, lengths).astype(np.float32, order="C").data)
            norms.append(lengths.astype(np.float32))
    return mean, np.concatenate(norms)


def prepare_images(raw: RawData, image: tuple[int, int], path: Path, where: str) -> None:
    """Write images to an .npy file as uint8 of shape (n, height, width, 3).

    Raises InputError, naming ``where``, if the chunks are not n rows of as many bytes.
    """
    height, width = image
    with path.open("wb") as file:
        header = {"descr": np.lib.format.dtype_to_descr(np.dtype(np.uint8)), "fortran_order": False}
        np.lib.format.write_array_header_1_0(file, {**header, "shape": (raw.n, height, width, 3)})
        rows = 0
        for chunk in raw.chunks():
            rows += len(chunk)
            if chunk.dtype != np.uint8 or chunk.shape[1:] != (height * width * 3,) or rows > raw.n:
                raise _wrong_shape(raw, where)
            file.write(np.ascontiguousarray(chunk).data)
        if rows != raw.n:
            raise _wrong_shape(raw, where)


def _mean(raw: RawData, where: str) -> NDArray[np.float64]:
    mean = np.zeros(raw.d)
    for chunk in _checked(raw, where):
        mean += chunk.sum(axis=0)
    return mean / raw.n


def _unit_rows(rows: NDArray[np.float64], norms: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(rows, norms[:, None], out=np.zeros_like(rows), where=norms[:, None] > 0)


def _checked(raw: RawData, where: str) -> Iterator[NDArray[np.float64]]:
    start = 0
    for chunk in raw.chunks():
        with np.errstate(invalid="ignore"):  # converting a signalling NaN warns; NaN is checked for below
            rows = np.asarray(chunk, np.float64)
        if rows.shape[1:] != (raw.d,) or start + len(rows) > raw.n:
            raise _wrong_shape(raw, where)
        # The comparison is also False for NaN. Larger numbers could overflow a norm and turn rows into zeros.
        finite = (np.abs(rows) <= np.finfo(np.float32).max).all(axis=1)
        if not finite.all():
            row = raw.describe(start + int(np.argmin(finite)))
            raise InputError(f"{where}: NaN or infinity in {row} (allowed: finite numbers in single precision)")
        yield rows
        start += len(rows)
    if start != raw.n:
        raise _wrong_shape(raw, where)


def _wrong_shape(raw: RawData, where: str) -> InputError:
    return InputError(f"{where}: the chunks do not add up to the announced {raw.n} rows of {raw.d} features")


def checked_labels(labels: Any, n: int, where: str) -> Rows:
    """Return labels as an int64 array of shape (n,) or a uint8 array of shape (n, c).

    labels: an array, or a matrix of which slices of rows can be taken. They are read and checked in blocks of at most
    64 MiB in double precision.

    Raises InputError, naming ``where``, if there are not n labels, if one of them is not a whole number of at least 0,
    or if a matrix has values other than 0 and 1.
    """
    if isinstance(labels, np.ndarray) and labels.ndim == 2 and 1 in labels.shape:
        labels = labels.ravel()
    shape = tuple(labels.shape)
    if shape[0] != n:
        raise InputError(f"{where}: {shape[0]} labels for {n} rows (allowed: one label per row)")
    row = shape[1:] if shape[1:] != (1,) else ()
    checked = np.empty((n, *row), np.uint8 if row else np.int64)
    step = rows_within(LABEL_ROWS, math.prod(row), LABEL_BLOCK_BYTES)
    for start in range(0, n, step):
        block = labels[start : start + step].reshape(-1, *row)
        _check_block(block, where)
        checked[start : start + step] = block
    return checked


def _check_block(labels: Rows, where: str) -> None:
    if labels.ndim > 1 and ((labels == 0) | (labels == 1)).all():
        return
    numbers = labels.astype(np.float64)
    if not ((np.abs(numbers) < MAX_LABEL) & (numbers == np.floor(numbers))).all():
        raise InputError(f"{where}: some labels are not whole numbers (allowed: whole numbers below 2^53)")
    if (numbers < 0).any():
        # A negative label usually means "no label" and would otherwise become a separate class.
        raise InputError(f"{where}: negative labels (allowed: whole numbers of at least 0)")
    if labels.ndim > 1:
        raise InputError(f"{where}: a matrix of labels has values other than 0 and 1 (allowed: 0 and 1)")
