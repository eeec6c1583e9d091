from itertools import permutations

import ir_measures
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ir_measures import AP, P, Qrel, ScoredDoc

from mihash_bench.codes import hamming, pack
from mihash_bench.errors import InputError
from mihash_bench.evaluation import GivenRelevance, evaluate
from mihash_bench.metrics import _levels as levels
from mihash_bench.metrics.average_precision import MAP_EXPECTED, MAP_INDEX
from mihash_bench.metrics.base import parse_metric
from mihash_bench.neighbors import QueryRelevance, SharedLabels
from tests.conftest import golden, golden_names
from tests.metrics.cases import per_query, random_case, textbook_ap


@pytest.mark.parametrize("name", golden_names("evaluate_*"))
def test_index_ties_equal_the_release(name):
    vector = golden(name)
    table, queries = vector["Htrain"].astype(bool), vector["Htest"].astype(bool)
    kinds = {"AP_N": ("N", "mAP@{}"), "prec_k_q": ("K", "P@{}[ties=index]"), "prec_n_q": ("R", "P@r{}")}
    near = vector["Aff"].T.astype(bool)
    (ap,) = per_query(table, queries, near, "mAP[ties=index]")
    np.testing.assert_allclose(ap, vector["AP"].ravel(), rtol=1e-12)
    for output, (numbers, form) in kinds.items():
        results = per_query(table, queries, near, *(form.format(int(k)) for k in np.ravel(vector[numbers])))
        # The release has no value where nothing relevant is among the first N; such a query scores 0 here.
        expected = np.where(np.isnan(vector[output]) & (near.sum(1) > 0), 0, vector[output])
        np.testing.assert_allclose(results, expected, rtol=1e-12)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_index_ties_equal_a_stable_sort(seed):
    table, queries, near = random_case(seed)
    ap, ap_at, p_at = per_query(table, queries, near, "mAP[ties=index]", "mAP@7", "P@7[ties=index]")
    for q, order in enumerate(np.argsort(hamming(queries, table), axis=1, kind="stable")):
        if near[q].any():
            assert ap[q] == pytest.approx(textbook_ap(near[q][order]))
            assert ap_at[q] == pytest.approx(textbook_ap(near[q][order], 7))
        assert p_at[q] == pytest.approx(near[q][order][:7].mean())


def test_expected_ties_equal_the_mean_over_all_orders():
    rng = np.random.default_rng(5)
    table, queries = rng.random((6, 2)) < 0.5, rng.random((4, 2)) < 0.5
    near = rng.random((4, 6)) < 0.4
    near[:, 0] = True
    ap, ap_at, p_at = per_query(table, queries, near, "mAP", "mAP@3[ties=expected]", "P@3")
    distance = hamming(queries, table)
    for q in range(4):
        orders = [np.array(order) for order in permutations(range(6))]
        sorted_orders = [order for order in orders if (np.diff(distance[q][order]) >= 0).all()]
        hits = np.array([near[q][order] for order in sorted_orders])
        precision = np.cumsum(hits, axis=1) / np.arange(1, 7)
        assert ap[q] == pytest.approx(((precision * hits).sum(1) / near[q].sum()).mean())
        capped = (precision * hits)[:, :3].sum(1) / min(near[q].sum(), 3)
        assert ap_at[q] == pytest.approx(capped.mean())
        assert p_at[q] == pytest.approx(hits[:, :3].mean())


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_expected_metrics_do_not_depend_on_database_order_nor_on_flipped_bits(seed):
    table, queries, near = random_case(seed)
    rng = np.random.default_rng(seed)
    order, mask = rng.permutation(len(table)), rng.random(table.shape[1]) < 0.5
    texts = ("mAP", "mAP@9[ties=expected]", "P@9", "P@r1")
    before = per_query(table, queries, near, *texts)
    np.testing.assert_allclose(per_query(table[order], queries, near[:, order], *texts), before)
    np.testing.assert_allclose(per_query(table ^ mask, queries ^ mask, near, *texts), before)


def test_blocks_of_queries_do_not_change_a_figure(monkeypatch):
    table, queries, near = random_case(8, q=11)
    whole = per_query(table, queries, near, "mAP", "mAP[ties=index]")
    monkeypatch.setattr(levels, "BLOCK_PAIRS", 120)
    assert np.array_equal(per_query(table, queries, near, "mAP", "mAP[ties=index]"), whole)


def test_queries_without_relevant_items_are_left_out_of_map_and_counted_but_score_zero_in_precision():
    table, queries, near = random_case(1, q=3)
    near[1] = False
    metrics = [MAP_EXPECTED, MAP_INDEX, parse_metric("P@5"), parse_metric("mAP@5")]
    evaluation = evaluate(pack(table), pack(queries), GivenRelevance(near), metrics, table.shape[1])
    assert evaluation.queries_without_relevant == 1
    assert np.isnan(evaluation.per_query[MAP_EXPECTED][1])
    assert np.isnan(evaluation.per_query[parse_metric("mAP@5")][1])
    assert evaluation.value(MAP_EXPECTED) == pytest.approx(evaluation.per_query[MAP_EXPECTED][[0, 2]].mean())
    assert evaluation.value(parse_metric("P@5")) == pytest.approx(evaluation.per_query[parse_metric("P@5")].mean())
    assert evaluation.per_query[parse_metric("P@5")][1] == 0


def test_relevance_may_come_in_any_memory_layout():
    table, queries, near = random_case(4)
    assert np.array_equal(
        per_query(table, queries, np.asfortranarray(near), "mAP", "mAP[ties=index]"),
        per_query(table, queries, near, "mAP", "mAP[ties=index]"),
    )


def test_ap_and_precision_equal_ir_measures():
    n = 50
    table = np.tri(n, n, -1).astype(bool)
    near = np.random.default_rng(7).random((1, n)) < 0.3
    judged = [Qrel("q", str(i), int(near[0, i])) for i in range(n)]
    found = [ScoredDoc("q", str(i), float(-i)) for i in range(n)]
    oracle = ir_measures.calc_aggregate([AP, P @ 5, P @ 20], judged, found)
    ap, p5, p20 = per_query(table, np.zeros((1, n), bool), near, "mAP", "P@5", "P@20")
    assert (ap[0], p5[0], p20[0]) == pytest.approx((oracle[AP], oracle[P @ 5], oracle[P @ 20]))


@pytest.mark.parametrize("bits", [5, 32, 64, 70, 256])
@pytest.mark.parametrize("threads", [1, 3])
def test_relevance_by_label_equals_the_same_relevance_as_a_matrix(bits, threads, monkeypatch):
    monkeypatch.setattr(levels, "BLOCK_PAIRS", 7000)
    rng = np.random.default_rng(bits)
    # More items than one chunk of the compiled loop; labels 0 and 9 have no item or no query.
    n, q = 20_000, 11
    labels = np.concatenate([rng.integers(1, 10, n), rng.integers(0, 9, q)])
    table, queries = rng.random((n, bits)) < 0.5, rng.random((q, bits)) < 0.5
    relevance = QueryRelevance(SharedLabels(), np.zeros((n + q, 1)), labels, np.arange(n, n + q), np.arange(n))
    assert relevance.by_label is not None
    metrics = [parse_metric(text) for text in ("mAP", "mAP[ties=index]", "mAP@100", "P@10", "P@r2")]
    given = GivenRelevance(relevance.block(0, q))
    fast = evaluate(pack(table), pack(queries), relevance, metrics, bits, threads=threads)
    plain = evaluate(pack(table), pack(queries), given, metrics, bits)
    np.testing.assert_array_equal(fast.counts.items, plain.counts.items)
    np.testing.assert_array_equal(fast.counts.hits, plain.counts.hits)
    for metric in metrics:
        np.testing.assert_array_equal(fast.per_query[metric], plain.per_query[metric])


@pytest.mark.parametrize("values", [np.zeros(3), np.zeros((5, 1)), 0.5, np.full(5, "x"), None])
def test_a_metric_that_does_not_give_one_number_for_each_query_is_refused(values):
    class Lying(type(MAP_EXPECTED)):
        def per_query(self, counts, ranks):
            return values

    codes = pack(np.random.default_rng(0).random((5, 8)) < 0.5)
    with pytest.raises(InputError, match=r"^--metric: mAP gives .* \(allowed: numbers of shape \(5,\)\)"):
        evaluate(codes, codes, GivenRelevance(np.eye(5, dtype=bool)), [Lying(*vars(MAP_EXPECTED).values())], 8)
