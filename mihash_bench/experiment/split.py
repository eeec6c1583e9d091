"""Splitting a dataset into queries and database, and the rule that defines neighbors."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mihash_bench.datasets.base import Dataset
from mihash_bench.errors import InputError
from mihash_bench.neighbors import Neighbors, SharedLabels, WithinDistance

Positions = NDArray[np.int64]

THRESHOLD_ROWS = 2_000


@dataclass(frozen=True)
class Split:
    """Row numbers in the file: the queries, and the database in random order.

    stream: the rows that may be learned from, in random order; None if these are those of the database. database_round,
    query_round: the number of the round in which each row of the database enters the hash table and each query is
    asked, from 0; None if that is not settled by the split.
    """

    queries: Positions
    database: Positions
    stream: Positions | None = None
    database_round: Positions | None = None
    query_round: Positions | None = None

    @property
    def learned(self) -> Positions:
        """The rows that may be learned from."""
        return self.database if self.stream is None else self.stream


def check_split(split: str, dataset: Dataset) -> None:
    """Raise InputError, naming ``--split``, if trials cannot have splits of their own, as queries are not drawn."""
    drawn = dataset.queries.total is not None or (dataset.queries.per_class is not None and dataset.labels is not None)
    if split != "fixed" and not drawn:
        raise InputError(
            f"--split: {split} is not possible on {dataset.name}, whose queries are given (allowed: fixed)"
        )


def draw_split(dataset: Dataset, rng: np.random.Generator) -> Split:
    """Draw the queries according to the dataset's protocol and put the other rows in random order.

    If rows can have several labels (a matrix), a protocol of m queries per class draws m times the number of columns
    queries in total, regardless of their labels.

    Raises InputError if a class has too few rows, if there are no queries, or if fewer than two database rows remain.
    """
    queries = _draw_queries(dataset, rng)
    if len(queries) == 0:
        raise InputError(f"{dataset.name}: no queries (allowed: marked in the file, or drawn per class or in total)")
    if len(queries) > len(dataset.features) - 2:
        raise _too_many(dataset, len(queries))
    is_query = np.zeros(len(dataset.features), np.bool_)
    is_query[queries] = True
    return Split(queries, rng.permutation(np.flatnonzero(~is_query)))


def _draw_queries(dataset: Dataset, rng: np.random.Generator) -> Positions:
    protocol, labels = dataset.queries, dataset.labels
    if protocol.per_class is not None and labels is not None and labels.ndim == 1:
        parts = [_of_class(dataset, labels, label, protocol.per_class, rng) for label in np.unique(labels)]
        return np.concatenate(parts)
    total = protocol.total
    if protocol.per_class is not None and labels is not None:
        total = protocol.per_class * labels.shape[1]
    if total is None:
        return np.flatnonzero(dataset.query) if dataset.query is not None else np.empty(0, np.int64)
    if total > len(dataset.features):
        raise _too_many(dataset, total)
    return rng.choice(len(dataset.features), total, replace=False)


def _too_many(dataset: Dataset, queries: int) -> InputError:
    return InputError(
        f"{dataset.name}: {queries} queries of {len(dataset.features)} rows (allowed: at most "
        f"{len(dataset.features) - 2}, so that 2 rows remain for the database)"
    )


def _of_class(
    dataset: Dataset, labels: NDArray[np.int64], label: int, count: int, rng: np.random.Generator
) -> Positions:
    rows = np.flatnonzero(labels == label)
    if len(rows) <= count:
        raise InputError(f"{dataset.name}: class {label} has {len(rows)} rows (allowed: more than its {count} queries)")
    return rng.choice(rows, count, replace=False)


def neighbor_rule(dataset: Dataset, split: Split) -> Neighbors:
    """Return the rule that defines neighbors.

    Rows that share a label are neighbors. Without labels, rows at a Euclidean distance of at most t are neighbors,
    where t is the percentile ``dataset.near_percent`` (mostly the 5th) of the distances between all pairs of the first
    2,000 database rows.
    """
    if dataset.labels is not None:
        return SharedLabels()
    rows = dataset.features[split.database[:THRESHOLD_ROWS]].astype(np.float64)
    squares = (rows * rows).sum(axis=1)
    squared = squares[:, None] + squares[None, :] - 2 * (rows @ rows.T)
    distances = np.sqrt(np.maximum(squared[np.triu_indices(len(rows), 1)], 0))
    return WithinDistance(float(np.percentile(distances, dataset.near_percent)))
