import numpy as np
import pytest

from mihash_bench.batch._dpsh_kernel import sigmoid_of_minus, sum_softplus
from mihash_bench.batch._exponential import exponentials
from mihash_bench.batch.base import softplus


def test_exponentials_are_those_of_extended_precision():
    x = np.concatenate([np.linspace(-708, 708, 20_011), np.linspace(-1, 1, 20_011), [0.0, -0.0, 1e-300]])
    out = np.empty_like(x)
    exponentials(x, out)
    wanted = np.exp(x.astype(np.longdouble))
    assert np.abs(out / wanted - 1).max() < 1e-15


def test_larger_numbers_are_cut_off_and_nan_stays_nan():
    x = np.array([np.inf, 1e9, -np.inf, -1e9, np.nan])
    exponentials(x, x)
    np.testing.assert_allclose(x, np.exp([708.0, 708.0, -708.0, -708.0, np.nan]), rtol=1e-15)


@pytest.mark.parametrize("length", [0, 1, 255, 256, 257, 600])
def test_arrays_of_any_length_are_written_completely_and_no_further(length):
    x = np.random.default_rng(length).normal(size=length)
    out = np.full(length + 3, 7.0)
    exponentials(x, out[:length])
    np.testing.assert_allclose(out[:length], np.exp(x), rtol=1e-15)
    np.testing.assert_array_equal(out[length:], 7.0)


def test_sigmoids_are_right_from_end_to_end():
    v = np.array([[-800.0, -40.0, -1.0, 0.0, 1.0, 40.0, 700.0, 800.0]])
    with np.errstate(over="ignore"):
        wanted = 1 / (1 + np.exp(v))
    sigmoid_of_minus(v)
    np.testing.assert_allclose(v, wanted, rtol=1e-14, atol=1e-300)


@pytest.mark.parametrize(("rows", "columns", "size"), [(0, 3, 1.0), (3, 0, 1.0), (2_500, 3, 0.0), (7, 40, 300.0)])
def test_the_sum_of_softplus_is_that_of_its_terms(rows, columns, size):
    v = size * np.random.default_rng(0).normal(size=(rows, columns))
    assert sum_softplus(v) == pytest.approx(softplus(v).sum(), rel=1e-13)
