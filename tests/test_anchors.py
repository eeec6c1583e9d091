import numpy as np

from mihash_bench.anchors import KernelMap


def test_features_are_kernels_of_the_distances_to_the_anchors_and_a_constant():
    rng = np.random.default_rng(0)
    X, anchors = rng.normal(size=(7, 5)), rng.normal(size=(3, 5))
    features = KernelMap(anchors, 2.5).transform(X)
    assert features.shape == (7, 4)
    for row in range(7):
        for k in range(3):
            distance = np.linalg.norm(X[row] - anchors[k])
            np.testing.assert_allclose(features[row, k], np.exp(-(distance**2) / 2.5))
    assert (features[:, -1] == 1).all()


def test_distances_are_never_negative_and_nearly_zero_at_an_anchor():
    rng = np.random.default_rng(1)
    anchors = 1e4 + rng.normal(size=(40, 30))
    squared = KernelMap(anchors, 1.0).squared_distances(anchors)
    products = (anchors * anchors).sum(axis=1)
    unclipped = products[:, None] + products - 2 * anchors @ anchors.T
    assert unclipped.min() < 0
    assert squared.min() == 0
    assert np.diagonal(squared).max() < 1e-4


def test_single_precision_rows_are_computed_in_double_precision():
    rng = np.random.default_rng(2)
    X, kernel = rng.normal(size=(6, 4)).astype(np.float32), KernelMap(rng.normal(size=(3, 4)), 1.0)
    features = kernel.transform(X)
    assert features.dtype == np.float64
    np.testing.assert_array_equal(features, kernel.transform(X.astype(np.float64)))
