import numpy as np
import pytest
import scipy.spatial.distance

from mihash_bench.datasets.base import Dataset, QueryProtocol
from mihash_bench.errors import InputError
from mihash_bench.experiment.split import check_split, draw_split, neighbor_rule
from mihash_bench.neighbors import SharedLabels, WithinDistance

LABELS = np.repeat(np.arange(5), 20)


def dataset(queries: QueryProtocol, labels: object = None, query: object = None, n: int = 100) -> Dataset:
    X = np.random.default_rng(1).standard_normal((n, 6)).astype(np.float32)
    features = X / np.linalg.norm(X, axis=1, keepdims=True)
    n, d = features.shape
    return Dataset("some", features, np.zeros(d), np.ones(n), labels, query, queries, "0" * 64)  # type: ignore[arg-type]


CASES = {
    "per class": dataset(QueryProtocol(per_class=3), LABELS),
    "total": dataset(QueryProtocol(total=7)),
    "fixed": dataset(QueryProtocol(), LABELS, np.arange(100) % 9 == 4),
    "several labels": dataset(QueryProtocol(per_class=3), np.eye(5, dtype=np.uint8)[LABELS]),
}


@pytest.mark.parametrize("case", CASES)
def test_every_row_is_either_a_query_or_in_the_database(case: str) -> None:
    split = draw_split(CASES[case], np.random.default_rng(0))
    np.testing.assert_array_equal(np.sort(np.concatenate([split.queries, split.database])), np.arange(100))
    assert (split.queries.dtype, split.database.dtype) == (np.int64, np.int64)


@pytest.mark.parametrize("case", CASES)
def test_the_seed_determines_the_random_order_of_the_database(case: str) -> None:
    first, same, other = (draw_split(CASES[case], np.random.default_rng(seed)) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first.database, same.database)
    np.testing.assert_array_equal(first.queries, same.queries)
    assert not np.array_equal(first.database, np.sort(first.database))
    assert not np.array_equal(first.database, other.database)


def test_the_same_number_of_queries_is_drawn_from_each_class() -> None:
    split = draw_split(CASES["per class"], np.random.default_rng(0))
    np.testing.assert_array_equal(np.bincount(LABELS[split.queries]), 3)
    assert not np.array_equal(split.queries, draw_split(CASES["per class"], np.random.default_rng(1)).queries)


def test_a_number_of_queries_in_total_is_drawn_from_all_rows() -> None:
    assert len(draw_split(CASES["total"], np.random.default_rng(0)).queries) == 7


def test_queries_that_the_file_marks_are_taken_in_file_order() -> None:
    split = draw_split(CASES["fixed"], np.random.default_rng(0))
    np.testing.assert_array_equal(split.queries, np.arange(4, 100, 9))


def test_with_several_labels_per_row_the_queries_of_all_columns_are_drawn_in_total() -> None:
    assert len(draw_split(CASES["several labels"], np.random.default_rng(0)).queries) == 15


@pytest.mark.parametrize("case", CASES)
def test_trials_can_have_splits_of_their_own_only_where_queries_are_drawn(case: str) -> None:
    check_split("fixed", CASES[case])
    if case != "fixed":
        check_split("trial", CASES[case])
        return
    with pytest.raises(InputError, match=r"^--split: trial .* some, whose queries are given \(allowed: fixed\)$"):
        check_split("trial", CASES[case])


def test_queries_per_class_are_not_drawn_without_labels() -> None:
    with pytest.raises(InputError, match="--split"):
        check_split("trial", dataset(QueryProtocol(per_class=3), query=np.arange(100) == 4))


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (dataset(QueryProtocol(per_class=21), LABELS), "class 0 has 20 rows .*21 queries"),
        (dataset(QueryProtocol(total=100)), "100 queries .* 100 rows"),
        (dataset(QueryProtocol(total=99)), "99 queries .* 100 rows"),
        (dataset(QueryProtocol(), LABELS, np.ones(100, np.bool_)), "100 queries .* 100 rows"),
        (dataset(QueryProtocol(), LABELS, np.zeros(100, np.bool_)), "no quer"),
        (dataset(QueryProtocol(), LABELS), "no quer"),
        (dataset(QueryProtocol(per_class=3)), "no quer"),
    ],
)
def test_a_split_without_queries_or_database_is_refused(bad: Dataset, says: str) -> None:
    with pytest.raises(InputError, match=f"some: .*{says}"):
        draw_split(bad, np.random.default_rng(0))


def test_with_labels_neighbors_share_a_label() -> None:
    case = CASES["per class"]
    assert neighbor_rule(case, draw_split(case, np.random.default_rng(0))) == SharedLabels()


@pytest.mark.parametrize("n", [100, 2_500])
def test_the_threshold_is_the_5th_percentile_among_the_first_2000_database_rows(n: int) -> None:
    data = dataset(QueryProtocol(total=10), n=n)
    split = draw_split(data, np.random.default_rng(0))
    rule = neighbor_rule(data, split)
    assert isinstance(rule, WithinDistance)
    distances = scipy.spatial.distance.pdist(data.features[split.database[:2_000]].astype(np.float64))
    assert rule.threshold == pytest.approx(np.percentile(distances, 5), rel=1e-12)
