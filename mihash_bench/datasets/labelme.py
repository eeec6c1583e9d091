"""LabelMe as GIST descriptors, without labels, from the authors' .mat file."""

from pathlib import Path
from typing import ClassVar

from mihash_bench.datasets.base import DatasetSource, QueryProtocol, RawData, SourceFile
from mihash_bench.datasets.matlab import read_mat, row_chunks


class LabelMe(DatasetSource):
    """22,019 images, 1,000 of them queries at random; neighbors are within a Euclidean distance."""

    name = "labelme"
    title = "LabelMe"
    examples = 20_000
    files: ClassVar[tuple[SourceFile, ...]] = (
        SourceFile(
            "LabelMe_GIST.mat",
            "gist (22,019 rows x 512)",
            "https://github.com/fcakir/mihash (see its README, datasets)",
        ),
    )

    @property
    def queries(self) -> QueryProtocol:
        """1,000 in total."""
        return QueryProtocol(total=1_000)

    def read(self, data_dir: Path) -> RawData:
        """Open the file."""
        features = read_mat(self.file(data_dir), ("gist",))["gist"]
        n, d = features.shape
        return RawData(n, d, lambda: row_chunks(features), None)
