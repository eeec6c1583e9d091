import pickle

import numpy as np
import pytest

from mihash_bench.anchors import KernelMap
from mihash_bench.encoders import AffineCodes, CentredCodes, KernelCodes, Lifting, LinearCodes, encoder_from

RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 6))
W = RNG.normal(size=(6, 10))
KERNEL = KernelMap(X[:4], 3.0)
ENCODERS = [
    (LinearCodes(W), X @ W),
    (AffineCodes(W, np.linspace(-1, 1, 10)), X @ W + np.linspace(-1, 1, 10)),
    (CentredCodes(W, X.mean(axis=0)), (X - X.mean(axis=0)) @ W),
    (KernelCodes(W[:5], KERNEL), KERNEL.transform(X) @ W[:5]),
]
each = pytest.mark.parametrize(("encoder", "projections"), ENCODERS, ids=[type(e).__name__ for e, _ in ENCODERS])


@each
def test_codes_are_the_signs_of_the_projections(encoder, projections):
    np.testing.assert_allclose(encoder.project(X), projections)
    codes = encoder.encode(X)
    assert codes.dtype == np.bool_
    assert encoder.n_bits == 10
    np.testing.assert_array_equal(codes, projections > 0)
    assert 0 < codes.sum() < codes.size


@each
def test_chunks_do_not_change_codes(encoder, projections, monkeypatch):
    monkeypatch.setattr("mihash_bench.encoders.CHUNK_ROWS", 7)
    np.testing.assert_array_equal(encoder.encode(X), projections > 0)


@each
def test_single_precision_rows_have_the_codes_of_their_values_in_double_precision(encoder, projections):
    single = X.astype(np.float32)
    np.testing.assert_array_equal(encoder.encode(single), encoder.encode(single.astype(np.float64)))


@each
def test_arrays_hold_everything_that_codes_depend_on(encoder, projections):
    arrays = encoder.arrays()
    kernel = [KernelMap(arrays["anchors"], float(arrays["kernel_width"]))] if "anchors" in arrays else []
    others = [arrays[name] for name in ("bias", "mean") if name in arrays]
    np.testing.assert_array_equal(type(encoder)(arrays["W"], *others, *kernel).encode(X), projections > 0)


@each
def test_a_pickled_encoder_gives_the_same_codes(encoder, projections):
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(encoder)).encode(X), projections > 0)


def test_kernel_features_are_lifted_once_for_all_snapshots_of_a_run():
    first, later = KernelCodes(W[:5], KERNEL), KernelCodes(-W[:5], KERNEL)
    lifted = first.lift(X)
    for snapshot in (first, later):
        assert isinstance(snapshot, Lifting)
        np.testing.assert_array_equal(snapshot.encode_lifted(lifted), snapshot.encode(X))
    assert not isinstance(LinearCodes(W), Lifting)


@pytest.mark.parametrize(
    "arrays",
    [
        {"W": np.zeros((4, 8, 1))},
        {"W": np.zeros(8)},
        {"W": np.zeros((4, 8)), "bias": np.zeros(4)},
        {"W": np.zeros((4, 8)), "mean": np.zeros(8)},
        {"W": np.zeros((4, 8)), "anchors": np.zeros((4, 2)), "kernel_width": np.array(1.0)},
        {"W": np.zeros((4, 8)), "anchors": np.zeros(3), "kernel_width": np.array(1.0)},
        {"W": np.zeros((4, 8)), "anchors": np.zeros((3, 2)), "kernel_width": np.ones(2)},
        {"V": np.zeros((4, 8))},
    ],
)
def test_arrays_that_do_not_fit_together_are_no_encoder(arrays):
    with pytest.raises(ValueError, match=r"dimensions|has shape|no encoder"):
        encoder_from(arrays)
