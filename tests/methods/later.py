"""Streams for the tests of the methods that were published after MIHash."""

import numpy as np


def in_order_of_the_stream(vector):
    """Rows and labels of a golden vector, and its codebook with the rows in the order in which labels are first seen.

    In the files, class c has row c of the codebook.
    """
    y = vector["Ytrain"].ravel().astype(int)
    seen = list(dict.fromkeys(y.tolist()))
    others = [row for row in range(1, len(vector["codebook"]) + 1) if row not in seen]
    return vector["Xtrain"], y, vector["codebook"][np.array([*seen, *others]) - 1]


def stream(n, *, d=24, classes=6, seed=0):
    """Rows of unit norm around the centres of overlapping classes, and their labels."""
    return _around_centres(n, d, classes, seed, spread=1.0)


def separable(n, *, d=24, classes=6, seed=0):
    """The same with classes far apart."""
    return _around_centres(n, d, classes, seed, spread=0.1)


def _around_centres(n, d, classes, seed, spread):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, classes, n)
    X = rng.normal(size=(classes, d))[y] + spread * rng.normal(size=(n, d))
    X -= X.mean(axis=0) if n > 1 else 0
    return X / np.linalg.norm(X, axis=1, keepdims=True), y


def several_labels(n, *, classes=5, seed=0):
    """A 0/1 matrix of labels in which some rows have none."""
    return (np.random.default_rng(seed).random((n, classes)) < 0.3).astype(np.uint8)
