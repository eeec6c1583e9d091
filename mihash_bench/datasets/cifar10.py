"""CIFAR-10 as VGG-16 fc7 features, from the authors' .mat file."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import numpy as np

from mihash_bench.datasets.base import DatasetSource, QueryProtocol, RawData, Rows, SourceFile
from mihash_bench.datasets.matlab import read_mat, row_chunks
from mihash_bench.datasets.prepare import checked_labels
from mihash_bench.errors import InputError


class Cifar10(DatasetSource):
    """60,000 images, training and test images pooled; 100 queries of each class, the others are the database."""

    name = "cifar10"
    title = "CIFAR-10"
    examples = 20_000
    files: ClassVar[tuple[SourceFile, ...]] = (
        SourceFile(
            "CIFAR10_VGG16_fc7.mat",
            "trainCNN and testCNN (rows x features), trainLabels and testLabels (rows x 1, 0..9)",
            "https://github.com/fcakir/mihash (see its README, datasets)",
        ),
    )

    @property
    def queries(self) -> QueryProtocol:
        """100 of each class."""
        return QueryProtocol(per_class=100)

    def read(self, data_dir: Path) -> RawData:
        """Pool training rows, then test rows, as the file has them."""
        path = self.file(data_dir)
        content = read_mat(path, ("trainCNN", "testCNN", "trainLabels", "testLabels"))
        train, test = content["trainCNN"], content["testCNN"]
        if train.shape[1] != test.shape[1]:
            raise InputError(f"{path}: trainCNN has {train.shape[1]} columns, testCNN {test.shape[1]}")
        pairs = (("trainCNN", "trainLabels"), ("testCNN", "testLabels"))
        labels = np.concatenate([_labels(path, content, *pair) for pair in pairs])

        def describe(row: int) -> str:
            return f"row {row} of trainCNN" if row < len(train) else f"row {row - len(train)} of testCNN"

        n = len(train) + len(test)
        return RawData(n, train.shape[1], lambda: row_chunks(train, test), labels, describe=describe)


def _labels(path: Path, content: Mapping[str, Rows], features: str, labels: str) -> Rows:
    n, found = len(content[features]), content[labels].ravel()
    if len(found) != n:
        raise InputError(f"{path}: {labels} has {len(found)} entries, {features} {n} rows")
    return checked_labels(found, n, f"{path}: {labels}")
