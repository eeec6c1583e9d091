"""The classes of a dataset, whether its rows have one label or several."""

import numpy as np
from numpy.typing import NDArray

from mihash_bench.datasets.base import Dataset

Positions = NDArray[np.int64]


def label_counts(dataset: Dataset) -> tuple[Positions, Positions]:
    """Return the labels that occur, and the number of rows that have each. Of several labels, these are columns."""
    labels = dataset.labels
    assert labels is not None
    if labels.ndim == 1:
        found, counts = np.unique(labels, return_counts=True)
        return found.astype(np.int64), counts
    counts = np.asarray(labels, np.int64).sum(axis=0)
    return np.flatnonzero(counts), counts[counts > 0]


def has_labels(dataset: Dataset) -> NDArray[np.bool_]:
    """Return which rows have a label."""
    labels = dataset.labels
    assert labels is not None
    return np.ones(len(labels), np.bool_) if labels.ndim == 1 else np.asarray(labels.any(axis=1), np.bool_)
