import pickle
from collections import Counter

import numpy as np
import pytest

from mihash_bench.methods._asymmetric import CodedItems, signs_up, sweep
from mihash_bench.methods.bsodh import BSODH, whole_weights
from tests.conftest import golden, golden_names
from tests.methods.later import several_labels, stream

RNG = np.random.default_rng(0)


def of_vector(name):
    vector = golden(name)
    form = "exact" if "exact" in name else "released"
    method = BSODH(
        int(vector["nbits"]), sigma=vector["sigma"], regularization=vector["lambda"], eta_s=vector["etas"],
        eta_d=vector["etad"], form=form, batch_size=int(vector["n_t"]),
    )  # fmt: skip
    X, y = vector["Xtrain"], vector["Ytrain"].ravel().astype(int)
    return vector, method.start(X, W=vector["W0"]), X, y


@pytest.mark.parametrize("name", golden_names("later_bsodh_*"))
def test_codes_and_projections_equal_the_vectors_at_every_stage(name):
    vector, method, X, y = of_vector(name)
    n = method.batch_size
    method.partial_fit(X[:n], y[:n])
    assert np.array_equal(method.W_, vector["W0"])
    for stage in range(1, int(vector["stages"]) + 1):
        rows = slice(stage * n, (stage + 1) * n)
        method.partial_fit(X[rows], y[rows])
        np.testing.assert_allclose(method.W_, vector["Wt"][:, :, stage - 1], rtol=0, atol=1e-9)
        codes = np.hstack([vector[f"Be_after_{stage}"], vector["Bst"][:, :, stage - 1]]).T.astype(np.int8)
        items = Counter(zip(y[: (stage + 1) * n].tolist(), map(bytes, codes), strict=True))
        label_of = {column: label for label, column in method.columns_.rows.items()}
        assert {(label_of[labels[0]], code): count for (labels, code), count in method.items_.groups.items()} == items
    if "Htest" in vector:
        assert np.array_equal(method.encode(vector["Xtest"]), vector["Htest"].astype(bool))


def items_of(matrix, codes):
    """Labels of a 0/1 matrix as sets of columns, and codes, as groups."""
    items = CodedItems(codes.shape[1])
    items.add([tuple(np.flatnonzero(row).tolist()) for row in matrix], codes)
    return items


def test_the_sweep_takes_the_better_value_of_each_bit():
    n, m, b, d, sigma = 5, 9, 4, 3, 0.7
    X, W, S = RNG.normal(size=(n, d)), RNG.normal(size=(d, b)), RNG.choice([1.2, -0.2], (n, m))
    B, E = RNG.choice([-1.0, 1.0], (n, b)), RNG.choice([-1.0, 1.0], (m, b))

    def objective(B):
        return ((B @ E.T - b * S) ** 2).sum() + sigma * ((X @ W - B) ** 2).sum()

    expected = B.copy()
    for r in range(b):
        for i in range(n):
            both = [expected.copy(), expected.copy()]
            both[0][i, r], both[1][i, r] = -1, 1
            expected = min(both, key=objective)
    sweep(B, b * S @ E + sigma * X @ W, E.T @ E)
    assert np.array_equal(B, expected)


@pytest.mark.parametrize("form", ["exact", "released"])
def test_sums_over_label_sets_equal_the_matrix_of_similarities(form):
    n, b = 20, 6
    X, _ = stream(4 * n)
    y = np.maximum(several_labels(4 * n), np.eye(5, dtype=np.uint8)[RNG.integers(0, 5, 4 * n)])
    method = BSODH(b, form=form, batch_size=n, random_state=0).start(X)
    W = method.W_.copy()
    method.partial_fit(X, y)
    E, L = signs_up(X[:n] @ W), y[:n]
    for start in range(n, 4 * n, n):
        rows, labels = X[start : start + n], y[start : start + n]
        same = labels.astype(int) @ L.T.astype(int) > 0
        S, seven = np.where(same, 1.2, -0.2), np.where(same, 6, -1)
        B = signs_up(rows @ W)
        B[same.any(axis=1)] = E[same.argmax(axis=1)][same.any(axis=1)]
        P = b * S @ E + 0.5 * rows @ W if form == "exact" else b**2 * S @ E + rows @ W
        sweep(B, P, E.T @ E)
        E = signs_up(seven.T @ B)
        W = np.linalg.solve(rows.T @ rows + 0.6 / 0.5 * np.eye(24), rows.T @ B)
        E, L = np.vstack([E, B]), np.vstack([L, labels])
    np.testing.assert_allclose(method.W_, W, atol=1e-10)
    columns = {column: label for label, column in method.columns_.rows.items()}
    found = {(tuple(sorted(columns[c] for c in labels)), code): n for (labels, code), n in method.items_.groups.items()}
    assert found == items_of(L, E).groups


def test_the_order_of_the_items_matters_for_start_codes_only():
    items, other = CodedItems(2), CodedItems(2)
    codes = np.array([[1.0, 1], [1, -1], [-1, 1]])
    items.add([(0,), (0,), (1,)], codes)
    other.add([(0,), (1,), (0,)], codes[[1, 2, 0]])
    assert dict(items.groups) == dict(other.groups)
    method = BSODH(2, batch_size=1).start(np.eye(3), W=np.ones((3, 2)))
    for each, first in ((items, [1, 1]), (other, [1, -1])):
        method.items_ = each
        B = np.zeros((1, 2))
        same = np.array([[labels == (0,) for labels in each.sets]])
        method._begin(type("Batch", (), {"of_row": np.array([0])}), B, same)
        assert B[0].tolist() == first


def test_zero_has_the_sign_plus_and_weights_are_compared_as_whole_numbers():
    assert signs_up(np.array([0.0, -0.0, -1e-300])).tolist() == [1, 1, -1]
    assert whole_weights(1.2, 0.2) == (6, 1)
    assert whole_weights(1.0, 0.0) == (1, 0)
    assert whole_weights(0.0, 0.0) == (0, 0)
    # 7 A_c - A = 0: in floating point, 1.4 x 3 - 0.2 x 21 is negative.
    method = BSODH(1)
    new = method._new_codes(np.array([[True], [False]]), np.array([[3.0], [18.0]]))
    assert new.tolist() == [[1.0]]
    assert 1.4 * 3 - 0.2 * 21 < 0


def test_pickling_unlabelled_rows_new_labels_and_one_class_break_nothing():
    X, _ = stream(120)
    y = several_labels(120)
    y[:30] = 0
    y[60:90, 3:] = 0
    whole, half = (BSODH(8, batch_size=30, random_state=0).start(X) for _ in range(2))
    before = whole.W_.copy()
    assert np.array_equal(whole.partial_fit(X[:60], y[:60]).W_, before)
    assert len(whole.items_) > 0
    whole.partial_fit(X[60:], y[60:])
    again = pickle.loads(pickle.dumps(half.partial_fit(X[:90], y[:90]))).partial_fit(X[90:], y[90:])
    assert np.array_equal(again.W_, whole.W_)
    one = BSODH(8, batch_size=30, random_state=0).start(X).partial_fit(X, np.full(120, -5))
    assert len(one.items_) == 1


def test_two_equal_rows_have_equal_codes_in_the_table():
    X, y = stream(60)
    X[31], y[31] = X[30], y[30]
    method = BSODH(8, batch_size=30, random_state=0).start(X).partial_fit(X, y)
    codes = method.encode(X[30:32])
    assert np.array_equal(codes[0], codes[1])
