from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mihash_bench.datasets.base import QueryProtocol
from mihash_bench.datasets.synthetic import Synthetic
from mihash_bench.errors import InputError
from mihash_bench.experiment.split import draw_split, neighbor_rule
from mihash_bench.neighbors import WithinDistance

NOWHERE = Path("nowhere")


def rows(**parameters: Any) -> np.ndarray:
    return np.concatenate(list(Synthetic(**parameters).read(NOWHERE).chunks()))


def test_the_content_does_not_depend_on_how_it_is_read() -> None:
    raw = Synthetic(n=20_000, d=3).read(NOWHERE)
    whole = list(raw.chunks())
    assert len(whole) > 2
    interleaved = list(zip(raw.chunks(), raw.chunks(), strict=True))
    for one, (left, right) in zip(whole, interleaved, strict=True):
        np.testing.assert_array_equal(one, left)
        np.testing.assert_array_equal(one, right)
    (second,) = islice(Synthetic(n=20_000, d=3).read(NOWHERE).chunks(), 1, 2)
    np.testing.assert_array_equal(second, whole[1])


def test_chunks_differ_from_each_other_and_seeds_from_each_other() -> None:
    first, second = islice(Synthetic(n=20_000, d=3, difficulty=1, classes=1).read(NOWHERE).chunks(), 2)
    assert not np.isin(first, second).any()
    assert not np.isin(rows(n=50, d=3), rows(n=50, d=3, data_seed=1)).any()


@pytest.mark.parametrize("classes", [1, 3, 10])
def test_classes_are_balanced_in_random_order(classes: int) -> None:
    labels = Synthetic(n=1_000, classes=classes).read(NOWHERE).labels
    assert labels is not None
    counts = np.bincount(labels)
    assert len(counts) == classes
    assert np.ptp(counts) <= 1
    assert classes == 1 or not np.array_equal(labels, np.sort(labels))


@pytest.mark.parametrize("difficulty", [0.5, 2.0])
def test_difficulty_is_the_spread_within_clusters_over_that_between_them(difficulty: float) -> None:
    parameters = {"n": 20_000, "d": 200, "classes": 100, "difficulty": difficulty}
    X, labels = rows(**parameters), Synthetic(**parameters).read(NOWHERE).labels
    centres = np.array([X[labels == label].mean(axis=0) for label in range(100)])
    within = (X - centres[labels]).std()
    assert within / centres.std() == pytest.approx(difficulty, rel=0.02)


def test_with_difficulty_0_every_row_equals_its_centre() -> None:
    assert len(np.unique(rows(n=100, d=4, classes=5, difficulty=0.0), axis=0)) == 5


def test_with_0_classes_there_are_no_labels_and_neighbors_are_within_a_distance(tmp_path: Path) -> None:
    dataset = Synthetic(n=400, d=8, classes=0).load(tmp_path, tmp_path)
    split = draw_split(dataset, np.random.default_rng(0))
    assert dataset.labels is None
    assert len(split.queries) == 40
    assert isinstance(neighbor_rule(dataset, split), WithinDistance)


@pytest.mark.parametrize(
    ("n", "classes", "queries"),
    [
        (20_000, 10, QueryProtocol(per_class=100)),
        (500, 10, QueryProtocol(per_class=5)),
        (20, 5, QueryProtocol(per_class=1)),
        (20_000, 0, QueryProtocol(total=1_000)),
        (300, 0, QueryProtocol(total=30)),
    ],
)
def test_a_tenth_of_the_rows_and_at_most_1000_are_queries(n: int, classes: int, queries: QueryProtocol) -> None:
    assert Synthetic(n=n, classes=classes).queries == queries


@pytest.mark.parametrize("bad", [{"n": 19}, {"d": 0}, {"classes": -1}, {"difficulty": -0.1}, {"difficulty": np.inf}])
def test_a_parameter_out_of_range_is_refused_by_name(tmp_path: Path, bad: dict[str, Any]) -> None:
    (name,) = bad
    with pytest.raises(InputError, match=rf"synthetic\.{name}: .*allowed"):
        Synthetic(**bad).load(tmp_path, tmp_path)


@pytest.mark.parametrize("bad", [{"n": 1e4}, {"n": "many"}, {"d": True}, {"difficulty": "hard"}, {"data_seed": None}])
def test_a_parameter_of_another_type_is_refused_by_name(tmp_path: Path, bad: dict[str, Any]) -> None:
    (name,) = bad
    with pytest.raises(InputError, match=rf"synthetic\.{name}: .*allowed"):
        Synthetic(**bad).load(tmp_path, tmp_path)


def test_more_classes_than_half_the_rows_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"synthetic\.classes: 11 .*at most 10"):
        Synthetic(n=20, classes=11).load(tmp_path, tmp_path)
