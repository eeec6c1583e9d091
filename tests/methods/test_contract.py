"""The contract of ``methods/base.py``, on every method there is; and that the checks can fail."""

import numpy as np
import pytest

from mihash_bench.errors import InputError
from mihash_bench.methods.lsh import LSH
from mihash_bench.registry import METHODS
from mihash_bench.testing import CHECKS
from mihash_bench.testing.online import (
    check_bad_rows_are_refused,
    check_blocks_do_not_matter,
    check_codes_do_not_depend_on_other_rows,
    check_inputs_are_not_changed,
    check_memory_is_bounded,
    check_pickle_in_mid_stream,
    check_the_same_seed_gives_the_same_bits,
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", METHODS.names())
def test_every_method_keeps_the_contract(name, check):
    check(METHODS.get(name))


class KeepsTheStream(LSH):
    def _step(self, X, y, *, neighbors, reservoir):
        self.rows_ = [*getattr(self, "rows_", []), X]


class DrawsWithoutSeed(LSH):
    def _step(self, X, y, *, neighbors, reservoir):
        self.W_ = np.random.default_rng().normal(size=self.W_.shape)


class ChangesItsInput(LSH):
    def _step(self, X, y, *, neighbors, reservoir):
        X *= 2


class LearnsByBlock(LSH):
    def _fit_block(self, X, y, neighbors, reservoir):
        self.W_ = self.W_ + np.outer(X[0], np.ones(self.n_bits))


class ForgetsInPickle(LSH):
    def _step(self, X, y, *, neighbors, reservoir):
        self.W_ = self.W_ + 0.1 * X.T

    def __getstate__(self):
        return {**self.__dict__, "W_": np.zeros_like(self.W_)}


class CodesAtRandom(LSH):
    def encode(self, X):
        return np.random.default_rng().random((len(X), self.n_bits)) < 0.5


class TakesAnything(LSH):
    def _checked(self, X, y):
        return np.asarray(X), y


@pytest.mark.parametrize(
    ("broken", "check"),
    [
        (KeepsTheStream, check_memory_is_bounded),
        (DrawsWithoutSeed, check_the_same_seed_gives_the_same_bits),
        (LearnsByBlock, check_blocks_do_not_matter),
        (ForgetsInPickle, check_pickle_in_mid_stream),
        (CodesAtRandom, check_codes_do_not_depend_on_other_rows),
        (TakesAnything, check_bad_rows_are_refused),
    ],
)
def test_a_method_that_breaks_the_contract_is_caught(broken, check):
    with pytest.raises(AssertionError):
        check(broken)


def test_a_method_that_writes_into_its_input_is_caught():
    with pytest.raises((AssertionError, ValueError)):
        check_inputs_are_not_changed(ChangesItsInput)


@pytest.mark.parametrize("name", sorted({*METHODS.names()} - {"okh", "constant"}))
def test_a_given_projection_is_taken_and_one_of_another_shape_refused(name):
    X = np.random.default_rng(0).normal(size=(100, 20))
    W = np.random.default_rng(0).normal(size=(20, 16))
    assert np.array_equal(METHODS.get(name)(16).start(X, W=W).W_, W)
    with pytest.raises(InputError, match="shape"):
        METHODS.get(name)(16).start(X, W=W[:, :3])


def test_random_projections_have_unit_norm():
    W = METHODS.get("lsh")(16, random_state=0).start(np.zeros((5, 10))).W_
    np.testing.assert_allclose(np.linalg.norm(W, axis=0), 1)


def test_a_method_that_needs_a_reservoir_says_so():
    X = np.random.default_rng(0).normal(size=(100, 20))
    with pytest.raises(InputError, match="reservoir"):
        METHODS.get("mihash")(16).start(X).partial_fit(X, np.zeros(100))


def test_a_parameter_that_is_not_allowed_is_named():
    with pytest.raises(InputError, match=r"mihash.gradient.*exact, released"):
        METHODS.get("mihash")(16, gradient="fast").start(np.zeros((5, 10)))


def test_a_projection_of_exactly_zero_is_bit_0():
    assert not METHODS.get("lsh")(16, random_state=0).start(np.zeros((5, 10))).encode(np.zeros((3, 10))).any()
