"""The contract of a dataset. Each check makes the dataset with its default parameters and reads all of its rows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.datasets._prepare import checked_labels
from mihash_bench.datasets.base import DatasetSource, RawData
from mihash_bench.errors import InputError
from mihash_bench.experiment.split import draw_split, neighbor_rule
from mihash_bench.testing.declared import (
    check_every_parameter_is_declared,
    check_it_has_a_title_and_a_version,
    check_parameters_are_stored_unchanged,
)

# Enough queries to see whether any has neighbors.
SOME = 100

Source = type[DatasetSource]


def check_the_dataset_is_declared(source: Source, data_dir: Path, cache_dir: Path) -> None:
    """It has a title, a version and ``examples``, a whole number from 1, and its parameters have constraints.

    The constructor stores its parameters unchanged.
    """
    check_it_has_a_title_and_a_version(source)
    check_every_parameter_is_declared(source)
    check_parameters_are_stored_unchanged(source)
    assert type(source.examples) is int, f"examples is {source.examples!r}"
    assert source.examples >= 1, f"examples is {source.examples}"


def check_features_are_finite_numbers(source: Source, data_dir: Path, cache_dir: Path) -> None:
    """The chunks have the shape (m, d), make up n rows together, and contain neither NaN nor infinity."""
    raw, row = source().read(data_dir), 0
    for chunk in _chunks(raw):
        assert chunk.ndim == 2, f"a chunk has the shape {chunk.shape}"
        assert chunk.shape[1] == raw.d, f"a chunk has {chunk.shape[1]} columns, but d is {raw.d}"
        finite = np.isfinite(np.asarray(chunk, np.float64)).all(axis=1)
        assert finite.all(), f"row {row + int(np.argmin(finite))} contains NaN or infinity"
        row += len(chunk)
    assert row == raw.n, f"the chunks have {row} rows, but n is {raw.n}"


def check_labels_are_whole_numbers(source: Source, data_dir: Path, cache_dir: Path) -> None:
    """Labels are None, or n whole numbers from 0, or a 0/1 matrix of n rows; there are two classes at least."""
    raw = source().read(data_dir)
    if raw.labels is None:
        return
    try:
        labels = checked_labels(raw.labels, raw.n, "labels")
    except InputError as error:
        raise AssertionError(str(error)) from None
    classes = len(np.unique(labels)) if labels.ndim == 1 else labels.shape[1]
    assert classes > 1, "all rows have the same label"


def check_reading_again_gives_the_same_rows(source: Source, data_dir: Path, cache_dir: Path) -> None:
    """``chunks()`` begins anew at each call, and ``read`` gives the same rows, labels and queries each time."""
    first, second = source().read(data_dir), source().read(data_dir)
    for raw, what in ((first, "a second call of chunks() gives"), (second, "reading it again gives")):
        row, others = 0, _chunks(raw)
        for chunk in _chunks(first):
            other = next(others, None)
            same = other is not None and np.array_equal(chunk, other, equal_nan=True)
            assert same, f"{what} other rows, the first from row {row} on"
            row += len(chunk)
    for name in ("labels", "query"):
        one, two = (getattr(raw, name) for raw in (first, second))
        assert (one is None) == (two is None), f"{name} is None only once"
        assert one is None or np.array_equal(np.asarray(one), np.asarray(two)), f"reading it again gives other {name}"


def check_it_can_be_prepared(source: Source, data_dir: Path, cache_dir: Path) -> None:
    """The rows can be centred, scaled to unit norm and split; they are not all the same."""
    dataset = source().load(data_dir, cache_dir)
    draw_split(dataset, np.random.default_rng(0))
    constant = int((dataset.norms == 0).sum())
    assert constant < len(dataset.norms), "all rows are the same"


def check_no_query_is_in_the_database(source: Source, data_dir: Path, cache_dir: Path) -> None:
    """No query has the same features as a row of the database."""
    dataset = source().load(data_dir, cache_dir)
    split = draw_split(dataset, np.random.default_rng(0))
    stored = {dataset.features[row].tobytes() for row in split.database}
    twice = [int(row) for row in split.queries if dataset.features[row].tobytes() in stored]
    assert not twice, f"{len(twice)} of {len(split.queries)} queries are also in the database, such as row {twice[0]}"


def check_queries_have_neighbors(source: Source, data_dir: Path, cache_dir: Path) -> None:
    """Of the first 100 queries, some have neighbors in the database, and not every row of it is one."""
    dataset = source().load(data_dir, cache_dir)
    split = draw_split(dataset, np.random.default_rng(0))
    rule, queries = neighbor_rule(dataset, split), split.queries[:SOME]
    shares = _neighbors(rule, dataset.features, dataset.labels, queries, split.database)
    assert shares.any(), "no query has a neighbor in the database"
    assert not (shares == 1).all(), "every row of the database is a neighbor of every query"


def _neighbors(rule: Any, X: Any, y: Any, queries: NDArray[np.int64], database: NDArray[np.int64]) -> NDArray[Any]:
    """Return the share of the database that are neighbors of each query."""
    found = np.zeros(len(queries))
    for start in range(0, len(database), 8192):
        rows = np.sort(database[start : start + 8192])
        labels = (None, None) if y is None else (y[queries], y[rows])
        found += rule.between(X[queries], labels[0], X[rows], labels[1]).sum(axis=1)
    return found / len(database)


def _chunks(raw: RawData) -> Iterator[NDArray[Any]]:
    for chunk in raw.chunks():
        yield np.asarray(chunk)


DATASET_CHECKS = (
    check_the_dataset_is_declared,
    check_features_are_finite_numbers,
    check_labels_are_whole_numbers,
    check_reading_again_gives_the_same_rows,
    check_it_can_be_prepared,
    check_no_query_is_in_the_database,
    check_queries_have_neighbors,
)
