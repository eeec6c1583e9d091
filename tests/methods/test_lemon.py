import pickle

import numpy as np
import pytest

from mihash_bench.errors import InputError
from mihash_bench.methods.lemon import LEMON, embedding
from mihash_bench.methods.ridge import Ridge
from tests.conftest import golden, golden_names
from tests.methods.later import several_labels, stream

RNG = np.random.default_rng(0)


def of_vector(name):
    vector = golden(name)
    weights = {each: vector[each] for each in ("alpha", "beta", "gamma", "xi")}
    method = LEMON(int(vector["nbits"]), batch_size=100, **weights)
    initial = [[vector[f"{each}0_{chunk}"] for each in "BVR"] for chunk in range(1, 5)]
    return vector, method.start(vector["Xtrain"], initial=initial)


@pytest.mark.parametrize("name", golden_names("later_lemon_*"))
def test_every_pass_equals_the_release(name, monkeypatch):
    vector, method = of_vector(name)
    passes = []
    original = LEMON._pass

    def spied(self, L, G, state):
        after = original(self, L, G, state)
        passes.append(after)
        return after

    monkeypatch.setattr(LEMON, "_pass", spied)
    for chunk in range(1, 5):
        rows = slice(100 * (chunk - 1), 100 * chunk)
        method.partial_fit(vector["Xtrain"][rows], vector["Ltrain"][rows])
        np.testing.assert_allclose(method.W_, vector[f"W_{chunk}"], rtol=0, atol=1e-9)
        assert np.array_equal(passes[-1][0], vector["Btable"][rows])
        for place in range(5) if chunk == 1 else ():
            B, V, R = passes[5 * (chunk - 1) + place]
            assert np.array_equal(B, vector[f"B_{chunk}"][:, :, place])
            np.testing.assert_allclose(V, vector[f"V_{chunk}"][:, :, place], rtol=0, atol=1e-9)
            np.testing.assert_allclose(R, vector[f"R_{chunk}"][:, :, place], rtol=0, atol=1e-9)
    order = list(method.columns_.rows)
    sums = method.sums_
    expected = [sums.VV, sums.VL, sums.GB, sums.B1, sums.BV, sums.GV, sums.V1, method.XX_, method.XB_]
    columns = [None, (slice(None), order), (order,), None, None, (order,), None, None, None]
    names = ["H1", "H2", "H3", "H4", "H5", "H6", "H7", "H8", "H10"]
    for ours, key, order_of in zip(expected, names, columns, strict=True):
        theirs = vector[key] if order_of is None else vector[key][order_of]
        np.testing.assert_allclose(ours, theirs.reshape(ours.shape), rtol=1e-9, atol=1e-9)
    assert np.array_equal(method.encode(vector["Xtest"]), vector["Htest"].astype(bool))


@pytest.mark.parametrize("rank", [1, 3, 6])
def test_the_embedding_keeps_its_constraints_at_every_rank(rank):
    Z = RNG.normal(size=(50, rank)) @ RNG.normal(size=(rank, 6)) * 1e8 + 5
    V = embedding(Z, np.random.default_rng(0))
    np.testing.assert_allclose(V.T @ V, 50 * np.eye(6), atol=50 * 1e-10)
    np.testing.assert_allclose(V.sum(axis=0), 0, atol=50 * 1e-10)
    # The value of tr(V^T Z) is the largest possible one, the sum of singular values.
    values = np.linalg.svd(Z - Z.mean(axis=0), compute_uv=False)
    assert (V * Z).sum() == pytest.approx(np.sqrt(50) * values.sum())


def test_the_rotation_is_orthogonal_and_codes_do_not_depend_on_the_order_of_label_columns(monkeypatch):
    X, _ = stream(90)
    y = several_labels(90)
    initial = [[RNG.choice([-1.0, 1.0], (30, 4)), RNG.normal(size=(30, 4)), np.eye(4)] for _ in range(3)]
    codes, rotations, original = [], [], LEMON._learn_codes

    def spied(self, L, state):
        codes.append(original(self, L, state))
        rotations.append(self._pass(L, L / np.linalg.norm(L, axis=1, keepdims=True), state)[2])
        return codes[-1]

    monkeypatch.setattr(LEMON, "_learn_codes", spied)
    for columns in ([0, 1, 2, 3, 4], [3, 1, 4, 0, 2]):
        LEMON(4, batch_size=30).start(X, initial=initial).partial_fit(X, y[:, columns])
    assert all(np.array_equal(*pair) for pair in zip(codes[:3], codes[3:], strict=True))
    for R in rotations:
        np.testing.assert_allclose(R @ R.T, np.eye(4), atol=1e-12)


def test_one_label_for_each_row_gives_one_code_for_each_class():
    X, y = stream(120)
    codes = []
    method = LEMON(16, batch_size=60, random_state=0).start(X)
    original = method._learn_codes
    method._learn_codes = lambda L, state: codes.append(original(L, state)) or codes[-1]
    method.partial_fit(X, y)
    assert all(len(np.unique(B, axis=0)) == 6 for B in codes)


def test_the_projection_is_ridge_to_the_codes_of_all_batches():
    X, y = stream(120)
    codes = []
    method = LEMON(16, batch_size=60, random_state=0, xi=2.0).start(X)
    original = method._learn_codes
    method._learn_codes = lambda L, state: codes.append(original(L, state)) or codes[-1]
    method.partial_fit(X, y)
    B = np.vstack(codes)
    ridge = Ridge(16, regularization=2.0).start(X)
    ridge._learn(X, B)
    np.testing.assert_allclose(method.W_, ridge.W_, atol=1e-10)


def test_pickling_unlabelled_rows_new_labels_and_one_class_break_nothing():
    X, _ = stream(120)
    y = several_labels(120)
    y[:30] = 0
    y[30:90, 3:] = 0
    whole, half = (LEMON(8, batch_size=30, random_state=0).start(X) for _ in range(2))
    before = whole.W_.copy()
    assert np.array_equal(whole.partial_fit(X[:30], y[:30]).W_, before)
    whole.partial_fit(X[30:], y[30:])
    assert len(whole.columns_) == 5
    again = pickle.loads(pickle.dumps(half.partial_fit(X[:90], y[:90]))).partial_fit(X[90:], y[90:])
    assert np.array_equal(again.W_, whole.W_)
    one = LEMON(8, batch_size=30, random_state=0).start(X).partial_fit(X, np.full(120, -5))
    assert np.isfinite(one.W_).all()


def test_batches_and_initial_states_that_do_not_fit_are_refused():
    X, y = stream(60)
    with pytest.raises(InputError, match="lemon.batch_size: 16 .allowed at 16 bits: at least 17."):
        LEMON(16, batch_size=16).start(X)
    state = [np.ones((30, 4)), np.ones((30, 4)), np.eye(4)]
    with pytest.raises(InputError, match="initial: too few"):
        LEMON(4, batch_size=30).start(X, initial=[state]).partial_fit(X, y)
    with pytest.raises(InputError, match="initial: shapes"):
        LEMON(4, batch_size=20).start(X, initial=[state])
