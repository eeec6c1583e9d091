from itertools import pairwise

import numpy as np
import pytest

from mihash_bench.codes import hamming, pack, unpack
from mihash_bench.encoders import LinearCodes
from mihash_bench.policies.base import TableState
from mihash_bench.policies.pool import Pool, candidate_ap, nearest_rows
from tests.conftest import golden


@pytest.fixture(scope="module")
def vector():
    return golden("later_pool_b16.mat")


def replayed(vector):
    """The table after each of the four updates, and the rows that each has recoded."""
    X, snapshots = vector["X"], vector["snapshots"]
    words, policy = pack(X @ snapshots[:, :, 0] > 0), Pool(nearest=vector["K"])
    for update in range(1, 5):
        centres = X[vector["centres"][update - 1].astype(int) - 1]
        state = TableState(
            words, LinearCodes(snapshots[:, :, update - 1]), X, np.arange(len(X)), np.empty(0, np.int64), X
        )
        recoded = policy.near(state, pack(state.encoder.encode(centres)))
        words = words.copy()
        words[recoded] = pack(X[recoded] @ snapshots[:, :, update] > 0)
        yield words, recoded


def test_four_updates_recode_the_rows_of_the_golden_vector(vector):
    for update, (words, recoded) in enumerate(replayed(vector), start=1):
        assert (recoded + 1).tolist() == vector[f"recoded_{update}"].ravel().tolist()
        assert np.array_equal(unpack(words, 16), vector[f"table_{update}"])
        assert len(recoded) * 16 == vector[f"bits_{update}"]


def test_the_candidates_of_queries_have_the_ap_of_the_golden_vector(vector):
    (words, _) = list(replayed(vector))[-1]
    W, centres = vector["snapshots"][:, :, 4], vector["X"][vector["centres"][3].astype(int) - 1]
    queries, relevant = pack(vector["Xtest"] @ W > 0), vector["Ytest"] == vector["Y"].T
    found = candidate_ap(
        words, queries, pack(centres @ W > 0), lambda start, stop: relevant[start:stop], nearest=vector["K"],
        probes=vector["probes"],
    )  # fmt: skip
    np.testing.assert_allclose(found.ap, vector["AP_candidates"].ravel(), rtol=0, atol=1e-12)
    ranked = (vector["ranked"] > 0).sum(axis=1)
    np.testing.assert_array_equal(found.share, ranked / len(words))


def test_the_nearest_rows_are_the_first_ones_of_a_stable_sort():
    codes = np.random.default_rng(0).random((300, 6)) < 0.5
    order = np.argsort(hamming(codes[:1], codes)[0], kind="stable")
    for count in (1, 7, 150, 299, 300):
        assert nearest_rows(pack(codes), pack(codes)[0], count).tolist() == sorted(order[:count])


def test_centres_are_a_uniform_sample_of_the_stream_however_it_is_cut():
    counts = np.zeros(40)
    for seed in range(300):
        policy, whole = Pool(centres=10), Pool(centres=10)
        for each, cuts in ((policy, (0, 5, 25, 40)), (whole, (0, 40))):
            each.start(100, np.random.default_rng(seed))
            for start, stop in pairwise(cuts):
                each.offer(np.arange(start, stop))
        assert policy.positions_.tolist() == whole.positions_.tolist()
        counts[policy.positions_] += 1
    # 75 expected, with a standard deviation of 7.5.
    assert counts.sum() == 3000
    assert 45 < counts.min() <= counts.max() < 105
