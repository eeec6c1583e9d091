"""Gaussian clusters of any size, drawn in chunks."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mihash_bench.datasets.base import DatasetSource, QueryProtocol, RawData
from mihash_bench.errors import InputError
from mihash_bench.parameters import Constraint, Integer, Real

CHUNK_ROWS = 8192
UNLABELLED_CLUSTERS = 10


class Synthetic(DatasetSource):
    """Gaussian clusters: ``x = c_k + difficulty * e``, where k is the class of the row x.

    Each coordinate of the cluster centres c_k and of the noise e is Gaussian with variance 1/d. Rows are in random
    order, and the sizes of clusters differ by at most one. A tenth of all rows, at most 1,000, are queries, the same
    number from each class.

    Parameters
    ----------
    n, d : number of rows and of features.
    classes : number of clusters; 0 for ten clusters without labels, where neighbors are rows within a Euclidean
        distance of each other.
    difficulty : spread within clusters divided by the spread between them.
    data_seed : random seed of the rows and labels.
    """

    name = "synthetic"
    title = "Synthetic clusters"
    citation = "mihashbench"
    examples = 5_000
    constraints: ClassVar[dict[str, Constraint]] = {
        "n": Integer(20, 100_000_000),
        "d": Integer(1, 1_000_000),
        "classes": Integer(0, 1_000_000),
        "difficulty": Real(0),
        "data_seed": Integer(0),
    }

    def __init__(
        self, *, n: int = 10_000, d: int = 64, classes: int = 10, difficulty: float = 1.0, data_seed: int = 0
    ) -> None:
        self.n = n
        self.d = d
        self.classes = classes
        self.difficulty = difficulty
        self.data_seed = data_seed

    @property
    def queries(self) -> QueryProtocol:
        """A tenth of all rows, at most 1,000: the same number from each class, or in total if there are no labels."""
        total = min(1_000, self.n // 10)
        return QueryProtocol(per_class=max(1, total // self.classes)) if self.classes else QueryProtocol(total=total)

    def check_params(self) -> None:
        """Raise InputError if a parameter is not allowed or if a class would have fewer than two rows."""
        super().check_params()
        if self.classes > self.n // 2:
            raise InputError(
                f"synthetic.classes: {self.classes} is not allowed (allowed for n {self.n}: at most {self.n // 2})"
            )

    def read(self, data_dir: Path) -> RawData:
        """Draw the labels; rows are drawn chunk by chunk, each chunk from its own seed."""
        clusters = self.classes or UNLABELLED_CLUSTERS
        rng = np.random.default_rng([self.data_seed, 0])
        centres = rng.standard_normal((clusters, self.d)) / np.sqrt(self.d)
        labels = rng.permutation(np.arange(self.n) % clusters)
        return RawData(self.n, self.d, lambda: self._chunks(centres, labels), labels if self.classes else None)

    def _chunks(self, centres: NDArray[np.float64], labels: NDArray[Any]) -> Iterator[NDArray[np.float64]]:
        for number, start in enumerate(range(0, self.n, CHUNK_ROWS)):
            rng = np.random.default_rng([self.data_seed, 1, number])
            here = labels[start : start + CHUNK_ROWS]
            noise = rng.standard_normal((len(here), self.d)) / np.sqrt(self.d)
            yield centres[here] + self.difficulty * noise
