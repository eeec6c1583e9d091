"""Reading batches of CIFAR-10 images in each of the three published forms."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.datasets._cifar10_forms import MOST_BYTES, Found
from mihash_bench.datasets._matlab import read_mat
from mihash_bench.datasets._plain_pickle import read_plain_pickle
from mihash_bench.errors import InputError

SIDE, CLASSES = 32, 10
PLANE = SIDE * SIDE
VALUES = 3 * PLANE
Bytes = NDArray[np.uint8]
Batch = tuple[Bytes, Bytes]


def read_images(found: Found) -> tuple[Bytes, NDArray[np.int64], int]:
    """Return the pixels of all images, their labels, and the number of training images, which come first.

    Pixels have shape (n, 3072), row by row, each as red, green and blue. Raises InputError, naming the file, if one is
    damaged.
    """
    with found.batches() as (training, test):
        batches = [_read(path, found.form.name) for path in (*training, test)]
    pixels = np.concatenate([_interleaved(planes) for planes, _ in batches])
    labels = np.concatenate([labels for _, labels in batches]).astype(np.int64)
    return pixels, labels, len(labels) - len(batches[-1][1])


def _read(path: Path, form: str) -> Batch:
    if path.stat().st_size > MOST_BYTES:
        raise InputError(f"{path}: {path.stat().st_size:,} bytes (allowed: at most {MOST_BYTES:,})")
    readers: dict[str, Callable[[Path], tuple[Any, Any]]] = {
        "binary": _binary, "python": _python, "MATLAB": _matlab
    }  # fmt: skip
    planes, labels = readers[form](path)
    if planes.dtype != np.uint8 or planes.ndim != 2 or planes.shape[1] != VALUES or not len(planes):
        raise InputError(f"{path}: images of {planes.dtype} and shape {planes.shape} (allowed: uint8, n x {VALUES:,})")
    if labels.shape != (len(planes),) or not np.isin(labels, range(CLASSES)).all():
        raise InputError(f"{path}: its labels are not {len(planes):,} whole numbers from 0 to {CLASSES - 1}")
    return planes, labels.astype(np.uint8)


def _binary(path: Path) -> tuple[Any, Any]:
    """Read records of a byte with the label and 3,072 bytes with the planes of red, green and blue."""
    content = np.fromfile(path, np.uint8)
    if not len(content) or len(content) % (VALUES + 1):
        raise InputError(
            f"{path}: {len(content):,} bytes (allowed: a multiple of {VALUES + 1:,}, one record per image)"
        )
    records = content.reshape(-1, VALUES + 1)
    return records[:, 1:], records[:, 0]


def _python(path: Path) -> tuple[Any, Any]:
    content = read_plain_pickle(path)
    planes, labels = content.get("data"), content.get("labels")
    if not isinstance(planes, np.ndarray) or not isinstance(labels, list):
        raise InputError(f"{path}: data or labels are missing (allowed: an array and a list)")
    # Other values than whole numbers become -1, which is refused.
    return planes, np.array([value if type(value) is int and 0 <= value < CLASSES else -1 for value in labels])


def _matlab(path: Path) -> tuple[Any, Any]:
    content = read_mat(path, ("data", "labels"))
    return np.asarray(content["data"][:]), np.asarray(content["labels"][:]).ravel()


def _interleaved(planes: Bytes) -> Bytes:
    """Return the planes of red, green and blue as pixels."""
    return planes.reshape(-1, 3, PLANE).transpose(0, 2, 1).reshape(-1, VALUES)
