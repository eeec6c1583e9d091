"""Queries and database of a dataset, and the rule for who is a neighbor of whom."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mihash_bench.datasets.base import Dataset
from mihash_bench.errors import InputError
from mihash_bench.neighbors import Neighbors, SharedLabels, WithinDistance

Positions = NDArray[np.int64]

THRESHOLD_ROWS = 2_000
THRESHOLD_PERCENTILE = 5


@dataclass(frozen=True)
class Split:
    """Positions of rows in the file: the queries, and all others, the database, in random order."""

    queries: Positions
    database: Positions


def draw_split(dataset: Dataset, rng: np.random.Generator) -> Split:
    """Draw the queries by the dataset's protocol and put the other rows in random order.

    Where rows have several labels (a matrix), so many for each column are drawn in total, whatever their labels.
    Raises InputError when a class has too few rows, and when there would be no query or fewer than two database rows.
    """
    queries = _draw_queries(dataset, rng)
    if len(queries) == 0:
        raise InputError(f"{dataset.name}: no queries: neither marked in the file nor to be drawn by class or in total")
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
        f"{dataset.name}: {queries} queries of {len(dataset.features)} rows (allowed: as many as leave 2 rows for the "
        f"database)"
    )


def _of_class(
    dataset: Dataset, labels: NDArray[np.int64], label: int, count: int, rng: np.random.Generator
) -> Positions:
    rows = np.flatnonzero(labels == label)
    if len(rows) <= count:
        raise InputError(f"{dataset.name}: class {label} has {len(rows)} rows, {count} are to be queries")
    return rng.choice(rows, count, replace=False)


def neighbor_rule(dataset: Dataset, split: Split) -> Neighbors:
    """Return the rule: shared labels, or without labels a Euclidean distance of at most t.

    t is the 5th percentile of the distances among the first 2,000 database rows, each pair once.
    """
    if dataset.labels is not None:
        return SharedLabels()
    rows = dataset.features[split.database[:THRESHOLD_ROWS]].astype(np.float64)
    squares = (rows * rows).sum(axis=1)
    squared = squares[:, None] + squares[None, :] - 2 * (rows @ rows.T)
    distances = np.sqrt(np.maximum(squared[np.triu_indices(len(rows), 1)], 0))
    return WithinDistance(float(np.percentile(distances, THRESHOLD_PERCENTILE)))
