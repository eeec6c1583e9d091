import numpy as np
import pytest
from scipy.linalg import eigh

from mihash_bench.batch._kernel_products import KernelProducts
from mihash_bench.batch.base import one_hot, sign
from mihash_bench.batch.shk import SHK, Relaxation, Residue, relax
from mihash_bench.errors import InputError
from tests.batch.finite_differences import numeric_gradient


def problem(n=40, m=9, seed=0, classes=3, bits=6, done=2):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % classes
    residue = Residue(one_hot(y), bits)
    S = bits * np.where(y[:, None] == y, 1.0, -1.0)
    for _ in range(done):
        code = rng.choice((-1.0, 1.0), n)
        residue.subtract(code)
        S -= np.outer(code, code)
    return rng.normal(size=(n, m)), residue, S


def test_products_with_the_residue_are_those_of_the_matrix_that_is_never_formed():
    _, residue, S = problem()
    f = np.random.default_rng(1).normal(size=40)
    np.testing.assert_allclose(residue.times(f), S @ f, atol=1e-10)
    assert residue.norm() == pytest.approx((S**2).sum())


def test_the_relaxed_loss_has_its_gradient():
    K, residue, S = problem()
    a = np.random.default_rng(1).normal(size=9)
    f = np.tanh(K @ a / 2)
    value, slope = Relaxation(residue).loss(K @ a)
    assert value == pytest.approx(-f @ S @ f, rel=1e-12)
    np.testing.assert_allclose(slope, -(S @ f) * (1 - f * f), rtol=1e-10, atol=1e-10)
    numeric = numeric_gradient(lambda v: Relaxation(residue).value(K @ v[0]), a[None, :])
    np.testing.assert_allclose(slope @ K, numeric[0], rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("seed", range(5))
def test_the_descent_ends_lower_than_it_began(seed):
    K, residue, _ = problem(seed=seed)
    start = np.random.default_rng(seed).normal(size=9)
    end = relax(KernelProducts(K), start, residue, 100)
    assert Relaxation(residue).value(K @ end) < Relaxation(residue).value(K @ start)


def test_the_descent_takes_the_steps_of_the_accelerated_method():
    K, residue, S = problem()
    start = np.random.default_rng(2).normal(size=9)

    def g(a):
        return Relaxation(residue).loss(K @ a)[0]

    before = a = start
    theta_before, theta, L, last = 0.0, 1.0, 1.0, g(start)
    for _ in range(7):
        v = a + (theta_before - 1) / theta * (a - before)
        f = np.tanh(K @ v / 2)
        slope = (-(S @ f) * (1 - f * f)) @ K
        while g(v - slope / L) > g(v) - slope @ slope / (2 * L):
            L *= 2
        before, a = a, v - slope / L
        theta_before, theta = theta, (1 + np.sqrt(1 + 4 * theta**2)) / 2
        if abs(g(a) - last) / 40 <= 1e-2:
            break
        last = g(a)
    np.testing.assert_allclose(relax(KernelProducts(K), start, residue, 7), a, atol=1e-9)


def test_products_equal_those_of_double_precision_to_within_1e_10():
    rng = np.random.default_rng(3)
    X = rng.normal(size=(211, 8))
    # Kernel features, whose eigenvalues fall by many decades, so that most columns are whole numbers.
    K = np.exp(-((X[:, None] - X[:43]) ** 2).sum(axis=2) / 16)
    features = KernelProducts(K - K.mean(axis=0))
    g = rng.normal(size=211)
    slope = g @ features.K
    rotated = features.gradient(g)
    assert 1 <= features._large.shape[1] < 30
    assert np.abs(features.back(rotated) - slope).max() <= 1e-10 * np.linalg.norm(slope)
    wanted = features.K @ slope
    assert np.abs(features.times(rotated) - wanted).max() <= 1e-10 * np.linalg.norm(wanted)


def points(n=300, classes=4, seed=0, spread=0.3):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % classes
    X = rng.normal(size=(classes, 8))[y] + spread * rng.normal(size=(n, 8))
    return X / np.linalg.norm(X, axis=1, keepdims=True), y


def test_the_relaxed_bit_is_kept_only_where_it_agrees_better_and_the_residue_falls_where_it_must():
    X, y = points(spread=1.0)
    method = SHK(8, n_anchors=30, random_state=0)
    norms = []
    learning = method.fit_by_epoch(X, y)
    next(learning)
    for bit in range(8):
        spectral = method._spectral()
        before = method._residue.norm()
        spectral_value = method._agreement(sign(method._K @ spectral))
        residue = Residue(method._residue.Z, 8)
        residue.codes = method._residue.codes
        next(learning)
        code = method._residue.codes[:, bit]
        value = float(code @ residue.times(code))
        assert value >= spectral_value
        # |S - y y^T|^2 = |S|^2 - 2 y^T S y + l^2
        assert method._residue.norm() == pytest.approx(before - 2 * value + 300**2)
        norms.append((value, method._residue.norm() < before))
    assert all(fell for value, fell in norms if value > 300**2 / 2)


def test_a_relaxed_bit_that_agrees_worse_than_the_spectral_one_is_dropped(monkeypatch):
    X, y = points()
    method = SHK(1, n_anchors=30, random_state=0)
    learning = method.fit_by_epoch(X, y)
    next(learning)
    spectral = method._spectral()
    monkeypatch.setattr("mihash_bench.batch.shk.relax", lambda features, start, residue, iterations: np.ones(30))
    next(learning)
    np.testing.assert_array_equal(method.A_[:, 0], spectral)


def test_one_bit_separates_two_distant_classes():
    X, y = points(classes=2, spread=0.05)
    method = SHK(1, n_anchors=20, random_state=0).fit(X, y)
    code = method._residue.codes[:, 0]
    assert code @ np.where(y[:, None] == y, 1.0, -1.0) @ code == 300**2


def test_codes_of_the_training_points_are_those_that_learning_saw():
    X, y = points()
    method = SHK(6, n_anchors=25, random_state=0).fit(X, y)
    np.testing.assert_array_equal(method.encode(X), method._residue.codes > 0)


def test_labelled_points_may_be_fewer_than_those_that_centre_the_kernel():
    X, y = points()
    method = SHK(2, n_anchors=25, n_labelled=50, random_state=0).fit(X, y)
    assert method._K.shape == (50, 25)
    features = method.kernel_.transform(X)[:, :-1]
    np.testing.assert_allclose(method.mean_, features.mean(axis=0))
    assert method.kernel_.width == pytest.approx(2 * ((X[:, None] - method.kernel_.anchors) ** 2).sum(axis=2).mean())


def test_the_start_is_the_top_eigenvector_or_as_released_the_largest_in_modulus():
    # Anti-correlated classes: the residue's largest eigenvalue in modulus is negative.
    X, y = points(60, classes=2)
    top, modulus = (SHK(8, n_anchors=10, start=start, random_state=0) for start in ("top", "modulus"))
    vectors = []
    for method in (top, modulus):
        next(method.fit_by_epoch(X, y))
        code = sign(method._K @ np.ones(10))
        for _ in range(12):
            method._residue.subtract(code)
            method._whitened = np.column_stack([method._whitened, method._whiten(code @ method._K)])
        vectors.append(method._spectral())
    values = [(top._K @ a) @ top._residue.times(top._K @ a) for a in vectors]
    assert values[1] < -1
    assert abs(values[0]) < 1e-6
    np.testing.assert_allclose([a @ top._root @ top._root.T @ a for a in vectors], 60)


@pytest.mark.parametrize("start", ["top", "modulus"])
@pytest.mark.parametrize("anchors", [30, 8])
def test_the_start_is_the_eigenvector_of_the_whole_generalised_problem(start, anchors):
    X, y = points(spread=1.0)
    method = SHK(8, n_anchors=anchors, start=start, random_state=0)
    learning = method.fit_by_epoch(X, y)
    S = 8 * np.where(y[:, None] == y, 1.0, -1.0)
    for _ in range(6):
        next(learning)
        Y, K = method._residue.codes, method._K
        values, vectors = eigh(K.T @ (S - Y @ Y.T) @ K, method._root @ method._root.T)
        chosen = np.argmax(np.abs(values)) if start == "modulus" else -1
        a = method._spectral()
        wanted = np.sqrt(300) * vectors[:, chosen]
        np.testing.assert_allclose(a * np.sign(a @ wanted), wanted, rtol=1e-9, atol=1e-9 * np.abs(wanted).max())


def test_labelled_points_may_be_given_and_come_with_their_labels():
    X, y = points()
    chosen = np.array([7, 3, 250, 11, *range(100, 160)])
    method = SHK(2, n_anchors=25, random_state=0).fit(X, y, labelled=chosen)
    features = method.kernel_.transform(X)[:, :-1]
    np.testing.assert_array_equal(method._K, (features - features.mean(axis=0))[chosen])
    np.testing.assert_array_equal(method._residue.Z, one_hot(y)[chosen])
    # The anchors drawn do not depend on whether the labelled points were given.
    np.testing.assert_array_equal(
        method.kernel_.anchors, SHK(2, n_anchors=25, random_state=0).fit(X, y).kernel_.anchors
    )


@pytest.mark.parametrize("ridge", [0.0, 1e-6, 0.5])
def test_the_ridge_is_a_fraction_of_the_mean_eigenvalue_and_may_be_zero(ridge):
    X, y = points()
    method = SHK(2, n_anchors=25, ridge=ridge, random_state=0)
    next(method.fit_by_epoch(X, y))
    plain = method._K.T @ method._K
    wanted = plain + ridge * np.linalg.eigvalsh(plain).mean() * np.eye(25)
    np.testing.assert_allclose(method._root @ method._root.T, wanted, rtol=1e-12, atol=1e-12)


def test_a_singular_problem_without_ridge_is_refused_with_the_way_out():
    X, y = points()
    twice = np.array([5, 5, 6, 7])
    with pytest.raises(InputError, match=r"shk.ridge: 0 \(allowed: a larger one, such as 1e-06, because"):
        SHK(2, n_anchors=4, ridge=0, random_state=0).fit(X, y, anchors=twice)
    assert SHK(2, n_anchors=4, random_state=0).fit(X, y, anchors=twice).A_.any()
