import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mihash_bench import signs
from mihash_bench.signs import positive


@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 7, 513, 1500]), st.booleans())
@settings(max_examples=40, deadline=None)
def test_signs_are_those_of_double_precision(seed, d, shifted):
    rng = np.random.default_rng(seed)
    scale = 10.0 ** rng.integers(-12, 12)
    X = (scale * rng.normal(size=(30, d))).astype(np.float32)
    W = rng.normal(size=(d, 9)) * 10.0 ** rng.integers(-30, 30, 9)
    shift = scale * rng.normal(size=d) if shifted else None
    moved = X.astype(np.float64) - (0 if shift is None else shift)
    np.testing.assert_array_equal(positive(X, W, shift), moved @ W > 0)


@pytest.mark.parametrize("d", [64, 2000])
def test_projections_nearer_to_zero_than_single_precision_can_tell_have_the_right_sign(d):
    rng = np.random.default_rng(d)
    X = rng.normal(size=(200, d)).astype(np.float32)
    W = rng.normal(size=(d, 200))
    # Column k is almost orthogonal to row k, by a little on either side.
    exact = X.astype(np.float64)
    W -= (exact * ((exact @ W).diagonal() / (exact * exact).sum(axis=1))[:, None]).T
    wanted = rng.choice((-1.0, 1.0), 200) * 1e-9
    W += (exact * (wanted / (exact * exact).sum(axis=1))[:, None]).T
    single = (X @ W.astype(np.float32)).diagonal() > 0
    assert (single != (wanted > 0)).any()
    np.testing.assert_array_equal(positive(X, W).diagonal(), wanted > 0)


def test_a_projection_of_exactly_zero_is_not_positive():
    X = np.array([[1, -1], [0, 0]], np.float32)
    assert not positive(X, np.array([[1.0, 0.0], [1.0, 0.0]])).any()


def test_few_projections_are_computed_in_double_precision(monkeypatch):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2000, 1024)).astype(np.float32)
    W = rng.normal(size=(1024, 32))
    looks = []
    plain = np.einsum
    monkeypatch.setattr(
        signs.np, "einsum", lambda spec, *a, **k: (looks.append((k, len(a[0]))), plain(spec, *a, **k))[1]
    )
    positive(X, W)
    # Norms are computed with a given type, projections in double precision without.
    assert 0 < sum(rows for options, rows in looks if not options) < 0.003 * 2000 * 32


@pytest.mark.parametrize("scale", [2e-23, 1e-40, 1e20, 1e30])
def test_rows_of_any_size_have_the_right_signs(scale):
    rng = np.random.default_rng(1)
    X = rng.normal(size=(300, 512))
    W = rng.normal(size=(512, 300))
    W -= (X * ((X @ W).diagonal() / (X * X).sum(axis=1))[:, None]).T * (1 - 1e-7)
    rows = (scale * X).astype(np.float32)
    np.testing.assert_array_equal(positive(rows, W), rows.astype(np.float64) @ W > 0)


def test_nan_has_the_sign_that_double_precision_gives_it():
    rng = np.random.default_rng(0)
    X, W = rng.normal(size=(50, 8)).astype(np.float32), rng.normal(size=(8, 3))
    W[2, 1] = np.inf
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(positive(X, W), X.astype(np.float64) @ W > 0)
