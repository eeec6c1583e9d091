"""The embedded sample: 11,000 CIFAR-10 images, small enough to ship with the package."""

from importlib.resources import as_file, files
from pathlib import Path
from typing import ClassVar

import h5py

from mihash_bench.datasets.base import DatasetSource, QueryProtocol, RawData
from mihash_bench.datasets.matlab import row_chunks
from mihash_bench.parameters import Constraint, Flag


class Sample(DatasetSource):
    """1,000 training images of each class are the database, 100 test images of each class the queries.

    Features: ImageNet MobileNet v1 average-pool features of the images at 224 x 224, projected to the first 128
    principal components of the 50,000 training images; float16 in the file. labels = off: neighbors are by distance.
    """

    name = "sample"
    title = "CIFAR-10 sample"
    examples = 5_000
    constraints: ClassVar[dict[str, Constraint]] = {"labels": Flag()}

    def __init__(self, *, labels: bool = True) -> None:
        self.labels = labels

    @property
    def queries(self) -> QueryProtocol:
        """Those that the file marks."""
        return QueryProtocol()

    def read(self, data_dir: Path) -> RawData:
        """Read the file inside the package; ``data_dir`` is not looked at."""
        with as_file(files("mihash_bench.datasets") / "cifar10-sample.h5") as path, h5py.File(path, "r") as file:
            features, labels, query = file["features"][()], file["labels"][()], file["query"][()]
        n, d = features.shape
        return RawData(n, d, lambda: row_chunks(features), labels if self.labels else None, query)
