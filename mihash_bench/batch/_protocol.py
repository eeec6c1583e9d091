"""The batch experiments' protocol: which rows are training points, and features as the training points see them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.datasets.base import Dataset
from mihash_bench.errors import InputError

Positions = NDArray[np.int64]

# Setting 1 of the paper: so many of each class; queries and database are the dataset's own.
TRAINING_PER_CLASS = 500
# Of a class's training points when parameters are chosen: to learn from, and (of the rest) to ask with.
TUNING_LEARN, TUNING_ASK = 0.8, 0.1


@dataclass(frozen=True)
class BatchSplit:
    """Rows of the dataset's file: queries, the database in its order, and the training points."""

    queries: Positions
    database: Positions
    training: Positions


def setting_1(dataset: Dataset, queries: Positions, database: Positions, rng: np.random.Generator) -> BatchSplit:
    """Draw 500 training points of each class from the database, of which they stay a part.

    Raises InputError, naming ``--dataset``, without one label a row, and when a class has too few rows.
    """
    labels = class_labels(dataset)
    of_each = [database[labels[database] == label] for label in np.unique(labels[database])]
    for rows in of_each:
        if len(rows) < TRAINING_PER_CLASS:
            raise InputError(
                f"--dataset: class {labels[rows[0]]} of {dataset.name} has {len(rows)} database rows (allowed for "
                f"--setting batch-1: at least {TRAINING_PER_CLASS}, its training points)"
            )
    training = np.concatenate([rng.choice(rows, TRAINING_PER_CLASS, replace=False) for rows in of_each])
    return BatchSplit(queries, database, training)


def tuning_split(dataset: Dataset, training: Positions, rng: np.random.Generator) -> BatchSplit:
    """Split training points by class: 80 % to learn from, 10 % as queries, 10 % as the database they ask.

    No other row is looked at. The database holds none of what is learned from, as nearly all of Setting 1's does not.
    """
    labels = class_labels(dataset)[training]
    parts: list[list[Positions]] = [[], [], []]
    for label in np.unique(labels):
        rows = rng.permutation(training[labels == label])
        learn = int(TUNING_LEARN * len(rows))
        ask = learn + int(TUNING_ASK * len(rows))
        for part, chosen in zip(parts, (rows[:learn], rows[learn:ask], rows[ask:]), strict=True):
            part.append(chosen)
    learned, queries, database = (np.concatenate(part) for part in parts)
    return BatchSplit(queries, rng.permutation(database), learned)


def class_labels(dataset: Dataset) -> NDArray[np.int64]:
    """Return the labels. Raises InputError, naming ``--dataset``, unless each row has one."""
    if dataset.labels is None or dataset.labels.ndim != 1:
        has = "no labels" if dataset.labels is None else "several labels a row"
        raise InputError(f"--dataset: {dataset.name} has {has} (allowed for batch methods: one label a row)")
    return dataset.labels


class TrainingCentred:
    """A dataset's rows minus the mean of the training points, scaled to unit L2 norm, float32; zero rows stay zero.

    Made when asked for, from the prepared features: those are centred on the mean of all rows, which is put back.
    """

    def __init__(self, dataset: Dataset, training: Positions) -> None:
        self._features, self._norms = dataset.features, dataset.norms
        self._shift = np.zeros(dataset.features.shape[1])
        for row in np.sort(training):
            self._shift += self._features[row].astype(np.float64) * float(self._norms[row])
        self._shift /= len(training)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._features)

    @property
    def shape(self) -> tuple[int, int]:
        """(n, d)."""
        return len(self._features), len(self._shift)

    def __getitem__(self, rows: Any) -> NDArray[np.float32]:
        """Return the rows of a slice or at some positions."""
        raw = self._features[rows].astype(np.float64) * self._norms[rows, None].astype(np.float64) - self._shift
        norms = np.linalg.norm(raw, axis=1, keepdims=True)
        return np.divide(raw, norms, out=np.zeros_like(raw), where=norms > 0).astype(np.float32)
