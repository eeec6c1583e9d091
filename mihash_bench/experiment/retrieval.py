"""A dataset as one experiment sees it: queries, a database in random order, and who is relevant to whom."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.datasets.base import Dataset
from mihash_bench.experiment.seeds import generator
from mihash_bench.experiment.split import draw_split, neighbor_rule
from mihash_bench.neighbors import Neighbors, QueryRelevance

Positions = NDArray[np.int64]


@dataclass(frozen=True)
class DatabaseRows:
    """The database's feature rows in database order, taken from the mapped file only when asked for."""

    features: NDArray[Any]
    database: Positions

    @property
    def shape(self) -> tuple[int, int]:
        """(n, d)."""
        return len(self.database), self.features.shape[1]

    def __len__(self) -> int:
        """Return n."""
        return len(self.database)

    def __getitem__(self, positions: Any) -> NDArray[Any]:
        """Return the rows at these database positions."""
        return np.asarray(self.features[self.database[positions]])


@dataclass(frozen=True)
class Retrieval:
    """Features (N, d) and labels in file order, and which of those rows are queries and database.

    ``database`` is in database order: "first rows", halves and ties in index order mean this order.
    """

    features: NDArray[Any]
    labels: NDArray[Any] | None
    queries: Positions
    database: Positions
    neighbors: Neighbors

    @property
    def database_rows(self) -> DatabaseRows:
        """The database's features, as methods see them at the start."""
        return DatabaseRows(self.features, self.database)

    @cached_property
    def relevance(self) -> QueryRelevance:
        """Who is relevant to each query."""
        return QueryRelevance(self.neighbors, self.features, self.labels, self.queries, self.database)

    def take(self, positions: Positions) -> tuple[NDArray[np.float64], NDArray[Any] | None]:
        """Return features in float64 and labels of the rows at these database positions."""
        rows = self.database[positions]
        labels = None if self.labels is None else self.labels[rows]
        return self.features[rows].astype(np.float64), labels


def draw_retrieval(dataset: Dataset, seed: int) -> Retrieval:
    """Split a dataset: one split for all trials of a seed."""
    split = draw_split(dataset, generator(seed, "split", dataset.name))
    neighbors = neighbor_rule(dataset, split)
    return Retrieval(dataset.features, dataset.labels, split.queries, split.database, neighbors)
