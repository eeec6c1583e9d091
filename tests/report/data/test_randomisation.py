"""Randomisation tests: their p, their level, and the correction for many pairs."""

from itertools import product

import numpy as np
import pytest
from scipy import stats

from mihash_bench.report.data import randomisation
from mihash_bench.report.data.randomisation import holm, paired_p_values, randomisation_p_values


def test_p_is_the_share_of_sign_flips_that_are_as_large():
    differences = np.array([0.3, -0.1, 0.2, 0.4, 0.05, 0.1, 0.25, -0.02])
    flips = np.array(list(product((-1, 1), repeat=8)))
    exact = (np.abs(flips @ differences) >= abs(differences.sum()) - 1e-12).mean()
    assert randomisation_p_values([differences])[0] == pytest.approx(exact, abs=0.006)


def test_p_agrees_with_scipy_for_vectors_of_any_length():
    rng = np.random.default_rng(1)
    vectors = [rng.normal(0.1, 1, n) for n in (40, 90, 40)]
    for vector, p in zip(vectors, randomisation_p_values(vectors), strict=True):
        oracle = stats.permutation_test(
            (vector,), np.mean, permutation_type="samples", n_resamples=4_999, rng=np.random.default_rng(0)
        )  # fmt: skip
        assert p == pytest.approx(oracle.pvalue, abs=0.03)


def test_under_equal_methods_the_rejection_rate_of_a_block_is_at_most_the_level(monkeypatch):
    monkeypatch.setattr(randomisation, "FLIPS", 199)
    rng = np.random.default_rng(4)
    sweeps, methods = 400, 4
    rejected = 0
    for _ in range(sweeps):
        # Skewed, and with a common part by query, as AP is.
        ap = rng.beta(0.6, 2, 50)[:, None] + rng.exponential(0.1, (50, methods))
        pairs = [ap[:, i] - ap[:, j] for i in range(methods) for j in range(i)]
        rejected += (holm(randomisation_p_values(pairs, seed=int(rng.integers(1 << 30)))) < 0.05).any()
    # Three standard deviations of the simulation above the level.
    assert rejected / sweeps <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / sweeps)


def test_a_real_difference_is_found():
    rng = np.random.default_rng(0)
    assert randomisation_p_values([rng.normal(0.3, 1, 1000)])[0] < 1e-3


def test_holm_multiplies_by_the_hypotheses_left_and_never_falls():
    np.testing.assert_allclose(holm(np.array([0.04, 0.01, 0.03, 0.5])), [0.09, 0.04, 0.09, 0.5])
    assert holm(np.array([0.9, 0.8])).tolist() == [1, 1]


def test_a_difference_of_nan_is_an_error_not_the_smallest_p():
    with pytest.raises(ValueError, match="NaN"):
        randomisation_p_values([np.array([0.1, -0.1, np.nan])])


def test_many_pairs_leave_a_p_that_can_be_below_the_level():
    far = [np.ones(30)] * 1500
    assert holm(randomisation_p_values(far)).max() < 0.05


def test_pairs_of_vectors_have_the_p_of_their_differences():
    rng = np.random.default_rng(2)
    vectors = rng.random((4, 50)) * np.array([1, 1, 1.2, 0])[:, None]
    pairs = np.array([(0, 1), (0, 2), (2, 1), (3, 2)])
    p_values = paired_p_values(vectors, pairs, 19_999)
    assert p_values.tolist() == randomisation_p_values([vectors[i] - vectors[j] for i, j in pairs]).tolist()


def test_flips_that_are_equal_except_for_rounding_count_as_equal():
    # All but three queries agree, so a quarter of the flips give the observed sum, whatever is added to both.
    vectors = np.tile(np.random.default_rng(0).random(100), (2, 1))
    vectors[0, :3] += 0.1
    assert paired_p_values(vectors, np.array([(0, 1)]), 19_999)[0] == pytest.approx(0.25, abs=0.01)
