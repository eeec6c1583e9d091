"""The contract of ``batch/base.py``, on every batch method there is; and that the checks can fail."""

from functools import partial

import numpy as np
import pytest

from mihash_bench.batch.sdh import SDH
from mihash_bench.registry import BATCH_METHODS
from mihash_bench.testing import BATCH_CHECKS
from mihash_bench.testing.batch import (
    check_bad_training_points_are_refused,
    check_codes_do_not_depend_on_other_rows,
    check_inputs_are_not_changed,
    check_looking_between_epochs_changes_nothing,
    check_names_of_labels_do_not_matter,
    check_the_same_seed_gives_the_same_bits,
    check_two_classes_far_apart_are_told_apart,
)

# Of a size with the contract's points: the defaults are for some thousands.
SMALL = {
    "shk": {"n_anchors": 100, "iterations": 50},
    "sdh": {"n_anchors": 100},
    "dpsh": {"epochs": 20, "learning_rate": 50.0},
    "dtsh": {"epochs": 10, "learning_rate": 1.0},
    "mihash": {"epochs": 10},
    "fasthash": {"n_trees": 5, "depth": 2, "n_pairs": 50, "sweeps": 1},
    "vdsh": {"width": 64},
}


@pytest.mark.parametrize("check", BATCH_CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", BATCH_METHODS.names())
def test_every_method_keeps_the_contract(name, check):
    check(partial(BATCH_METHODS.get(name), **SMALL.get(name, {})))


class Blind(SDH):
    def _learn(self, X, y, **given):
        yield from super()._learn(X, np.roll(y, 1), **given)


class DrawsWithoutSeed(SDH):
    def _learn(self, X, y, **given):
        self.random_ = np.random.default_rng()
        yield from super()._learn(X, y, **given)


class ChangesItsInput(SDH):
    def _checked(self, X, y):
        X *= 1
        return super()._checked(X, y)


class ChangesWhenLookedAt(SDH):
    def objective(self):
        self.W_ = self.W_ * 1.1
        return super().objective()


class ReadsNames(SDH):
    def _checked(self, X, y):
        rows, labels = super()._checked(X, y)
        return rows, labels if np.max(y) < 10 else np.roll(labels, 1)


class TakesAnything(SDH):
    def _checked(self, X, y):
        return np.nan_to_num(X), np.ravel(np.zeros(len(X), int) if y is None else y)[: len(X)]


class CodesByBatch(SDH):
    def encode(self, X):
        return super().encode(np.roll(X, len(X) // 2, axis=0))


@pytest.mark.parametrize(
    ("broken", "check"),
    [
        (Blind, check_two_classes_far_apart_are_told_apart),
        (DrawsWithoutSeed, check_the_same_seed_gives_the_same_bits),
        (ChangesWhenLookedAt, check_looking_between_epochs_changes_nothing),
        (ReadsNames, check_names_of_labels_do_not_matter),
        (TakesAnything, check_bad_training_points_are_refused),
        (CodesByBatch, check_codes_do_not_depend_on_other_rows),
    ],
)
def test_a_broken_method_is_detected(broken, check):
    with pytest.raises(AssertionError):
        check(partial(broken, n_anchors=100))


def test_a_method_that_writes_into_its_training_points_is_detected():
    with pytest.raises(ValueError, match="read-only"):
        check_inputs_are_not_changed(partial(ChangesItsInput, n_anchors=100))
