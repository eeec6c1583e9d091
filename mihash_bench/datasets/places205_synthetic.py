"""Synthetic clusters of the same size and shape as Places205, which need no file."""

from mihash_bench.datasets.base import QueryProtocol
from mihash_bench.datasets.synthetic import Synthetic


class Places205Synthetic(Synthetic):
    """``synthetic`` with 2,448,873 rows of 128 features in 205 classes, and the query protocol of Places205."""

    name = "places205-synthetic"
    title = "Places205-size synthetic clusters"
    examples = 100_000

    def __init__(
        self, *, n: int = 2_448_873, d: int = 128, classes: int = 205, difficulty: float = 2.0, data_seed: int = 0
    ) -> None:
        super().__init__(n=n, d=d, classes=classes, difficulty=difficulty, data_seed=data_seed)

    @property
    def queries(self) -> QueryProtocol:
        """20 of each class."""
        return QueryProtocol(per_class=20)
