import numpy as np
import pytest

from mihash_bench.batch.base import one_hot, sign
from mihash_bench.batch.dpsh import DPSH, similarity_gradient
from tests.batch.finite_differences import numeric_gradient


def points(n=12, bits=5, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, bits)), rng.integers(0, 3, n)


def loss(U, y):
    """Minus the log likelihood over all ordered pairs, as it is written."""
    theta = U @ U.T / 2
    return -((y[:, None] == y) * theta - np.log1p(np.exp(theta))).sum()


@pytest.mark.parametrize("seed", range(3))
def test_the_gradient_is_that_of_the_likelihood_over_all_ordered_pairs(seed):
    U, y = points(seed=seed)
    Z = one_hot(np.unique(y, return_inverse=True)[1])
    numeric = numeric_gradient(lambda V: loss(V, y), U)
    np.testing.assert_allclose(similarity_gradient(U, Z, U, Z), numeric, rtol=1e-6, atol=1e-6)


def test_the_objective_is_the_likelihood_and_the_quantisation_over_all_pairs():
    X, y = points(30, 7)
    method = DPSH(5, epochs=1, batch_size=10, quantization=3.0, learning_rate=0.1, random_state=0).fit(X, y)
    U = X @ method.W_ + method.bias_
    wanted = (loss(U, y) + 3.0 * ((U - sign(U)) ** 2).sum()) / 30**2
    assert method.objective() == pytest.approx(wanted, rel=1e-12)


def test_two_classes_of_two_points_end_with_inner_products_of_the_right_sign():
    X = np.array([[1.0, 0.1], [0.9, -0.1], [-1.0, 0.1], [-0.9, -0.1]])
    y = np.array([0, 0, 1, 1])
    method = DPSH(4, epochs=200, batch_size=4, learning_rate=2.0, quantization=0.0, weight_decay=0.0, random_state=0)
    U = method.fit(X, y).outputs()
    np.testing.assert_array_equal(U @ U.T > 0, y[:, None] == y)


def test_a_large_quantisation_draws_outputs_to_one():
    X, y = np.eye(12), np.arange(12) % 3
    method = DPSH(4, epochs=300, batch_size=12, quantization=1e4, learning_rate=3e-3, weight_decay=0.0, random_state=0)
    method.bias_rate = 0.0
    np.testing.assert_allclose(np.abs(method.fit(X, y).outputs()), 1.0, atol=0.02)


def test_without_learning_the_buffer_holds_the_outputs_of_the_layer():
    X, y = points(50, 6)
    method = DPSH(4, epochs=1, batch_size=8, learning_rate=1e-300, random_state=0).fit(X, y)
    np.testing.assert_array_equal(method.U_, method.outputs())


def test_one_step_descends_pairs_with_the_complete_buffer_and_quantisation():
    X, y = points(10, 6)
    given = {"W": 0.3 * np.random.default_rng(1).normal(size=(6, 3)), "bias": np.array([0.1, -0.2, 0.3])}
    method = DPSH(3, epochs=1, batch_size=10, learning_rate=4.0, quantization=2.0, weight_decay=0.01, random_state=0)
    learned = method.fit(X, y, **given).snapshot()
    U = X @ given["W"] + given["bias"]
    theta = U @ U.T / 2
    G = ((1 / (1 + np.exp(-theta)) - (y[:, None] == y)) @ U + 2 * 2.0 * (U - np.sign(U))) / (10 * 10)
    np.testing.assert_allclose(learned.W, given["W"] - 4.0 * (X.T @ G + 0.01 * given["W"]), atol=1e-12)
    wanted = given["bias"] - 0.04 * (G.sum(axis=0) + 0.01 * given["bias"])
    np.testing.assert_allclose(learned.bias, wanted, atol=1e-12)


def test_the_first_batch_meets_zeros_in_the_buffer():
    X, y = points(10, 6)
    method = DPSH(3, epochs=1, batch_size=5, learning_rate=1e-300, quantization=0.0, random_state=0)
    for _ in method.fit_by_epoch(X, y):
        break
    rows = np.arange(5)
    U = method.outputs()[rows]
    method.gradient(rows, U)
    assert (method.U_[5:] == 0).all()
    np.testing.assert_array_equal(method.U_[:5], U)


def test_the_rate_falls_by_four_decades():
    method = DPSH(epochs=5, learning_rate=100.0)
    np.testing.assert_allclose([method._rate(epoch) for epoch in range(5)], [100, 10, 1, 0.1, 0.01])


# Up to three parts of the buffer, the last one of which is smaller.
@pytest.mark.parametrize("n", [60, 512, 1_100])
def test_a_step_equals_the_plain_form_over_all_pairs(n):
    U, y = points(n=n, bits=7)
    Z = one_hot(np.unique(y, return_inverse=True)[1])
    rows = np.arange(9)
    theta = U[rows] @ U.T / 2
    plain = (1 / (1 + np.exp(-theta)) - (y[rows, None] == y)) @ U
    work = np.full(512 * 9, np.nan)
    np.testing.assert_allclose(similarity_gradient(U[rows], Z[rows], U, Z, work), plain, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(similarity_gradient(U[rows], Z[rows], U, Z), plain, rtol=1e-12, atol=1e-12)


def test_the_objective_counts_every_ordered_pair_once_whatever_the_chunks():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(900, 6)), np.arange(900) % 3
    method = DPSH(5, epochs=1, batch_size=60, quantization=3.0, learning_rate=0.1, random_state=0).fit(X, y)
    U = method.outputs()
    wanted = (loss(U, y) + 3.0 * ((U - sign(U)) ** 2).sum()) / 900**2
    assert method.objective() == pytest.approx(wanted, rel=1e-12)
