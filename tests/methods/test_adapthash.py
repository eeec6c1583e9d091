import numpy as np
import pytest

from mihash_bench.methods.adapthash import AdaptHash
from mihash_bench.neighbors import SharedLabels, WithinDistance
from tests.conftest import golden, golden_names
from tests.methods.numpy_steps import NumpyAdaptHash


def started(vector, W, bits):
    return AdaptHash(bits, alpha=vector["alpha"], regularization=vector["beta"], step_size=vector["stepsize"]).start(
        vector["X"], W=W
    )


@pytest.mark.parametrize("name", golden_names("adapt_b*"))
def test_a_step_equals_the_release(name):
    vector = golden(name)
    method = started(vector, vector["W"], vector["W"].shape[1])
    if vector["unsupervised"]:
        method.partial_fit(vector["X"], neighbors=WithinDistance(vector["thr_dist"]))
    else:
        method.partial_fit(vector["X"], vector["Y"].ravel(), neighbors=SharedLabels())
    np.testing.assert_allclose(method.W_, vector["Wnew"], rtol=1e-12, atol=1e-14)
    if vector["loss"] == 0:
        assert np.array_equal(method.W_, vector["W"])


def test_a_sequence_of_pairs_equals_the_release():
    vector = golden("adapt_seq_b32.mat")
    order, y = vector["I"].ravel().astype(int) - 1, vector["Y"].ravel()
    method = started(vector, vector["W0"], 32)
    seen = 0
    for place, pairs in enumerate(vector["t_saved"].ravel().astype(int)):
        rows = order[2 * seen : 2 * pairs]
        method.partial_fit(vector["X"][rows], y[rows])
        seen = pairs
        np.testing.assert_allclose(method.W_, vector["Wt"][:, :, place], rtol=0, atol=1e-9)


@pytest.mark.parametrize("bits", [10, 20, 30])
def test_a_loss_that_is_a_whole_number_up_to_rounding_updates_that_many_bits(bits):
    distance = 5
    method = AdaptHash(bits, regularization=0.0).start(np.eye(bits), W=np.eye(bits))
    x = np.linspace(1, 2, bits)
    other = np.where(np.arange(bits) < distance, -x, x)
    method.partial_fit(np.vstack([x, other]), np.array([0, 0]))
    moved = (np.abs(method.W_ - np.eye(bits)).sum(axis=0) > 1e-12).sum()
    assert moved == distance - bits // 10


def test_a_column_that_all_but_vanishes_in_a_step_is_computed_as_exactly_as_in_a_single_step():
    """Its squared norm is then the difference of numbers that are a million million times as large."""
    X = np.array([[1.0, 0.0], [1.0, 0.0], [0.8, 0.6], [0.6, -0.8]])
    W = np.array([[1.0], [0.0]])
    single, block = (kind(1, regularization=0.0).start(X, W=W) for kind in (NumpyAdaptHash, AdaptHash))
    Z = X[:2] @ W
    gradient = X[:2].T @ AdaptHash(1)._factors(Z, np.array([0]), False)
    # The step that leaves a millionth of the column along its direction.
    step = (1 - 1e-6) / gradient[0, 0]
    for method in (single, block):
        method.step_size = step
        method.partial_fit(X, np.array([0, 1, 0, 0]))
    np.testing.assert_allclose(block.W_, single.W_, rtol=0, atol=1e-9)
