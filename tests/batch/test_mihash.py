import numpy as np
import pytest

from mihash_bench.batch.mihash import MIHash, batch_information, batch_information_gradient
from mihash_bench.information import entropy, pulse, soft_information, soft_information_slope
from tests.batch.finite_differences import numeric_gradient
from tests.conftest import golden, golden_names


@pytest.mark.parametrize("name", golden_names("batchmi_*"))
def test_objective_and_gradient_equal_the_release(name):
    vector = golden(name)
    U, near = vector["X"].T, vector["Y"] == vector["Y"].T
    told = batch_information(U, near, int(vector["nbins"]), vector["sigscale"])
    np.testing.assert_allclose(told.sum(), vector["loss"], rtol=1e-5)
    gradient = batch_information_gradient(U, near, int(vector["nbins"]), vector["sigscale"])
    np.testing.assert_allclose(gradient.T, vector["dzdx"], rtol=1e-5, atol=1e-5)


def batch(seed=0, n=14, bits=6, classes=3):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, classes, n)
    return 0.05 * rng.normal(size=(n, bits)), y[:, None] == y[None, :]


@pytest.mark.parametrize("seed", range(5))
def test_the_gradient_is_that_of_the_sum_of_information(seed):
    U, near = batch(seed)
    numeric = numeric_gradient(lambda V: -batch_information(V, near, 5, 10.0).sum(), U)
    np.testing.assert_allclose(batch_information_gradient(U, near, 5, 10.0), numeric, rtol=1e-4, atol=1e-6)


def test_information_of_each_point_follows_the_definition():
    U, near = batch(1)
    phi = 2 / (1 + np.exp(-10.0 * U)) - 1
    for i, told in enumerate(batch_information(U, near, 5, 10.0)):
        others = np.arange(len(U)) != i
        member = pulse((6 - phi[others] @ phi[i]) / 2, 6, 5)
        side = near[i, others]
        P, Pp, Pn = member.mean(axis=0), member[side].mean(axis=0), member[~side].mean(axis=0)
        share = side.mean()
        np.testing.assert_allclose(told, entropy(P) - share * entropy(Pp) - (1 - share) * entropy(Pn), atol=1e-12)


def by_matrices(U, near, n_bins, scale):
    """Information and gradient of a batch from whole matrices of memberships."""
    n, bits = U.shape
    s = 1 / (1 + np.exp(-np.clip(scale * U, -42, 42)))
    phi, apart = 2 * s - 1, ~np.eye(n, dtype=bool)
    distances = ((bits - phi @ phi.T) / 2)[apart].reshape(n, n - 1)
    sides = near[apart].reshape(n, n - 1)
    slopes = np.zeros((n, n))
    slopes[apart] = soft_information_slope(distances, sides, bits, n_bins).ravel()
    gradient = -0.5 * ((slopes + slopes.T) @ phi) * 2 * scale * s * (1 - s)
    return soft_information(distances, sides, bits, n_bins), gradient


# With a large scale, all distances are whole numbers and lie on the edges of bins.
@pytest.mark.parametrize(("scale", "n_bins"), [(10.0, 5), (40.0, 16), (1e4, 6), (1e4, 3)])
@pytest.mark.parametrize("seed", range(3))
def test_the_compiled_loops_do_what_matrices_do(seed, scale, n_bins):
    U, near = batch(seed, n=40)
    information, gradient = by_matrices(U, near, n_bins, scale)
    np.testing.assert_allclose(batch_information(U, near, n_bins, scale), information, rtol=0, atol=1e-12)
    told = batch_information_gradient(U, near, n_bins, scale)
    np.testing.assert_allclose(told, gradient, rtol=0, atol=1e-10 * max(1, np.abs(gradient).max()))


def test_perfect_codes_have_full_information_and_equal_codes_none():
    y = np.repeat([0, 1], 8)
    near = y[:, None] == y[None, :]
    # Two classes that differ in half of the bits: distances 0 and b/2.
    codes = np.where(np.arange(8)[None, :] < 4, 1.0, np.where(y[:, None] == 0, 1.0, -1.0))
    share = 7 / 15
    whole = entropy(np.array([share, 1 - share]))
    np.testing.assert_allclose(batch_information(codes, near, 8, 40.0), whole, atol=1e-9)
    np.testing.assert_allclose(batch_information(np.ones((16, 8)), near, 8, 40.0), 0.0, atol=1e-12)


def test_a_point_without_a_neighbor_adds_nothing():
    U, near = batch(2)
    near[0, 1:] = near[1:, 0] = False
    assert batch_information(U, near, 5, 10.0)[0] == pytest.approx(0, abs=1e-12)
    alone = np.eye(len(U), dtype=bool)
    assert (batch_information_gradient(U, alone, 5, 10.0) == 0).all()


def test_one_epoch_follows_the_rule_of_momentum_decay_and_rates():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(20, 5)), rng.integers(0, 2, 20)
    W = 0.1 * rng.normal(size=(5, 4))
    method = MIHash(4, n_bins=4, sigmoid_scale=2.0, epochs=1, batch_size=10, learning_rate=0.3, weight_decay=0.01)
    method.random_state = 5
    learned = method.fit(X, y, W=W, bias=np.full(4, 0.1)).snapshot()
    # The same by hand; drawing W came first, though it was given.
    draws = np.random.default_rng(5)
    draws.normal(size=(5, 4))
    order = draws.permutation(20)
    w, c, vw, vc = W.copy(), np.full(4, 0.1), np.zeros((5, 4)), np.zeros(4)
    for rows in (order[:10], order[10:]):
        near = y[rows][:, None] == y[rows][None, :]
        G = batch_information_gradient(X[rows] @ w + c, near, 4, 2.0) / 10
        vw = 0.9 * vw - 0.01 * w - X[rows].T @ G
        vc = 0.9 * vc - 0.01 * c - G.sum(axis=0)
        w, c = w + 0.3 * vw, c + 0.03 * vc
    np.testing.assert_allclose(learned.W, w, atol=1e-12)
    np.testing.assert_allclose(learned.bias, c, atol=1e-12)


def test_the_rate_halves_every_ten_epochs():
    method = MIHash(learning_rate=0.8)
    assert [method._rate(epoch) for epoch in (0, 9, 10, 25)] == [0.8, 0.8, 0.4, 0.2]
