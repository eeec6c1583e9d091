import math

import numpy as np
import pytest

from mihash_bench.anchors import KernelMap
from mihash_bench.errors import InputError
from mihash_bench.methods.okh import OKH
from tests.conftest import golden, golden_names


@pytest.mark.parametrize("name", golden_names("okh_kernel_*"))
def test_the_kernel_map_equals_the_release(name):
    vector = golden(name)
    X = vector["X"].astype(np.float64)
    anchors = X[vector["ind_anchor"].ravel().astype(int) - 1]
    others = X[vector["ind_val"].ravel().astype(int) - 1]
    method = OKH(16, random_state=0).start(X, anchors=anchors)
    sigma = method._sigma(others)
    assert sigma == pytest.approx(vector["sigma"], rel=1e-6)
    kernel = OKH(16).start(X, anchors=anchors, sigma=vector["sigma"]).kernel_
    np.testing.assert_allclose(kernel.transform(vector["Xt"]), vector["KXt"], atol=1e-6)
    np.testing.assert_allclose(kernel.transform(X[:40]).T, vector["KX_first40"], atol=1e-6)


def stream(seed=0, n=400):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, n)
    X = rng.normal(size=(3, 8))[y] + rng.normal(size=(n, 8))
    return X / np.linalg.norm(X, axis=1, keepdims=True), y


def started(**parameters):
    X, _ = stream()
    return OKH(12, n_anchors=30, n_bandwidth_rows=100, random_state=0, bandwidth="mean", **parameters).start(X)


def test_anchors_come_from_the_first_half_of_the_database():
    X, _ = stream()
    half = {tuple(row) for row in X[:200]}
    assert {tuple(row) for row in started().anchors_} <= half


def test_with_c_large_the_margin_is_met_exactly():
    X, y = stream()
    method = started(C=1e12)
    met = 0
    for start in range(0, 200, 2):
        pair, labels = X[start : start + 2], y[start : start + 2]
        kappa = method.kernel_.transform(pair)
        Z = kappa @ method.W_
        H = np.where(Z > 0, 1.0, -1.0)
        G, loss = method._targets(Z, H, bool(labels[0] == labels[1]))
        method.partial_fit(pair, labels)
        if loss:
            after = kappa @ method.W_
            assert ((G - H) * after).sum() == pytest.approx(math.sqrt(loss), abs=1e-9)
            met += 1
    assert met > 20


def test_the_loss_of_a_pair_never_grows_by_its_step():
    X, y = stream()
    method = started()
    changed = 0
    for start in range(0, 300, 2):
        pair, labels = X[start : start + 2], y[start : start + 2]
        losses = []
        for _ in range(2):
            Z = method.kernel_.transform(pair) @ method.W_
            losses.append(method._targets(Z, np.where(Z > 0, 1.0, -1.0), bool(labels[0] == labels[1]))[1])
            before = method.W_.copy()
            method.partial_fit(pair, labels)
        changed += losses[1] < losses[0]
        assert losses[1] <= losses[0]
        method.W_ = before
    assert changed > 0


@pytest.mark.parametrize("similar", [True, False])
def test_target_codes_have_no_loss_and_flip_the_weakest_projections(similar):
    rng = np.random.default_rng(3)
    method = started(alpha=0.6)
    for _ in range(20):
        Z = rng.normal(size=(2, 12))
        H = np.where(Z > 0, 1.0, -1.0)
        G, loss = method._targets(Z, H, similar)
        distance = int((G[0] != G[1]).sum())
        assert distance == 0 if similar else distance >= min(12, math.ceil(0.6 * 12))
        flipped = np.argwhere(G != H)
        assert len(flipped) == loss
        assert all(abs(Z[row, bit]) == abs(Z[:, bit]).min() for row, bit in flipped)


def test_a_database_that_is_too_small_to_draw_from_is_refused():
    with pytest.raises(InputError, match="at least 4000"):
        OKH(8).start(np.zeros((3999, 4)))


def test_the_kernel_ends_with_a_constant_and_is_one_at_an_anchor():
    kernel = KernelMap(np.eye(3), 0.5)
    assert kernel.transform(np.eye(3)[:1])[0].tolist() == [1, math.exp(-4), math.exp(-4), 1]
