import pickle

import numpy as np
import pytest

from mihash_bench.anchors import KernelMap
from mihash_bench.encoders import KernelCodes
from mihash_bench.errors import InputError
from mihash_bench.methods._target_codes import hadamard
from mihash_bench.methods.hmoh import HMOH
from tests.conftest import golden, golden_names
from tests.methods.later import in_order_of_the_stream, separable, several_labels, stream

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("name", golden_names("later_hmoh_*"))
def test_projections_and_their_sum_equal_the_release(name):
    vector = golden(name)
    X, y, codebook = in_order_of_the_stream(vector)
    projected = vector["hbits"] != vector["nbits"]
    method = HMOH(int(vector["nbits"]), step_size=vector["lr"])
    method.start(X, codebook=codebook, projection=vector["lshW"] if projected else None)
    for t in range(20):
        assert np.array_equal(np.where(X[t] @ method.W_ > 0, 1, -1), vector["Ft"][t])
        method.partial_fit(X[t : t + 1], y[t : t + 1])
        assert np.array_equal(method.targets_.of_block(y[t : t + 1])[1][0], vector["Bt"][t])
        np.testing.assert_allclose(method.W_, vector["Wt"][:, :, t], rtol=0, atol=1e-9)
        np.testing.assert_allclose((t + 1) * method.mean_, vector["SWt"][:, :, t], rtol=0, atol=1e-9)
    method.partial_fit(X[20:], y[20:])
    np.testing.assert_allclose(method.W_, vector["Wlast"], rtol=0, atol=1e-9)
    np.testing.assert_allclose(400 * method.mean_, vector["Wsum"], rtol=0, atol=1e-9)
    assert np.array_equal(method.encode(vector["Xtest"]), vector["Htest"].astype(bool))


def test_codes_do_not_depend_on_the_step_size():
    X, y = stream(500)
    codes = [HMOH(12, step_size=step, random_state=0).start(X).partial_fit(X, y).encode(X) for step in (0.01, 8.0)]
    assert np.array_equal(*codes)


def test_rows_in_order_give_the_same_ranking_at_every_length_that_is_an_order():
    X, y = stream(800, classes=10)
    first = list(dict.fromkeys(y.tolist()))
    codes = {
        b: HMOH(b, rows="released", random_state=0).start(X).partial_fit(X, y).encode(X).astype(int)
        for b in (16, 32, 64)
    }
    distances = {b: (code[:100, None] != code[None]).sum(axis=2) for b, code in codes.items()}
    assert np.array_equal(distances[32], 2 * distances[16])
    assert np.array_equal(distances[64], 4 * distances[16])
    assert len(np.unique(hadamard(64)[: len(first)], axis=1).T) == 16
    permuted = HMOH(32, random_state=0).start(X).partial_fit(X, y).encode(X).astype(int)
    assert not np.array_equal((permuted[:100, None] != permuted[None]).sum(axis=2), distances[32])


def test_mistakes_stop_on_separable_classes_and_a_bit_without_mistakes_stays_zero():
    X, y = separable(2_000)
    # Column 1 of the negated matrix is -1 for every class: the sign of 0 is right from the start.
    method = HMOH(16).start(X, codebook=-hadamard(16)).partial_fit(X, y)
    before = method.W_.copy()
    assert np.array_equal(method.partial_fit(X, y).W_, before)
    assert not method.mean_[:, 0].any()
    assert not method.encode(X)[:, 0].any()


def test_rows_without_labels_do_not_count_and_the_first_table_is_of_zeros():
    X, _ = stream(60)
    y = several_labels(60)
    kept = y.any(axis=1)
    assert not kept.all()
    all_rows, labelled = (HMOH(12, random_state=0).start(X) for _ in range(2))
    assert not all_rows.encode(X).any()
    all_rows.partial_fit(X, y)
    labelled.partial_fit(X[kept], y[kept])
    np.testing.assert_allclose(all_rows.mean_, labelled.mean_, atol=1e-14)


def test_kernel_features_have_no_constant():
    X, y = stream(4_200)
    anchors, eta = X[:30], 0.3
    method = HMOH(8, n_anchors=30, random_state=0).start(X, anchors=anchors, eta=eta)
    method.partial_fit(X[:300], y[:300])
    features = np.exp(-((X[:50, None] - anchors[None]) ** 2).sum(axis=2) / (2 * eta))
    assert np.array_equal(method.encode(X[:50]), features @ method.mean_ > 0)
    assert isinstance(method.snapshot(), KernelCodes)
    kernel = np.exp(-((X[:300, None] - anchors[None]) ** 2).sum(axis=2) / (2 * eta))
    linear = HMOH(8, random_state=0).start(kernel, codebook=method.targets_.codebook,
                                           projection=method.targets_.projection)  # fmt: skip
    np.testing.assert_allclose(linear.partial_fit(kernel, y[:300]).mean_, method.mean_, atol=1e-10)


def test_the_width_of_the_kernel_is_a_share_of_the_mean_squared_distance():
    X, _ = stream(4_200)
    method = HMOH(8, n_anchors=2_000, bandwidth_divisor=6, random_state=0).start(X)
    anchors = method.kernel_.anchors
    assert {row.tobytes() for row in anchors} <= {row.tobytes() for row in X[:2_100]}
    mean = KernelMap(anchors, 1.0).squared_distances(X[2_100:]).mean()
    assert method.kernel_.width == pytest.approx(2 * mean / 6, rel=0.01)


def test_pickling_between_steps_changes_nothing():
    X, y = stream(60)
    whole = HMOH(12, random_state=0).start(X).partial_fit(X, y)
    half = HMOH(12, random_state=0).start(X).partial_fit(X[:30], y[:30])
    assert np.array_equal(pickle.loads(pickle.dumps(half)).partial_fit(X[30:], y[30:]).encode(X), whole.encode(X))


def test_anchors_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match="hmoh.n_anchors: 300 .allowed for a database of 100 rows: 0"):
        HMOH(8, n_anchors=300).start(np.zeros((100, 4)))
    with pytest.raises(InputError, match="anchors: shape"):
        HMOH(8, n_anchors=3).start(np.zeros((5_000, 4)), anchors=np.zeros((2, 4)))
