import pickle
from collections import Counter

import numpy as np
import pytest

from mihash_bench.errors import InputError
from mihash_bench.methods._asymmetric import signs_up, sweep
from mihash_bench.methods.bsodh import BSODH
from mihash_bench.methods.foh import FOH
from tests.conftest import golden, golden_names
from tests.methods.later import several_labels, stream

RNG = np.random.default_rng(0)


def of_vector(name, **given):
    vector = golden(name)
    X, y = vector["Xtrain"], vector["Ytrain"].ravel().astype(int)
    method = FOH(
        int(vector["nbits"]), sigma=vector["sigma"], regularization=vector["lambda"], eta_s=vector["etas"],
        eta_d=vector["etad"], theta=vector["theta"], mu=vector["mu"], tau=vector["tau"],
        form="exact" if "exact" in name else "released", batch_size=int(vector["n_t"]), **given,
    )  # fmt: skip
    seen = list(dict.fromkeys(y.tolist()))
    return vector, method.start(X, W=vector["W0"], label_projection=vector["P0"].T[np.array(seen) - 1]), X, y


@pytest.mark.parametrize("name", golden_names("later_foh_*"))
def test_codes_and_projections_equal_the_vectors_at_every_stage(name):
    vector, method, X, y = of_vector(name)
    n = method.batch_size
    method.partial_fit(X[:n], y[:n])
    for stage in range(1, int(vector["stages"]) + 1):
        rows = slice(stage * n, (stage + 1) * n)
        method.partial_fit(X[rows], y[rows])
        np.testing.assert_allclose(method.W_, vector["Wt"][:, :, stage - 1], rtol=0, atol=1e-9)
        order = np.array(list(method.columns_.rows)) - 1
        np.testing.assert_allclose(method.A_, vector["Pt"][:, order, stage - 1].T, rtol=0, atol=1e-9)
        codes = np.hstack([vector[f"Be_after_{stage}"], vector["Bst"][:, :, stage - 1]]).T.astype(np.int8)
        items = Counter(zip((y[: (stage + 1) * n] - 1).tolist(), map(bytes, codes), strict=True))
        found = {(int(order[labels[0]]), code): count for (labels, code), count in method.items_.groups.items()}
        assert found == items


def test_the_mean_of_the_release_contains_the_first_projection():
    vector, method, X, y = of_vector("later_foh_b08.mat", average="released")
    stages = int(vector["stages"])
    method.partial_fit(X[: (stages + 1) * 50], y[: (stages + 1) * 50])
    np.testing.assert_allclose(method.coding_, vector["Wsum"] / (stages + 1), rtol=0, atol=1e-9)
    # The release divides by 10 whatever the number of stages, which changes no sign.
    assert np.array_equal(method.encode(vector["Xtest"]), vector["Htest"].T.astype(bool))
    mean, last = method.clone(), method.clone()
    for each, average in ((mean, "stages"), (last, "last")):
        each.__dict__.update(vars(method) | {"average": average})
    np.testing.assert_allclose(mean.coding_, (vector["Wsum"] - vector["W0"]) / stages, rtol=0, atol=1e-9)
    np.testing.assert_allclose(last.coding_, vector["Wlast"], rtol=0, atol=1e-9)


def test_the_sweep_over_earlier_codes_takes_the_better_value_of_each_bit():
    n, m, b, mu = 5, 6, 4, 0.7
    S, UA = RNG.choice([1.6, -0.2], (n, m)), RNG.normal(size=(m, b))
    B, E = RNG.choice([-1.0, 1.0], (n, b)), RNG.choice([-1.0, 1.0], (m, b))

    def objective(E):
        return ((B @ E.T - b * S) ** 2).sum() + mu * ((E - UA) ** 2).sum()

    expected = E.copy()
    for r in range(b):
        for i in range(m):
            both = [expected.copy(), expected.copy()]
            both[0][i, r], both[1][i, r] = -1, 1
            expected = min(both, key=objective)
    FOH(b)._recode(E, b * S.T @ B, mu * UA, B.T @ B)
    assert np.array_equal(E, expected)


def test_without_weights_of_the_labels_the_codes_of_a_batch_are_those_of_bsodh():
    X, y = stream(40)
    weights = {"sigma": 0.8, "regularization": 0.6, "eta_s": 1.6, "eta_d": 0.2, "batch_size": 20}
    methods = [
        FOH(8, theta=0.0, average="last", random_state=0, **weights), BSODH(8, random_state=0, **weights),
    ]  # fmt: skip
    W = [method.start(X).partial_fit(X, y).W_ for method in methods]
    np.testing.assert_allclose(*W, atol=1e-12)


def test_several_labels_equal_the_formulas_with_whole_matrices():
    n, b = 20, 6
    X, _ = stream(4 * n)
    y = np.maximum(several_labels(4 * n), np.eye(5, dtype=np.uint8)[RNG.integers(0, 5, 4 * n)])
    y[:, -1] = 1 - y[:, :-1].any(axis=1)
    A0 = RNG.normal(size=(5, b))
    method = FOH(b, batch_size=n, random_state=0).start(X, label_projection=A0)
    W, A = method.W_.copy(), A0.copy()
    method.partial_fit(X, y)
    order = list(dict.fromkeys(c for row in y for c in np.flatnonzero(row).tolist()))
    y = y[:, order].astype(float)
    E, U, total = signs_up(X[:n] @ W), y[:n], 0
    for start in range(n, 4 * n, n):
        rows, V = X[start : start + n], y[start : start + n]
        e, sizes, others = V @ U.T, V.sum(axis=1)[:, None], U.sum(axis=1)
        S = np.where(e > 0, (e / sizes + e / others) / 2, -0.2)
        B, same = signs_up(rows @ W), S == 1
        B[same.any(axis=1)] = E[same.argmax(axis=1)][same.any(axis=1)]
        sweep(B, b * S @ E + 0.8 * rows @ W + 1.2 * V @ A, E.T @ E)
        sweep(E, b * S.T @ B + 0.5 * U @ A, B.T @ B)
        left = 1.2 * V.T @ V + 0.5 * U.T @ U + 0.6 * np.eye(5)
        A = np.linalg.solve(left, 1.2 * V.T @ B + 0.5 * U.T @ E)
        W = np.linalg.solve(rows.T @ rows + 0.6 / 0.8 * np.eye(24), rows.T @ B)
        E, U, total = np.vstack([E, B]), np.vstack([U, V]), total + W
    np.testing.assert_allclose(method.A_, A, atol=1e-10)
    np.testing.assert_allclose(method.coding_, total / 3, atol=1e-10)


def test_pickling_unlabelled_rows_new_labels_and_one_class_break_nothing():
    X, _ = stream(120)
    y = several_labels(120)
    y[:30] = 0
    y[30:90, 3:] = 0
    whole, half = (FOH(8, batch_size=30, random_state=0).start(X) for _ in range(2))
    before = whole.W_.copy()
    assert np.array_equal(whole.partial_fit(X[:60], y[:60]).W_, before)
    whole.partial_fit(X[60:], y[60:])
    assert len(whole.A_) == 5
    again = pickle.loads(pickle.dumps(half.partial_fit(X[:90], y[:90]))).partial_fit(X[90:], y[90:])
    assert np.array_equal(again.coding_, whole.coding_)
    one = FOH(8, batch_size=30, random_state=0).start(X).partial_fit(X, np.full(120, -5))
    assert np.isfinite(one.coding_).all()


def test_drawn_rows_of_the_label_projection_have_unit_norm_and_given_ones_must_suffice():
    X, y = stream(40)
    method = FOH(8, batch_size=20, random_state=0).start(X)
    np.testing.assert_allclose(np.linalg.norm(method._new_row()), 1)
    with pytest.raises(InputError, match="label_projection: 2 rows"):
        FOH(8, batch_size=20).start(X, label_projection=np.ones((2, 8))).partial_fit(X, y)
    with pytest.raises(InputError, match="label_projection: shape .2, 3."):
        FOH(8).start(X, label_projection=np.ones((2, 3)))
