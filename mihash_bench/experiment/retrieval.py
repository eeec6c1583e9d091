"""A dataset prepared for one experiment: queries, a database in random order, and the relevance of its rows."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.datasets.base import Dataset
from mihash_bench.experiment.seeds import generator
from mihash_bench.experiment.split import Split, draw_split, neighbor_rule
from mihash_bench.neighbors import Neighbors, QueryRelevance

Positions = NDArray[np.int64]


@dataclass(frozen=True)
class DatabaseRows:
    """The database's feature rows in database order, read from the mapped file on request."""

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
        """Return the rows at the given database positions."""
        return np.asarray(self.features[self.database[positions]])


@dataclass(frozen=True)
class Retrieval:
    """Features, shape (N, d), and labels in file order, and the row numbers of queries and database.

    ``database`` is in database order. First rows, halves, and ties in index order all refer to this order. The arrays
    are read-only, because methods are given some of them. ``stream_labels`` are the labels that are learned from, if
    they are not the true ones. ``stream`` are the rows that may be learned from, if they are not those of the database.
    """

    features: NDArray[Any]
    labels: NDArray[Any] | None
    queries: Positions
    database: Positions
    neighbors: Neighbors
    stream_labels: NDArray[Any] | None = None
    stream: Positions | None = None

    def __post_init__(self) -> None:
        for name in ("features", "labels", "queries", "database", "stream_labels", "stream"):
            value = getattr(self, name)
            if isinstance(value, np.ndarray):
                view = value.view()
                view.flags.writeable = False
                object.__setattr__(self, name, view)

    @property
    def database_rows(self) -> DatabaseRows:
        """The database's features, which methods receive at the start."""
        return DatabaseRows(self.features, self.database)

    @property
    def learned(self) -> Positions:
        """The rows that may be learned from."""
        return self.database if self.stream is None else self.stream

    @property
    def learned_rows(self) -> DatabaseRows:
        """The features of the rows that may be learned from."""
        return DatabaseRows(self.features, self.learned)

    def part(self, rows: Positions, queries: Positions) -> "Retrieval":
        """Return the retrieval of some queries, given by their numbers, in some of the database positions."""
        return replace(self, database=self.database[rows], queries=self.queries[queries])

    @cached_property
    def relevance(self) -> QueryRelevance:
        """Which database rows are relevant to each query."""
        return QueryRelevance(self.neighbors, self.features, self.labels, self.queries, self.database)

    def take(self, positions: Positions) -> tuple[NDArray[np.float64], NDArray[Any] | None]:
        """Return the features (float64) and labels of rows that may be learned from, by their positions."""
        rows = self.learned[positions]
        known = self.labels if self.stream_labels is None else self.stream_labels
        labels = None if known is None else known[rows]
        return self.features[rows].astype(np.float64), labels


def draw_retrieval(dataset: Dataset, seed: int, trial: int | None = None) -> Retrieval:
    """Split a dataset.

    trial: None for the split that all trials with the same seed share, or the number of a trial for that of its own.
    """
    own = () if trial is None else (trial,)
    return retrieval_of_split(dataset, draw_split(dataset, generator(seed, "split", dataset.name, *own)))


def retrieval_of_split(dataset: Dataset, split: Split) -> Retrieval:
    """Return the retrieval of a dataset that has been split."""
    neighbors = neighbor_rule(dataset, split)
    return Retrieval(dataset.features, dataset.labels, split.queries, split.database, neighbors, stream=split.stream)
