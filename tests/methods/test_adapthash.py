import numpy as np
import pytest

from mihash_bench.methods.adapthash import AdaptHash
from mihash_bench.neighbors import SharedLabels, WithinDistance
from tests.conftest import golden, golden_names


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
