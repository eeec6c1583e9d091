"""Feature files: in the layout of the authors' CIFAR-10 file, or as HDF5 for ``datasets import``."""

import contextlib
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from mihash_bench.datasets.base import Dataset
from mihash_bench.deep.recipe import Recipe
from mihash_bench.errors import InputError, unknown
from mihash_bench.store.durable import flush
from mihash_bench.store.output_file import move_to

Features = NDArray[np.float32]
# MATLAB v7 files hold variables of less than 2 GiB.
MOST_VARIABLE_BYTES = (1 << 31) - 1


def check_layout(path: Path, dataset: Dataset, n_features: int) -> None:
    """Raise InputError, naming ``-o``, if features cannot be kept in a file of this name."""
    if path.suffix not in WRITERS:
        raise unknown("-o", path.suffix or path.name, WRITERS, "the ending says the layout")
    if path.suffix != ".mat":
        return
    if dataset.query is None or dataset.query.all() or not dataset.query.any():
        raise InputError(f"-o: {path}: {dataset.name} has no fixed test images (allowed: a name ending in .h5)")
    if dataset.labels is None or dataset.labels.ndim != 1:
        raise InputError(f"-o: {path}: images without a single label each (allowed: a name ending in .h5)")
    size = int((~dataset.query).sum()) * n_features * 4
    if size > MOST_VARIABLE_BYTES:
        raise InputError(f"-o: {path}: trainCNN would take {size:,} bytes (allowed: a name ending in .h5)")


def write_features(path: Path, temporary: Path, features: Features, dataset: Dataset, recipe: Recipe) -> None:
    """Write features, labels and recipe to a file, which appears complete or not at all. temporary: on the same disk.

    A ``.mat`` file has the variables ``trainCNN``, ``testCNN``, ``trainLabels`` and ``testLabels``, which are the rows
    in file order without and with the mark of fixed queries. An ``.h5`` file has ``features``, and ``labels`` and
    ``query`` if the dataset has them. Both have ``recipe``, as JSON. Raises OSError if it cannot be written.
    """
    WRITERS[path.suffix](temporary, features, dataset, recipe)
    flush(temporary)
    move_to(path, temporary)
    flush(path.parent)


def read_recipe(path: Path) -> str:
    """Return the recipe of a feature file as JSON, or "" if it has none that can be read."""
    with contextlib.suppress(Exception):
        if path.suffix == ".mat":
            from scipy.io import loadmat

            return str(loadmat(path, variable_names=["recipe"])["recipe"].item())
        with h5py.File(path, "r") as file:
            return str(file.attrs["recipe"])
    return ""


def _write_mat(path: Path, features: Features, dataset: Dataset, recipe: Recipe) -> None:
    from scipy.io import savemat

    assert dataset.query is not None
    assert dataset.labels is not None
    labels = dataset.labels[:, None].astype(np.uint8 if dataset.labels.max() < 256 else np.float64)
    content = {
        "trainCNN": features[~dataset.query], "testCNN": features[dataset.query],
        "trainLabels": labels[~dataset.query], "testLabels": labels[dataset.query], "recipe": recipe.text,
    }  # fmt: skip
    savemat(path, content, do_compression=True)


def _write_h5(path: Path, features: Features, dataset: Dataset, recipe: Recipe) -> None:
    with h5py.File(path, "w") as file:
        file.attrs["recipe"] = recipe.text
        file["features"] = features
        if dataset.labels is not None:
            file["labels"] = dataset.labels
        if dataset.query is not None:
            file["query"] = dataset.query.astype(np.uint8)


WRITERS: dict[str, Callable[[Path, Features, Dataset, Recipe], None]] = {".mat": _write_mat, ".h5": _write_h5}
