"""Small CIFAR-10 batches in the three published forms."""

import tarfile
from pathlib import Path

import numpy as np
import scipy.io

from mihash_bench.datasets._cifar10_forms import FORMS, Form
from tests.datasets.test_plain_pickle import python2

BATCHES = {"data_batch_1": 30, "data_batch_2": 20, "test_batch": 10}


def images_and_labels() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Images, uint8 of shape (n, 32, 32, 3), and labels of each batch; each class occurs in each batch."""
    rng = np.random.default_rng(0)
    return {
        name: (rng.integers(0, 256, (n, 32, 32, 3)).astype(np.uint8), (np.arange(n) % 10).astype(np.uint8))
        for name, n in BATCHES.items()
    }


def write_batches(folder: Path, form: Form) -> Path:
    """Write the batches in one form into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (images, labels) in images_and_labels().items():
        planes = images.transpose(0, 3, 1, 2).reshape(len(images), -1)
        path = folder / f"{name}{form.suffix}"
        if form.name == "binary":
            path.write_bytes(np.column_stack([labels, planes]).tobytes())
        elif form.name == "python":
            python2({"data": planes, "labels": labels.tolist(), "batch_label": "a batch", "filenames": ["a"]}, path)
        else:
            scipy.io.savemat(path, {"data": planes, "labels": labels[:, None], "batch_label": "a batch"})
    return folder


def write_archive(folder: Path, form: Form) -> Path:
    """Write an archive with the batches in one form into a folder."""
    write_batches(folder / "unpacked" / form.folder, form)
    with tarfile.open(folder / form.archive, "w:gz") as packed:
        packed.add(folder / "unpacked" / form.folder, form.folder)
    return folder


def form_named(name: str) -> Form:
    return next(form for form in FORMS if form.name == name)
