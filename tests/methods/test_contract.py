"""The contract of ``methods/base.py``, on every method there is."""

import pickle

import numpy as np
import pytest

from mihash_bench.errors import InputError
from mihash_bench.registry import METHODS
from mihash_bench.stream.reservoir import Reservoir

EVERY_METHOD = METHODS.names()


def data(seed=0, n=200, d=10):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    return X / np.linalg.norm(X, axis=1, keepdims=True), rng.integers(0, 3, n), rng.random(n)


def learned(name, cuts, seed=0):
    X, y, keys = data()
    method = METHODS.get(name)(16, random_state=seed).start(X)
    return go_on(method, Reservoir(30), cuts, X, y, keys)


def go_on(method, reservoir, cuts, X, y, keys):
    for rows in map(slice, cuts[:-1], cuts[1:]):
        history = reservoir.offer(X[rows], y[rows], keys[rows], per_step=method.examples_per_step)
        method.partial_fit(X[rows], y[rows], reservoir=history)
    return method


@pytest.fixture(params=EVERY_METHOD)
def name(request):
    return request.param


def test_the_same_seed_gives_the_same_bits_and_another_seed_others(name):
    X, _, _ = data()
    first, again, other = (learned(name, [0, 200], seed) for seed in (0, 0, 1))
    assert np.array_equal(first.W_, again.W_)
    assert (first.encode(X) != other.encode(X)).any()


def test_a_clone_has_the_parameters_and_none_of_the_state(name):
    method = learned(name, [0, 100])
    clone = method.clone()
    assert clone.get_params() == method.get_params()
    assert not hasattr(clone, "W_")


def test_how_the_stream_is_cut_into_blocks_changes_nothing(name):
    assert np.array_equal(learned(name, [0, 200]).W_, learned(name, [0, 50, 100, 200]).W_)


def test_a_pickle_in_mid_stream_goes_on_the_same(name):
    X, y, keys = data()
    reservoir = Reservoir(30)
    method = go_on(METHODS.get(name)(16, random_state=0).start(X), reservoir, [0, 100], X, y, keys)
    copy, reservoir_copy = pickle.loads(pickle.dumps((method, reservoir)))
    go_on(method, reservoir, [100, 200], X, y, keys)
    go_on(copy, reservoir_copy, [100, 200], X, y, keys)
    assert np.array_equal(method.W_, copy.W_)


def test_inputs_may_be_read_only_and_are_not_changed(name):
    X, y, keys = data()
    before = X.copy(), y.copy()
    for array in (X, y, keys):
        array.flags.writeable = False
    go_on(METHODS.get(name)(16, random_state=0).start(X), Reservoir(30), [0, 200], X, y, keys).encode(X)
    assert np.array_equal(X, before[0])
    assert np.array_equal(y, before[1])


def test_encoding_is_pure_and_a_snapshot_stays_as_it_was(name):
    X, y, keys = data()
    reservoir = Reservoir(30)
    method = go_on(METHODS.get(name)(16, random_state=0).start(X), reservoir, [0, 100], X, y, keys)
    snapshot, codes = method.snapshot(), method.encode(X)
    assert codes.shape == (200, 16)
    assert codes.dtype == np.bool_
    assert np.array_equal(method.encode(X), codes)
    go_on(method, reservoir, [100, 200], X, y, keys)
    assert np.array_equal(snapshot.encode(X), codes)


def test_a_stream_of_one_class_is_learned_from_without_harm(name):
    X, _, keys = data()
    y = np.zeros(200, int)
    method = go_on(METHODS.get(name)(16, random_state=0).start(X), Reservoir(30), [0, 200], X, y, keys)
    assert np.isfinite(method.W_).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_rows_that_are_not_finite_are_refused(name, bad):
    X, y, keys = data()
    method = METHODS.get(name)(16, random_state=0).start(X)
    history = Reservoir(30).offer(X, y, keys)
    X[3, 4] = bad
    with pytest.raises(InputError, match="NaN or infinity"):
        method.partial_fit(X, y, reservoir=history)


def test_labels_and_widths_that_do_not_fit_are_refused(name):
    X, y, keys = data()
    method = METHODS.get(name)(16, random_state=0).start(X)
    history = Reservoir(30).offer(X, y, keys)
    with pytest.raises(InputError, match="does not fit"):
        method.partial_fit(X, y[:-1], reservoir=history)
    with pytest.raises(InputError, match="features a row"):
        method.partial_fit(X[:, :-1], y, reservoir=history)


def test_a_given_projection_is_taken_and_one_of_another_shape_refused(name):
    X, _, _ = data()
    W = np.random.default_rng(0).normal(size=(10, 16))
    assert np.array_equal(METHODS.get(name)(16).start(X, W=W).W_, W)
    with pytest.raises(InputError, match="shape"):
        METHODS.get(name)(16).start(X, W=W[:, :3])


def test_random_projections_have_unit_norm():
    W = METHODS.get("lsh")(16, random_state=0).start(data()[0]).W_
    np.testing.assert_allclose(np.linalg.norm(W, axis=0), 1)


def test_a_method_that_needs_a_reservoir_says_so():
    X, y, _ = data()
    with pytest.raises(InputError, match="reservoir"):
        METHODS.get("mihash")(16).start(X).partial_fit(X, y)


def test_a_parameter_that_is_not_allowed_is_named():
    with pytest.raises(InputError, match=r"mihash.gradient.*exact, released"):
        METHODS.get("mihash")(16, gradient="fast").start(data()[0])
