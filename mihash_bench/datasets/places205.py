"""Places205 as AlexNet fc7 features, projected to 128 dimensions, from the authors' .mat file."""

from pathlib import Path
from typing import ClassVar

from mihash_bench.datasets.base import DatasetSource, QueryProtocol, RawData, SourceFile
from mihash_bench.datasets.matlab import read_mat, row_chunks, with_labels


class Places205(DatasetSource):
    """About 2.5 million images of 205 scenes; 20 queries of each class, the others are the database."""

    name = "places205"
    title = "Places205"
    examples = 100_000
    files: ClassVar[tuple[SourceFile, ...]] = (
        SourceFile(
            "Places205_AlexNet_fc7_PCA128.mat",
            "pca_feats (rows x 128) and labels (rows x 1, 0..204, or a 0/1 matrix)",
            "https://github.com/fcakir/mihash (see its README, datasets)",
        ),
    )

    @property
    def queries(self) -> QueryProtocol:
        """20 of each class."""
        return QueryProtocol(per_class=20)

    def read(self, data_dir: Path) -> RawData:
        """Open the file; rows are read some at a time where its format allows."""
        path = self.file(data_dir)
        features, labels = with_labels(path, "pca_feats", "labels", read_mat(path, ("pca_feats", "labels")))
        n, d = features.shape
        return RawData(n, d, lambda: row_chunks(features), labels)
