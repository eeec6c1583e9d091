"""Training points of the batch experiments, and features centred on the training points."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.datasets.base import Dataset
from mihash_bench.errors import InputError

Positions = NDArray[np.int64]

# Setting 1 of the paper; queries and database are those of the dataset.
TRAINING_PER_CLASS = 500
# Fractions of the training points of each class used for learning and as queries when parameters are tuned.
TUNING_LEARN, TUNING_ASK = 0.8, 0.1


@dataclass(frozen=True)
class BatchSplit:
    """Positions of the queries, of the database (in its order) and of the training points in the dataset."""

    queries: Positions
    database: Positions
    training: Positions


def setting_1(dataset: Dataset, queries: Positions, database: Positions, rng: np.random.Generator) -> BatchSplit:
    """Draw 500 training points of each class from the database; they remain part of it.

    Raises InputError, naming ``--dataset``, if rows do not have exactly one label or a class has too few rows.
    """
    labels = class_labels(dataset)
    of_each = [database[labels[database] == label] for label in np.unique(labels[database])]
    for rows in of_each:
        if len(rows) < TRAINING_PER_CLASS:
            raise InputError(
                f"--dataset: class {labels[rows[0]]} of {dataset.name} has {len(rows)} database rows (allowed for "
                f"--setting batch-1: at least {TRAINING_PER_CLASS}, the number of training points per class)"
            )
    training = np.concatenate([rng.choice(rows, TRAINING_PER_CLASS, replace=False) for rows in of_each])
    return BatchSplit(queries, database, training)


def tuning_split(dataset: Dataset, training: Positions, rng: np.random.Generator) -> BatchSplit:
    """Split the training points of each class into 80 % for learning, 10 % queries and 10 % database.

    No other rows are used. The database contains no row used for learning, since nearly all database rows of Setting 1
    are not used for learning either.
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
    """Return the labels. Raises InputError, naming ``--dataset``, unless each row has exactly one label."""
    if dataset.labels is None or dataset.labels.ndim != 1:
        has = "no labels" if dataset.labels is None else "several labels per row"
        raise InputError(f"--dataset: {dataset.name} has {has} (allowed for batch methods: one label per row)")
    return dataset.labels


class TrainingCentred:
    """The rows of a dataset minus the mean of the training points, scaled to unit L2 norm; rows of zeros stay zero.

    Rows are computed on access, in float32. They are computed from the prepared features, which are centred on the mean
    of all rows.
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
        """The shape (n, d)."""
        return len(self._features), len(self._shift)

    def __getitem__(self, rows: Any) -> NDArray[np.float32]:
        """Return the rows in a slice or at an array of positions."""
        raw = self._features[rows].astype(np.float64) * self._norms[rows, None].astype(np.float64) - self._shift
        norms = np.linalg.norm(raw, axis=1, keepdims=True)
        scaled = np.divide(raw, norms, out=np.zeros_like(raw), where=norms > 0)
        return np.asarray(scaled.astype(np.float32))
