"""The quality of answers against brute force, with ties."""

import os

import numpy as np
import pytest

from mihash_bench.answers.measuring import Searched, check_k, measures, octets
from mihash_bench.answers.scoring import (
    NearRows,
    label_precision,
    near_rows,
    recall_of_codes,
    recall_of_rows,
    unanswered,
)
from mihash_bench.answers.timing import CAN_PIN, Latency, one_pinned_thread
from mihash_bench.codes import hamming, pack
from mihash_bench.engines.base import Answers
from mihash_bench.engines.faiss_flat import FaissFlat
from mihash_bench.engines.faiss_hash import FaissHash
from mihash_bench.errors import InputError


def answers(positions, distances=None):
    found = np.array(positions, np.int64)
    return Answers(found, np.zeros_like(found) if distances is None else np.array(distances, np.int64))


def test_rows_that_are_tied_with_the_kth_nearest_are_all_near():
    similar = np.array([[0.1, 0.9, 0.5, 0.5, 0.5]])
    [near] = near_rows(similar, 2)
    assert near.tolist() == [1, 2, 3, 4]
    rows = NearRows(near, np.array([0, 4]))
    assert recall_of_rows(answers([[1, 4]]), rows) == 1
    assert recall_of_rows(answers([[0, 4]]), rows) == 0.5
    assert recall_of_rows(answers([[4, -1]]), rows) == 0.5


def test_recall_of_codes_counts_by_distance_and_not_by_row():
    found = answers([[7, 8], [9, -1]], [[1, 3], [2, 0]])
    assert recall_of_codes(found, np.array([3, 2])) == 0.75
    assert recall_of_codes(found, np.array([2, 1])) == 0.25


def test_what_was_not_found_is_not_relevant():
    relevant = np.array([[1, 0, 1], [0, 0, 1]], np.bool_)
    found = answers([[0, 1], [2, -1]])
    assert label_precision(found, lambda start, stop: relevant[start:stop], 3) == 0.5
    assert unanswered(answers([[0, 1], [-1, -1]])) == 0.5


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    codes, queries = rng.random((300, 10)) < 0.5, rng.random((40, 10)) < 0.5
    relevance = rng.random((40, 300)) < 0.3
    searched = Searched(octets(pack(codes), 10), octets(pack(queries), 10), 10, lambda a, b: relevance[a:b])
    return searched, hamming(queries, codes), relevance


def test_the_measures_of_a_hash_table_are_those_of_brute_force(table):
    searched, distances, relevance = table
    flat, hashed = measures([FaissFlat(), FaissHash(b=10, nflip=1)], searched, 5)
    assert (flat.code_recall, flat.unanswered, flat.candidates) == (1, 0, 300)
    farthest = np.sort(distances, axis=1)[:, 4]
    # All rows within a distance of 1 are found, the nearest first.
    found = np.minimum((distances <= np.minimum(farthest, 1)[:, None]).sum(1), 5)
    assert hashed.code_recall == pytest.approx(found.sum() / (5 * 40))
    assert hashed.unanswered == (distances.min(1) > 1).mean()
    assert hashed.candidates == pytest.approx((distances <= 1).sum() / 40)
    # Whichever of the tied rows are returned, precision lies between the worst and the best choice of them.
    ranked = np.argsort(distances, axis=1, kind="stable")[:, :5]
    assert 0 < flat.precision < 1
    assert abs(flat.precision - np.take_along_axis(relevance, ranked, 1).mean()) < 0.1
    assert np.isnan(flat.feature_recall)
    assert min(flat.build_s, flat.p50_s, flat.bytes, flat.queries_per_second) > 0


def test_more_rows_than_the_table_has_are_refused():
    with pytest.raises(InputError, match="-k: 11 .allowed with a table of 10 rows: at most 10"):
        check_k(11, 10)


def test_a_latency_has_a_rate_and_percentiles():
    latency = Latency(np.array([1.0, 1.0, 2.0]))
    assert latency.queries_per_second == 0.75
    assert latency.percentile(50) == 1


def test_measuring_uses_one_thread_on_one_core_and_restores_both():
    faiss = pytest.importorskip("faiss")
    before, cores = faiss.omp_get_max_threads(), os.sched_getaffinity(0) if CAN_PIN else None
    with one_pinned_thread():
        assert faiss.omp_get_max_threads() == 1
        assert not CAN_PIN or len(os.sched_getaffinity(0)) == 1
    assert faiss.omp_get_max_threads() == before
    assert not CAN_PIN or os.sched_getaffinity(0) == cores
