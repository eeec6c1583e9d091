"""Places205 as AlexNet fc7 features reduced to 128 dimensions by PCA, from the authors' .mat file."""

from pathlib import Path
from typing import ClassVar

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


class Places205(DatasetSource):
    """About 2.5 million images of 205 scenes.

    20 images of each class are queries; the others are the database.
    """

    name = "places205"
    title = "Places205"
    citation = "zhou2014learning, krizhevsky2012imagenet"
    examples = 100_000
    files: ClassVar[tuple[SourceFile, ...]] = (
        SourceFile(
            "Places205_AlexNet_fc7_PCA128.mat",
            "pca_feats (rows x 128) and labels (rows x 1, 0..204, or a 0/1 matrix)",
            "https://github.com/fcakir/mihash (see its README, datasets)",
        ),
    )
    stand_in: ClassVar[StandIn | None] = StandIn(
        "places205-synthetic",
        "50,000 rows of synthetic clusters, streams of at most 20,000 examples",
        set=("places205-synthetic.n=50000",),
        examples=20_000,
    )
    authors_shape: ClassVar[AuthorsShape | None] = AuthorsShape(columns=128, labels=(0, 204))
    content: ClassVar[KnownContent | None] = KnownContent(classes=205)

    @property
    def queries(self) -> QueryProtocol:
        """20 of each class."""
        return QueryProtocol(per_class=20)

    def read(self, data_dir: Path) -> RawData:
        """Read the rows in file order; those of a v7.3 file are read in chunks."""
        path = self.file(data_dir)
        features, labels = with_labels(path, "pca_feats", "labels", read_mat(path, ("pca_feats", "labels")))
        n, d = features.shape
        return RawData(n, d, lambda: row_chunks(features), labels)
