from itertools import product

import numpy as np
import pytest

from mihash_bench.batch.sdh import SDH, discrete_step, nearest_anchor
from mihash_bench.errors import InputError


def problem(n=5, bits=3, classes=2, seed=0):
    rng = np.random.default_rng(seed)
    B = rng.choice((-1.0, 1.0), (n, bits))
    return B, rng.normal(size=(n, classes)), rng.normal(size=(bits, classes)), rng.normal(size=(n, bits))


def objective(B, Y, W, F, nu):
    return ((Y - B @ W) ** 2).sum() + nu * ((B - F) ** 2).sum()


@pytest.mark.parametrize("seed", range(6))
def test_each_column_is_the_best_of_all_there_are(seed):
    B, Y, W, F = problem(bits=1, seed=seed)
    # With one bit a sweep is one column: compare with all 2^n codes.
    found = discrete_step(B, 0.7 * F + Y @ W.T, W, 1)
    best = min(objective(np.array(c)[:, None], Y, W, F, 0.7) for c in product((-1.0, 1.0), repeat=5))
    assert objective(found, Y, W, F, 0.7) == pytest.approx(best)


@pytest.mark.parametrize("seed", range(6))
def test_sweeps_end_when_no_single_bit_improves_the_codes(seed):
    B, Y, W, F = problem(n=6, bits=4, seed=seed)
    found = discrete_step(B, 0.3 * F + Y @ W.T, W, 100)
    reached = objective(found, Y, W, F, 0.3)
    assert reached <= objective(B, Y, W, F, 0.3)
    for place in np.ndindex(*found.shape):
        other = found.copy()
        other[place] *= -1
        assert objective(other, Y, W, F, 0.3) >= reached - 1e-12


def test_with_a_large_nu_the_codes_are_the_signs_of_the_projection():
    B, Y, W, F = problem(n=8)
    np.testing.assert_array_equal(discrete_step(B, 1e9 * F + Y @ W.T, W, 10), np.sign(F))


def test_without_nu_and_with_orthogonal_weights_the_codes_are_the_signs_of_the_labels_projection():
    W = np.linalg.qr(np.random.default_rng(0).normal(size=(4, 4)))[0]
    Y = np.eye(4)[np.arange(12) % 4]
    B = np.random.default_rng(1).choice((-1.0, 1.0), (12, 4))
    np.testing.assert_array_equal(discrete_step(B, Y @ W.T, W, 10), np.sign(Y @ W.T))


def test_a_value_of_exactly_zero_becomes_plus_one():
    assert (discrete_step(-np.ones((3, 2)), np.zeros((3, 2)), np.zeros((2, 2)), 1) == 1).all()


def points(n=400, classes=4, seed=0):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % classes
    X = rng.normal(size=(classes, 8))[y] + 0.8 * rng.normal(size=(n, 8))
    return X / np.linalg.norm(X, axis=1, keepdims=True), y


def test_neither_the_codes_step_nor_the_classifiers_raises_the_objective():
    X, y = points()
    method = SDH(6, n_anchors=40, nu=1e-2, epochs=1, random_state=0)
    for _ in method.fit_by_epoch(X, y):
        break
    values = [method.objective()]
    for _ in range(4):
        Q = method.nu * method._F() + method.Y_ @ method.W_.T
        method.B_ = discrete_step(method.B_, Q, method.W_, 10)
        values.append(method.objective())
        method.W_ = method._classifier()
        values.append(method.objective())
    assert values[-1] < values[0]
    assert (np.diff(values) <= 1e-9).all()


def test_classifier_and_projection_solve_their_ridge_problems():
    X, y = points()
    method = SDH(6, n_anchors=40, ridge=2.0, random_state=0).fit(X, y)
    B, phi = method.B_, method.kernel_.transform(X)
    np.testing.assert_allclose(B.T @ (B @ method.W_ - np.eye(4)[y]) + 2.0 * method.W_, 0, atol=1e-8)
    np.testing.assert_allclose(phi.T @ (phi @ method.P_ - B) + 1e-2 * method.P_, 0, atol=1e-6)


def test_the_kernels_width_follows_from_the_distance_to_the_nearest_anchor():
    X, y = points(60)
    rows = np.arange(0, 60, 6)
    distances = np.sqrt(((X[:, None] - X[rows]) ** 2).sum(axis=2)).min(axis=1)
    assert nearest_anchor(X, X[rows]) == pytest.approx(distances.mean(), abs=1e-7)
    method = SDH(4, n_anchors=10, random_state=0).fit(X, y, anchors=rows)
    assert method.kernel_.width == pytest.approx(2 * distances.mean() ** 2, rel=1e-6)
    np.testing.assert_array_equal(method.kernel_.anchors, X[rows])


def test_anchors_that_are_most_of_the_training_points_are_refused():
    X, y = points(60)
    with pytest.raises(InputError, match=r"sdh.n_anchors: 31 \(allowed: at most 30, half of the 60 training points"):
        SDH(4, n_anchors=31).fit(X, y)


def test_it_ends_when_the_projection_no_longer_changes():
    X, y = points()
    epochs = list(SDH(6, n_anchors=40, epochs=50, random_state=0).fit_by_epoch(X, y))
    assert len(epochs) < 51


def test_given_codes_are_where_it_starts():
    X, y = points()
    codes = np.random.default_rng(7).choice((-1.0, 1.0), (400, 6))
    method = SDH(6, n_anchors=40, random_state=0)
    next(method.fit_by_epoch(X, y, codes=codes))
    np.testing.assert_array_equal(method.B_, codes)
