"""CIFAR-10 as VGG-16 fc7 features, from the authors' .mat file."""

from pathlib import Path
from typing import ClassVar

import numpy as np

from mihash_bench.datasets._matlab import read_mat, row_chunks, with_labels
from mihash_bench.datasets.base import (
    AuthorsShape,
    DatasetSource,
    KnownContent,
    QueryProtocol,
    RawData,
    SourceFile,
    StandIn,
)
from mihash_bench.errors import InputError


class Cifar10(DatasetSource):
    """60,000 labelled images, training and test images together.

    100 images of each class are queries; the others are the database.
    """

    name = "cifar10"
    title = "CIFAR-10"
    citation = "krizhevsky2009learning, simonyan2015very"
    examples = 20_000
    files: ClassVar[tuple[SourceFile, ...]] = (
        SourceFile(
            "CIFAR10_VGG16_fc7.mat",
            "trainCNN and testCNN (rows x features), trainLabels and testLabels (rows x 1, 0..9)",
            "https://github.com/fcakir/mihash (see its README, datasets)",
        ),
    )
    stand_in: ClassVar[StandIn | None] = StandIn(
        "sample", "the embedded sample, a database of 10,000 CIFAR-10 images with other features"
    )
    authors_shape: ClassVar[AuthorsShape | None] = AuthorsShape(columns=4096, rows=60_000, labels=(0, 9))
    content: ClassVar[KnownContent | None] = KnownContent(rows=60_000, classes=10, per_class=6_000)

    @property
    def queries(self) -> QueryProtocol:
        """100 of each class."""
        return QueryProtocol(per_class=100)

    def read(self, data_dir: Path) -> RawData:
        """Read the training rows followed by the test rows, both in file order."""
        path = self.file(data_dir)
        content = read_mat(path, ("trainCNN", "testCNN", "trainLabels", "testLabels"))
        train, train_labels = with_labels(path, "trainCNN", "trainLabels", content)
        test, test_labels = with_labels(path, "testCNN", "testLabels", content)
        for what, first, second in (("CNN", train, test), ("Labels", train_labels, test_labels)):
            if first.shape[1:] != second.shape[1:]:
                columns = first.shape[1:] or (1,), second.shape[1:] or (1,)
                raise InputError(
                    f"{path}: train{what} has {columns[0][0]} columns, test{what} has {columns[1][0]} (allowed: the "
                    f"same number)"
                )

        def describe(row: int) -> str:
            return f"row {row} of trainCNN" if row < len(train) else f"row {row - len(train)} of testCNN"

        n, labels = len(train) + len(test), np.concatenate([train_labels, test_labels])
        return RawData(n, train.shape[1], lambda: row_chunks(train, test), labels, describe=describe)
