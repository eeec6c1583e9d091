import pickle

import numpy as np
import pytest

from mihash_bench.errors import InputError
from mihash_bench.methods._target_codes import hadamard
from mihash_bench.methods.ridge import Ridge, best_columns
from tests.conftest import golden

RNG = np.random.default_rng(0)


def stream(n, d=24, classes=6):
    y = RNG.integers(0, classes, n)
    X = RNG.normal(size=(classes, d))[y] + RNG.normal(size=(n, d))
    return X / np.linalg.norm(X, axis=1, keepdims=True), y


def test_columns_and_projections_equal_the_vectors():
    vector = golden("later_ridge_b12.mat")
    X, y = vector["Xtrain"], vector["Ytrain"].ravel().astype(int)
    columns = best_columns(vector["codebook"][:6], vector["candidates"] - 1)
    assert np.array_equal(columns, vector["columns"].ravel() - 1)
    assert np.array_equal(vector["codebook"][:6][:, columns], vector["codes"])
    # Labels take codewords in the order of the stream; in the file, class c has row c.
    seen = list(dict.fromkeys(y.tolist()))
    codebook = vector["codebook"][[c - 1 for c in seen]]
    method = Ridge(12, regularization=vector["lambda"]).start(X, codebook=codebook, columns=columns)
    done = 0
    for place, at in enumerate(vector["at"].ravel()):
        method.partial_fit(X[done:at], y[done:at])
        done = at
        np.testing.assert_allclose(method.W_, vector["Wt"][:, :, place], rtol=0, atol=1e-9)
    assert np.array_equal(method.encode(vector["Xtest"]), vector["Htest"].astype(bool))


def test_the_normal_equations_hold_after_twenty_thousand_examples():
    X, y = stream(20_000)
    method = Ridge(8, random_state=0).start(X).partial_fit(X, y)
    T = method.codewords_[[method.rows_of_labels_.rows[label] for label in y.tolist()]]
    left = X.T @ (X @ method.W_ - T) + method.W_
    assert np.abs(left).max() < 1e-8


def test_the_order_of_the_stream_does_not_matter():
    X, y = stream(500)
    codebook = hadamard(16)
    order = RNG.permutation(500)
    # The first examples of both streams have all labels in the same order.
    first = [int(np.flatnonzero(y == label)[0]) for label in range(6)]
    streams = ([*first, *range(500)], [*first, *order.tolist()])
    W = [Ridge(16).start(X, codebook=codebook).partial_fit(X[rows], y[rows]).W_ for rows in streams]
    np.testing.assert_allclose(W[0], W[1], atol=1e-10)


def test_several_labels_have_the_mean_of_their_codewords_and_rows_without_labels_change_nothing():
    X, _ = stream(40)
    y = (RNG.random((40, 3)) < 0.5).astype(np.uint8)
    y[:5] = 0
    codebook = hadamard(8)
    method = Ridge(8).start(X, codebook=codebook)
    before = method.W_.copy()
    assert np.array_equal(method.partial_fit(X[:5], y[:5]).W_, before)
    method.partial_fit(X[5:], y[5:])
    rows = method.rows_of_labels_.rows
    kept = y.any(axis=1)
    T = np.array([codebook[[rows[c] for c in np.flatnonzero(each)]].mean(axis=0) for each in y[kept]])
    expected = np.linalg.solve(X[kept].T @ X[kept] + np.eye(24), X[kept].T @ T)
    np.testing.assert_allclose(method.W_, expected, atol=1e-10)


def test_pickling_between_examples_and_one_class_alone_break_nothing():
    X, _ = stream(60)
    y = np.full(60, -7)
    whole = Ridge(12, random_state=0).start(X).partial_fit(X, y)
    half = Ridge(12, random_state=0).start(X).partial_fit(X[:30], y[:30])
    np.testing.assert_allclose(pickle.loads(pickle.dumps(half)).partial_fit(X[30:], y[30:]).W_, whole.W_, atol=1e-12)


def test_columns_are_no_worse_than_any_candidate_and_constant_ones_fill_up_only_what_is_missing():
    method = Ridge(12, classes=6, random_state=0).start(np.zeros((5, 4)))
    codes = method.codewords_[:6]
    assert ((codes == codes[0]).all(axis=0)).sum() == 0
    # Two rows of a Hadamard matrix differ in exactly half of its 16 columns.
    few = Ridge(12, classes=2, random_state=0).start(np.zeros((5, 4))).codewords_[:2]
    assert (few[0] != few[1]).sum() == 8
    assert best_columns(np.ones((1, 4)), np.array([[2, 1], [0, 3]])).tolist() == [2, 1]


def test_more_labels_than_rows_and_columns_of_another_number_are_refused():
    X, _ = stream(20)
    with pytest.raises(InputError, match=r"ridge.classes: 3 .allowed: at least the number of labels"):
        Ridge(2, classes=3).start(X).partial_fit(X, np.arange(20))
    with pytest.raises(InputError, match="columns: 3 .allowed: 4"):
        Ridge(4).start(X, columns=[0, 1, 2])
