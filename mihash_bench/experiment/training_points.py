"""Training points of the batch settings, and features centred on their mean."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.datasets.base import Dataset, QueryProtocol
from mihash_bench.errors import InputError
from mihash_bench.experiment.retrieval import draw_retrieval
from mihash_bench.experiment.seeds import generator

Positions = NDArray[np.int64]

# Training points of each class in Setting 1 of the paper.
TRAINING_PER_CLASS = 500
# Rows that are centred at once.
ROWS_AT_ONCE = 128
# Shares of the training points of each class that are learned from and used as queries when parameters are tuned.
TUNING_LEARN, TUNING_ASK = 0.8, 0.1


@dataclass(frozen=True)
class BatchSplit:
    """Row numbers of the dataset: the queries, the database in database order, and the training points."""

    queries: Positions
    database: Positions
    training: Positions


def draw_training_points(dataset: Dataset, seed: int, trial: int, split_trial: int | None = None) -> BatchSplit:
    """Draw 500 training points of each class from the database. They remain part of the database.

    Queries and database depend on (seed, dataset), the training points on the trial as well. split_trial: the trial
    whose own queries and database are used; None for those that all trials share. Raises InputError, naming
    ``--dataset``, if a row does not have exactly one label or a class has too few rows.
    """
    return draw_batch_split(dataset, seed, trial, TRAINING_PER_CLASS, split_trial)


def draw_image_split(
    dataset: Dataset, seed: int, trial: int, queries: int | None, training: int | None, split_trial: int | None = None
) -> BatchSplit:
    """Draw queries and training points of images, by the protocol of any of the paper's settings.

    queries: how many of each class are drawn from all rows; None for the rows that the dataset marks, such as the test
    images of CIFAR-10. training: how many of each class of the database are learned from; None for all of them. So
    Setting 1 is (100, 500) and Setting 2 is (1000, None). seed, trial, split_trial and errors are those of
    ``draw_training_points``.
    """
    asked = replace(dataset, queries=QueryProtocol(per_class=queries))
    return draw_batch_split(asked, seed, trial, training, split_trial)


def draw_batch_split(
    dataset: Dataset, seed: int, trial: int, per_class: int | None, split_trial: int | None = None
) -> BatchSplit:
    """Draw training points from the database; see ``draw_training_points``.

    per_class: how many of each class; None for the whole database, in database order.
    """
    labels = class_labels(dataset)
    retrieval = draw_retrieval(dataset, seed, split_trial)
    database = retrieval.database
    if per_class is None:
        return BatchSplit(retrieval.queries, database, database)
    rng = generator(seed, "training points", dataset.name, trial)
    by_class = [database[labels[database] == label] for label in np.unique(labels[database])]
    for rows in by_class:
        if len(rows) < per_class:
            raise InputError(
                f"--dataset: class {labels[rows[0]]} of {dataset.name} has {len(rows)} database rows (allowed for "
                f"batch methods: at least {per_class}, the number of training points)"
            )
    training = np.concatenate([rng.choice(rows, per_class, replace=False) for rows in by_class])
    return BatchSplit(retrieval.queries, database, training)


def draw_tuning_split(dataset: Dataset, seed: int, trial: int, split_trial: int | None = None) -> BatchSplit:
    """Split the training points by class: 80 % to learn from, 10 % as queries, 10 % as the database.

    No other rows are used. The database contains none of the rows that are learned from, because nearly all of the
    database of Setting 1 is not learned from either. The arguments are those of ``draw_training_points``.
    """
    training = draw_training_points(dataset, seed, trial, split_trial).training
    rng = generator(seed, "tuning split", dataset.name, trial)
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
    """Return the labels, shape (n,). Raises InputError, naming ``--dataset``, unless each row has exactly one.

    A matrix of 0 and 1 with a single 1 in each row is converted.
    """
    labels = dataset.labels
    if labels is not None and labels.ndim == 2 and (np.count_nonzero(labels, axis=1) == 1).all():
        return np.asarray(np.argmax(labels, axis=1), np.int64)
    if labels is None or labels.ndim != 1:
        has = "no labels" if labels is None else "several labels per row"
        raise InputError(
            f"--dataset: {dataset.name} has {has} (allowed for batch methods: one label per row, because training "
            f"points are drawn from each class)"
        )
    return labels


class TrainingCentred:
    """A dataset's rows minus the mean of the training points, scaled to unit L2 norm, float32; zero rows stay zero.

    Rows are computed on request from the prepared features, which are centred on the mean of all rows. That mean is
    added back first. Rows of a dataset that are not to be centred or scaled are not.
    """

    def __init__(self, dataset: Dataset, training: Positions) -> None:
        self._features, self._norms = dataset.features, dataset.norms
        self.unit = dataset.normalization.unit
        self._shift = np.zeros(dataset.features.shape[1])
        for row in np.sort(training) if dataset.normalization.center else ():
            self._shift += self._features[row].astype(np.float64) * float(self._norms[row])
        self._shift /= len(training)
        self.mean = dataset.mean + self._shift

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._features)

    @property
    def shape(self) -> tuple[int, int]:
        """(n, d)."""
        return len(self._features), len(self._shift)

    def __getitem__(self, rows: Any) -> NDArray[np.float32]:
        """Return the rows of a slice or at given positions."""
        features, norms = self._features[rows], self._norms[rows]
        centred = np.empty(features.shape, np.float32)
        # Few rows at a time stay in the cache in double precision.
        for start in range(0, len(features), ROWS_AT_ONCE):
            part = slice(start, start + ROWS_AT_ONCE)
            centred[part] = self._centred(features[part], norms[part])
        return centred

    def _centred(self, features: NDArray[Any], norms: NDArray[Any]) -> NDArray[np.float64]:
        raw = features.astype(np.float64)
        raw *= norms[:, None].astype(np.float64)
        raw -= self._shift
        if self.unit:
            lengths = np.linalg.norm(raw, axis=1, keepdims=True)
            np.divide(raw, lengths, out=raw, where=lengths > 0)
        return raw
