import numpy as np
import pytest

from mihash_bench.errors import InputError
from mihash_bench.neighbors import QueryRelevance, SharedLabels, WithinDistance


def test_equal_labels_are_neighbors():
    near = SharedLabels().between(None, np.array([1, 2]), None, np.array([2, 1, 2]))
    assert near.tolist() == [[False, True, False], [True, False, True]]


def test_rows_that_share_one_label_are_neighbors_and_a_row_without_labels_has_none():
    y = np.array([[1, 1, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]])
    near = SharedLabels().between(None, y, None, y)
    assert near.tolist() == [
        [True, True, False, False],
        [True, True, False, False],
        [False, False, True, False],
        [False, False, False, False],
    ]


def test_distance_neighbors_are_those_within_the_threshold():
    rng = np.random.default_rng(0)
    A, B = rng.normal(size=(6, 5)).astype(np.float32), rng.normal(size=(8, 5)).astype(np.float32)
    distances = np.linalg.norm(A[:, None].astype(float) - B[None], axis=2)
    threshold = float(np.median(distances))
    assert (WithinDistance(threshold).between(A, None, B, None) == (distances <= threshold)).all()


def test_missing_labels_are_an_error_not_a_guess():
    with pytest.raises(InputError, match="labels"):
        SharedLabels().between(np.ones((1, 2)), None, np.ones((1, 2)), None)


@pytest.mark.parametrize("kept_bytes", [0, 1 << 20])
@pytest.mark.parametrize("rule", [SharedLabels(), WithinDistance(1.3)])
def test_blocks_of_queries_equal_the_complete_matrix(rule, kept_bytes, monkeypatch):
    monkeypatch.setattr("mihash_bench.neighbors.CHUNK_ROWS", 7)
    monkeypatch.setattr("mihash_bench.neighbors.KEPT_BYTES", kept_bytes)
    monkeypatch.setattr("mihash_bench.neighbors.BLOCK_PAIRS", 100)
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(40, 4)).astype(np.float32), rng.integers(0, 3, 40)
    queries, database = np.array([3, 9, 30, 2]), rng.permutation(np.setdiff1d(np.arange(40), [3, 9, 30, 2]))
    relevance = QueryRelevance(rule, X, y, queries, database)
    whole = rule.between(X[queries], y[queries], X[database], y[database])
    assert 0 < whole.sum() < whole.size
    assert (np.vstack([relevance.block(0, 3), relevance.block(3, 4)]) == whole).all()


@pytest.mark.parametrize("dtype", [np.int32, np.uint8, np.float64, np.int64])
def test_labels_of_any_type_are_numbered(dtype):
    labels = np.array([3, 0, 3, 7, 0, 3]).astype(dtype)
    relevance = QueryRelevance(SharedLabels(), np.zeros((6, 1)), labels, np.array([0, 1]), np.arange(2, 6))
    assert relevance.by_label is not None
    ordered = relevance.by_label.order
    for query in range(2):
        here = ordered[relevance.by_label.starts[query] : relevance.by_label.stops[query]]
        assert sorted(here) == np.flatnonzero(relevance.block(query, query + 1)[0]).tolist()
    assert relevance.by_label.labels.dtype == np.int64


def test_a_custom_rule_is_called_for_any_labels():
    class Near:
        uses_features = False

        def between(self, X, y, X2, y2):
            return np.abs(y[:, None] - y2[None, :]) <= 1

    relevance = QueryRelevance(Near(), np.zeros((4, 1)), np.arange(4), np.array([0]), np.arange(1, 4))
    assert relevance.by_label is None
    assert relevance.block(0, 1).tolist() == [[True, False, False]]


@pytest.mark.parametrize("values", [(0, 1, 5), (-3, 0, 4), (7, 70_000, 10**12), (0, 1, 70_000)])
@pytest.mark.parametrize("dtype", [np.int64, np.float64])
def test_items_of_each_label_follow_each_other_whatever_the_labels_are(values, dtype):
    labels = np.random.default_rng(0).choice(np.array(values, dtype), 200)
    relevance = QueryRelevance(SharedLabels(), np.zeros((200, 1)), labels, np.arange(20), np.arange(20, 200))
    groups = relevance.by_label
    for query, start, stop in zip(labels[:20], groups.starts, groups.stops, strict=True):
        found = groups.order[start:stop]
        np.testing.assert_array_equal(found, np.flatnonzero(labels[20:] == query))
