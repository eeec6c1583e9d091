"""A sample of CIFAR-10 that is part of the package."""

from importlib.resources import as_file, files
from pathlib import Path
from typing import ClassVar

import h5py

from mihash_bench.datasets._matlab import row_chunks
from mihash_bench.datasets.base import DatasetSource, QueryProtocol, RawData
from mihash_bench.parameters import Constraint, Flag


class Sample(DatasetSource):
    """11,000 CIFAR-10 images: 1,000 training images of each class as the database, 100 test images of each as queries.

    The features are those of the average-pooling layer of MobileNet v1, trained on ImageNet, for images resized to
    224 x 224. They are projected onto the first 128 principal components of the 50,000 training images and stored as
    float16.

    Parameters
    ----------
    labels : whether labels are used. Without them, neighbors are rows within a Euclidean distance of each other.
    """

    name = "sample"
    title = "CIFAR-10 sample"
    citation = "krizhevsky2009learning, howard2017mobilenets"
    examples = 5_000
    constraints: ClassVar[dict[str, Constraint]] = {"labels": Flag()}

    def __init__(self, *, labels: bool = True) -> None:
        self.labels = labels

    @property
    def queries(self) -> QueryProtocol:
        """The rows that the file marks."""
        return QueryProtocol()

    def read(self, data_dir: Path) -> RawData:
        """Read the file of the package; ``data_dir`` is not used."""
        with as_file(files("mihash_bench.datasets") / "cifar10-sample.h5") as path, h5py.File(path, "r") as file:
            features, labels, query = file["features"][()], file["labels"][()], file["query"][()]
        n, d = features.shape
        return RawData(n, d, lambda: row_chunks(features), labels if self.labels else None, query)
