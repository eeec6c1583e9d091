import numpy as np
import pytest

from mihash_bench.codes import hamming
from mihash_bench.information import (
    bin_centres,
    information,
    plain_histograms,
    pulse,
    pulse_slope,
    soft_information,
    soft_information_slope,
)
from tests.conftest import golden, golden_names


@pytest.mark.parametrize("name", golden_names("trigger_mi_*"))
@pytest.mark.parametrize(("codes", "expected"), [("H", "mi_per"), ("H2", "mi2_per")])
def test_plain_information_equals_the_release_with_its_last_two_levels_folded(name, codes, expected):
    vector = golden(name)
    bits = vector[codes].astype(bool)
    n_bits = bits.shape[1]
    levels = np.minimum(hamming(bits, bits), n_bits - 1)
    result = information(*plain_histograms(levels, vector["Aff"].astype(bool), n_bits))
    np.testing.assert_allclose(result, vector[expected].ravel(), rtol=0, atol=1e-12)


def test_the_last_two_levels_are_kept_apart_unless_folded():
    levels = np.array([[3, 4, 3, 4]])
    near = np.array([[True, False, True, False]])
    assert information(*plain_histograms(levels, near, 4))[0] == pytest.approx(1.0)
    assert information(*plain_histograms(np.minimum(levels, 3), near, 4))[0] == 0


def test_information_is_the_entropy_of_neighborhood_when_distance_tells_all():
    levels, near = np.array([[0, 0, 8, 8, 8, 8, 8, 8]]), np.array([[True] * 2 + [False] * 6])
    expected = -(0.25 * np.log2(0.25) + 0.75 * np.log2(0.75))
    assert information(*plain_histograms(levels, near, 8))[0] == pytest.approx(expected)


@pytest.mark.parametrize("near", [np.ones((1, 5), bool), np.zeros((1, 5), bool)])
def test_information_is_zero_when_all_or_none_are_neighbors(near):
    assert information(*plain_histograms(np.array([[0, 1, 2, 3, 4]]), near, 4))[0] == 0


def test_memberships_of_a_distance_sum_to_one_and_slopes_to_zero_inside():
    h = np.linspace(0.01, 11.99, 97)
    np.testing.assert_allclose(pulse(h, 12, 16).sum(axis=1), 1)
    np.testing.assert_allclose(pulse_slope(h, 12, 16).sum(axis=1), 0, atol=1e-12)


def test_a_distance_at_a_centre_belongs_to_that_bin_and_rises_there():
    at_centre = bin_centres(8, 4)[2:3]
    assert pulse(at_centre, 8, 4).tolist() == [[0, 0, 1, 0, 0]]
    assert pulse_slope(at_centre, 8, 4).tolist() == [[0, 0, 0.5, -0.5, 0]] or pulse_slope(at_centre, 8, 4).tolist() == [
        [0, -0.5, 0.5, 0, 0]
    ]


def test_slope_equals_finite_differences_of_the_relaxed_objective():
    rng = np.random.default_rng(3)
    h, near = rng.uniform(0.3, 15.7, 60), rng.random(60) < 0.3
    slope = soft_information_slope(h, near, 16, 10)
    step = 1e-6
    for r in range(len(h)):
        up, down = h.copy(), h.copy()
        up[r] += step
        down[r] -= step
        difference = (soft_information(up, near, 16, 10) - soft_information(down, near, 16, 10)) / (2 * step)
        assert slope[r] == pytest.approx(-difference, rel=1e-5, abs=1e-8)
