from pathlib import Path

import numpy as np

from mihash_bench.datasets.sample import Sample
from mihash_bench.experiment.split import draw_split, neighbor_rule
from mihash_bench.neighbors import WithinDistance


def test_the_sample_needs_no_file_and_holds_11000_rows(tmp_path: Path, cache_dir: Path) -> None:
    dataset = Sample().load(tmp_path / "nowhere", cache_dir)
    assert dataset.features.shape == (11_000, 128)
    assert dataset.labels is not None
    np.testing.assert_array_equal(np.bincount(dataset.labels), 1_100)


def test_its_queries_are_fixed_100_of_each_class(tmp_path: Path, cache_dir: Path) -> None:
    dataset = Sample().load(tmp_path, cache_dir)
    assert dataset.labels is not None
    splits = [draw_split(dataset, np.random.default_rng(seed)) for seed in (0, 1)]
    np.testing.assert_array_equal(splits[0].queries, splits[1].queries)
    np.testing.assert_array_equal(splits[0].queries, np.flatnonzero(dataset.query))
    np.testing.assert_array_equal(np.bincount(dataset.labels[splits[0].queries]), 100)
    assert len(splits[0].database) == 10_000
    assert not np.array_equal(splits[0].database, splits[1].database)


def test_the_default_stream_is_5000_examples() -> None:
    assert Sample().examples == 5_000


def test_without_labels_rows_and_queries_stay_the_same_and_neighbors_are_within_a_distance(
    tmp_path: Path, cache_dir: Path
) -> None:
    with_labels, without = Sample().load(tmp_path, cache_dir), Sample(labels=False).load(tmp_path, cache_dir)
    assert without.labels is None
    assert without.digest != with_labels.digest
    np.testing.assert_array_equal(without.features, with_labels.features)
    split = draw_split(without, np.random.default_rng(0))
    np.testing.assert_array_equal(split.queries, np.flatnonzero(with_labels.query))
    assert isinstance(neighbor_rule(without, split), WithinDistance)
