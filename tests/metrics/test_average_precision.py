import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from mihash_bench.codes import hamming, pack
from mihash_bench.evaluation import GivenRelevance, evaluate
from mihash_bench.metrics.average_precision import MAP_EXPECTED, MAP_INDEX, AveragePrecision, expected_ap
from mihash_bench.metrics.base import LevelCounts, parse_metric
from mihash_bench.store.columns import AP_ARRAYS
from tests.metrics.cases import per_query, random_case, textbook_ap


def test_the_worked_example_of_the_definition():
    counts = LevelCounts(np.array([[2, 6, 8]]), np.array([[1, 3, 2]]))
    assert expected_ap(counts)[0] == pytest.approx(0.5564, abs=5e-5)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_expected_ap_lies_between_the_worst_and_the_best_order(seed):
    table, queries, near = random_case(seed)
    (ap,) = per_query(table, queries, near, "mAP")
    distance = hamming(queries, table)
    for q in np.flatnonzero(near.any(axis=1)):
        best, worst = (np.lexsort((sign * near[q], distance[q])) for sign in (-1, 1))
        assert textbook_ap(near[q][worst]) - 1e-12 <= ap[q] <= textbook_ap(near[q][best]) + 1e-12


def test_ap_without_ties_equals_scikit_learn():
    n = 40
    table = np.tri(n, n, -1).astype(bool)
    near = np.random.default_rng(2).random((1, n)) < 0.3
    expected = average_precision_score(near[0], -np.arange(n))
    for ap in per_query(table, np.zeros((1, n), bool), near, "mAP", "mAP[ties=index]"):
        assert ap[0] == pytest.approx(expected)


def test_expected_ap_equals_the_mean_over_sampled_tie_orders():
    table, queries, near = random_case(8, n=300, q=4, bits=8)
    (expected,) = per_query(table, queries, near, "mAP")
    rng = np.random.default_rng(0)
    sampled = []
    for _ in range(2000):
        order = rng.permutation(300)
        sampled.append(per_query(table[order], queries, near[:, order], "mAP[ties=index]")[0])
    spread = np.std(sampled, axis=0) / np.sqrt(2000)
    assert (np.abs(np.mean(sampled, axis=0) - expected) < 4 * spread).all()
    assert (spread > 0).all()


def test_map_is_nan_when_no_query_has_a_relevant_item():
    table, queries, near = random_case(1)
    evaluation = evaluate(pack(table), pack(queries), GivenRelevance(near & False), [MAP_EXPECTED], table.shape[1])
    assert np.isnan(evaluation.value(MAP_EXPECTED))


def test_queries_without_a_hit_among_the_first_n_are_counted_unless_they_have_no_relevant_item_at_all():
    table = np.array([[False] * 4, [True] * 4])
    metric = parse_metric("mAP@1")
    near = np.array([[True, False], [False, True], [False, False]])
    evaluation = evaluate(pack(table), pack(np.zeros((3, 4), bool)), GivenRelevance(near), [metric], 4)
    np.testing.assert_array_equal(evaluation.per_query[metric], [1, 0, np.nan])
    assert evaluation.left_empty(metric) == 1


@given(st.none() | st.integers(1, 10**6), st.sampled_from(["expected", "index"]))
def test_printing_and_parsing_are_inverse(cutoff, ties):
    metric = AveragePrecision(cutoff, ties)
    assert AveragePrecision.parse(str(metric)) == metric


def test_ties_are_expected_for_the_whole_ranking_and_in_database_order_with_a_cutoff():
    assert parse_metric("mAP[ties=expected]") == parse_metric("mAP") == MAP_EXPECTED
    assert parse_metric("mAP[ties=index]") == MAP_INDEX
    assert parse_metric("mAP@5") == AveragePrecision(5, "index")


def test_ranks_are_needed_only_for_ties_in_database_order():
    assert [MAP_EXPECTED.cutoffs(70), MAP_INDEX.cutoffs(70)] == [(), (70,)]
    assert [AveragePrecision(9, ties).cutoffs(70) for ties in ("expected", "index")] == [(), (9,)]


def test_captions_say_how_ties_are_ordered():
    assert [MAP_EXPECTED.ties_note, MAP_INDEX.ties_note] == [
        "ties expected: mean over all orders of ties",
        "ties index: in database order",
    ]


def test_run_files_keep_the_values_of_both_orders_of_ties_for_each_query():
    assert list(AP_ARRAYS) == [str(MAP_EXPECTED), str(MAP_INDEX)]
