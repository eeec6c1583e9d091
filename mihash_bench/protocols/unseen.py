"""Retrieval of classes that were never learned from."""

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mihash_bench.datasets.base import Dataset
from mihash_bench.experiment.split import Positions, Split
from mihash_bench.parameters import Constraint, Integer
from mihash_bench.protocols._classes import has_labels, label_counts
from mihash_bench.protocols.base import DataProtocol

# Where the dataset does not draw its queries by class.
QUERIES = 100


class Unseen(DataProtocol):
    """A quarter of the classes is never in the stream; queries and database are rows of these classes alone.

    Of C classes, ``round(C / 4)`` (half up, at least one) are drawn for each trial. Queries are drawn from each of them
    and search the other rows of these classes. The stream has rows of the other classes only. Features are prepared as
    under every protocol, with the mean of all rows.

    Rows with several labels are used only if all of their labels are unseen, for queries and database, or if all are
    seen, for the stream. The queries of all unseen classes are then drawn together, and rows without labels are not
    used.

    Parameters
    ----------
    queries : number of queries of each unseen class; none for as many as the dataset has of each class, or 100.
    """

    name: ClassVar[str] = "unseen"
    title: ClassVar[str] = "a quarter of the classes is never in the stream, and only these are searched"
    needs_labels: ClassVar[bool] = True
    split_by_trial: ClassVar[bool] = True
    streams_the_table: ClassVar[bool] = False
    constraints: ClassVar[Mapping[str, Constraint]] = {"queries": Integer(1, none=True)}

    def __init__(self, *, queries: int | None = None) -> None:
        self.queries = queries

    def split(self, dataset: Dataset, random: np.random.Generator) -> Split:
        """Draw the unseen classes, and the queries among their rows."""
        classes, _ = label_counts(dataset)
        if len(classes) < 2:
            raise self.error(dataset, f"which has {len(classes)} class (allowed: at least 2)")
        unseen = random.choice(classes, n_unseen(len(classes)), replace=False)
        known, new = _only(dataset.labels, unseen, has_labels(dataset))
        queries = self._queries(dataset, np.flatnonzero(new), np.sort(unseen), random)
        new[queries] = False
        if new.sum() < 2 or not known.any():
            raise self.error(dataset, "whose stream or database would be empty (allowed: more rows of each class)")
        return Split(queries, random.permutation(np.flatnonzero(new)), random.permutation(np.flatnonzero(known)))

    def _queries(self, dataset: Dataset, rows: Positions, unseen: Positions, random: np.random.Generator) -> Positions:
        labels, each = dataset.labels, self.queries or dataset.queries.per_class or QUERIES
        assert labels is not None
        pools = [rows[labels[rows] == label] for label in unseen] if labels.ndim == 1 else [rows]
        count = each if labels.ndim == 1 else each * len(unseen)
        if (fewest := min(map(len, pools))) <= count:
            raise self.error(dataset, f"{fewest} rows to draw {count} queries from (allowed: fewer unseen.queries)")
        return np.concatenate([random.choice(pool, count, replace=False) for pool in pools])

    def longest(self, dataset: Dataset, split: Split, interval: int) -> int:
        """Return the number of rows that are in the stream: of this split if rows have several labels, else of any."""
        assert dataset.labels is not None
        if dataset.labels.ndim == 2:
            return len(split.learned)
        _, counts = label_counts(dataset)
        largest = np.sort(counts)[::-1][: n_unseen(len(counts))].sum()
        return int(has_labels(dataset).sum() - largest)


def n_unseen(classes: int) -> int:
    """Return a quarter of a number of classes, rounded half up, at least 1."""
    return max(1, math.floor(classes / 4 + 0.5))


def _only(
    labels: NDArray[Any] | None, unseen: Positions, labelled: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which rows have seen labels only, and which have unseen ones only."""
    assert labels is not None
    if labels.ndim == 1:
        new = np.isin(labels, unseen)
        return ~new, new
    is_unseen = np.isin(np.arange(labels.shape[1]), unseen)
    some_unseen, some_seen = labels[:, is_unseen].any(axis=1), labels[:, ~is_unseen].any(axis=1)
    return labelled & ~some_unseen, labelled & ~some_seen
