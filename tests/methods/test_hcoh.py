import pickle

import numpy as np
import pytest

from mihash_bench.errors import InputError
from mihash_bench.methods._target_codes import hadamard
from mihash_bench.methods.hcoh import HCOH
from tests.conftest import golden, golden_names
from tests.methods.later import in_order_of_the_stream, separable, stream

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("name", golden_names("later_hcoh_*"))
def test_targets_and_projections_equal_the_release(name):
    vector = golden(name)
    X, y, codebook = in_order_of_the_stream(vector)
    projected = vector["hbits"] != vector["nbits"]
    method = HCOH(int(vector["nbits"]), step_size=vector["stepsize"], batch_size=int(vector["n_t"]))
    method.start(X, W=vector["W0"], codebook=codebook, projection=vector["lshW"] if projected else None)
    for t in range(20):
        np.testing.assert_allclose(np.tanh(X[t] @ method.W_), vector["Ft"][t], rtol=0, atol=1e-9)
        method.partial_fit(X[t : t + 1], y[t : t + 1])
        assert np.array_equal(method.targets_.of_block(y[t : t + 1])[1][0], vector["Bt"][t])
        np.testing.assert_allclose(method.W_, vector["Wt"][:, :, t], rtol=0, atol=1e-9)
    method.partial_fit(X[20:], y[20:])
    np.testing.assert_allclose(method.W_, vector["W"], rtol=0, atol=1e-9)
    assert np.array_equal(method.encode(vector["Xtest"]), vector["Htest"].astype(bool))


def test_a_step_is_the_gradient_of_the_squared_error():
    X, _ = stream(3)
    W, codebook = RNG.normal(size=(24, 8)), hadamard(8)

    def loss(W):
        return ((np.tanh(X @ W) - codebook[:3]) ** 2).sum() / 2

    method = HCOH(8, step_size=3.0, batch_size=3).start(X, W=W, codebook=codebook).partial_fit(X, [5, 3, 4])
    gradient = np.empty_like(W)
    for place in np.ndindex(W.shape):
        change = np.zeros_like(W)
        change[place] = 1e-6
        gradient[place] = (loss(W + change) - loss(W - change)) / 2e-6
    np.testing.assert_allclose(W - method.W_, gradient, atol=1e-8)


def test_the_first_step_from_zero_is_towards_the_target():
    X, y = stream(1)
    method = HCOH(8, classes=8).start(X, W=np.zeros((24, 8)), codebook=hadamard(8)[1:]).partial_fit(X, y)
    np.testing.assert_allclose(method.W_, 0.2 * np.outer(X[0], hadamard(8)[1]))


def test_a_batch_of_equal_rows_equals_one_row_and_rows_without_labels_do_not_count():
    X, _ = stream(1)
    W, codebook = RNG.normal(size=(24, 8)), hadamard(8)
    one = HCOH(8).start(X, W=W, codebook=codebook).partial_fit(X, [3]).W_
    same = HCOH(8, batch_size=4).start(X, W=W, codebook=codebook).partial_fit(np.repeat(X, 4, 0), [3] * 4).W_
    np.testing.assert_allclose(same, one, atol=1e-14)
    y = np.array([[0, 1], [0, 0], [0, 0], [0, 1]])
    some = HCOH(8, batch_size=4).start(X, W=W, codebook=codebook).partial_fit(np.repeat(X, 4, 0), y).W_
    np.testing.assert_allclose(some, one, atol=1e-14)
    none = HCOH(8).start(X, W=W, codebook=codebook).partial_fit(X, np.zeros((1, 2)))
    assert np.array_equal(none.W_, W)


def test_the_codes_of_separable_classes_become_their_targets():
    X, y = separable(2_000)
    method = HCOH(16, random_state=0).start(X).partial_fit(X, y)
    _, targets = method.targets_.of_block(y[:200])
    # The column of ones is the same for all classes: on centred rows, its bit is noise.
    varied = (targets != targets[0]).any(axis=0)
    assert varied.sum() == 15
    assert np.array_equal(method.encode(X[:200])[:, varied], targets[:, varied] > 0)


def test_pickling_between_steps_changes_nothing():
    X, y = stream(60)
    whole = HCOH(12, batch_size=5, random_state=0).start(X).partial_fit(X, y)
    half = HCOH(12, batch_size=5, random_state=0).start(X).partial_fit(X[:30], y[:30])
    assert np.array_equal(pickle.loads(pickle.dumps(half)).partial_fit(X[30:], y[30:]).encode(X), whole.encode(X))


def test_a_projection_of_another_shape_is_refused():
    with pytest.raises(InputError, match="projection: shape .3, 12. .allowed: .16, 12."):
        HCOH(12).start(np.zeros((5, 4)), projection=np.zeros((3, 12)))
