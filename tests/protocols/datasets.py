"""Small datasets for the tests of protocols."""

import numpy as np

from mihash_bench.datasets.base import Dataset, QueryProtocol


def dataset(labels, *, d=6, per_class=None, seed=0):
    """Rows of unit norm that lie around a centre for each class; of several labels, around the sum of the centres."""
    rng = np.random.default_rng(seed)
    n, labels = len(labels), None if labels is None else np.asarray(labels)
    if labels.ndim == 1:
        _, number = np.unique(labels, return_inverse=True)
        shares = np.eye(number.max() + 1)[number]
    else:
        shares = labels.astype(float)
    X = rng.standard_normal((n, d)) + 2 * shares @ rng.standard_normal((shares.shape[1], d))
    features = (X / np.linalg.norm(X, axis=1, keepdims=True)).astype(np.float32)
    protocol = QueryProtocol(per_class=per_class, total=None if per_class else 5)
    return Dataset("small", features, np.zeros(d), np.ones(n, np.float32), labels, None, protocol, "digest")


def labels_of(counts):
    """As many rows of each label as ``counts`` says, in random order."""
    return np.random.default_rng(1).permutation(np.repeat(list(counts), list(counts.values())))
