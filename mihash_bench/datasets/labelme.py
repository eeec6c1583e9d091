"""LabelMe as GIST descriptors, without labels, from the authors' .mat file."""

from pathlib import Path
from typing import ClassVar

from mihash_bench.datasets._matlab import read_mat, row_chunks
from mihash_bench.datasets.base import (
    AuthorsShape,
    DatasetSource,
    KnownContent,
    QueryProtocol,
    RawData,
    SourceFile,
    StandIn,
)


class LabelMe(DatasetSource):
    """22,019 images without labels; neighbors are images within a Euclidean distance of each other.

    1,000 random images are queries; the others are the database.
    """

    name = "labelme"
    title = "LabelMe"
    citation = "russell2008labelme, oliva2001modeling"
    examples = 20_000
    files: ClassVar[tuple[SourceFile, ...]] = (
        SourceFile(
            "LabelMe_GIST.mat",
            "gist (22,019 rows x 512)",
            "https://github.com/fcakir/mihash (see its README, datasets)",
        ),
    )
    stand_in: ClassVar[StandIn | None] = StandIn(
        "sample", "the embedded sample without its labels", set=("sample.labels=off",)
    )
    authors_shape: ClassVar[AuthorsShape | None] = AuthorsShape(columns=512, rows=22_019)
    content: ClassVar[KnownContent | None] = KnownContent(rows=22_019)

    @property
    def queries(self) -> QueryProtocol:
        """1,000 in total."""
        return QueryProtocol(total=1_000)

    def read(self, data_dir: Path) -> RawData:
        """Read the rows in file order."""
        features = read_mat(self.file(data_dir), ("gist",))["gist"]
        n, d = features.shape
        return RawData(n, d, lambda: row_chunks(features), None)
