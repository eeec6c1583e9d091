import numpy as np
import pytest

from mihash_bench.anchors import KernelMap
from mihash_bench.encoders import CentredCodes, KernelCodes, LinearCodes
from mihash_bench.neighbors import SharedLabels
from mihash_bench.registry import METHODS
from mihash_bench.stream.reservoir import ReservoirRows
from mihash_bench.stream.trigger import AlwaysUpdate, TriggerUpdate, moved, quality
from mihash_bench.testing.online import ContractStream
from tests.conftest import golden, golden_names


class GivenCodes:
    """An encoder that answers with given codes, for vectors that hold codes and no features."""

    def __init__(self, codes):
        self.codes = codes.astype(bool)
        self.n_bits = codes.shape[1]

    def encode(self, X):
        return self.codes

    def arrays(self):
        return {"codes": self.codes}


@pytest.mark.parametrize("name", golden_names("trigger_mi_*"))
def test_quality_and_decisions_equal_the_release_when_its_levels_are_folded(name):
    vector = golden(name)
    current, snapshot = GivenCodes(vector["H2"]), GivenCodes(vector["H"])
    rows = ReservoirRows(np.zeros((len(vector["H"]), 1)), np.ravel(vector["Y"]))
    folded = [quality(e, rows, SharedLabels(), fold_last_levels=True) for e in (snapshot, current)]
    np.testing.assert_allclose(folded, [vector["mi"], vector["mi2"]], atol=1e-12)
    thresholds, updates = np.ravel(vector["trig_thresh"]), np.ravel(vector["trig_update"]).astype(bool)
    # The last threshold is the difference itself, up to rounding: no update at exactly that gain.
    thresholds[-1] = folded[1] - folded[0]
    for threshold, update in zip(thresholds, updates, strict=True):
        decision = TriggerUpdate(threshold, fold_last_levels=True).decide(current, snapshot, rows, SharedLabels())
        assert decision.updated == (update and not np.array_equal(current.codes, snapshot.codes))


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 40)
    return ReservoirRows(rng.normal(size=(3, 6))[y] + 0.3 * rng.normal(size=(40, 6)), y)


def encoder(seed):
    return LinearCodes(np.random.default_rng(seed).normal(size=(6, 10)))


def test_an_update_never_lowers_quality_on_the_reservoir_it_was_decided_on(rows):
    decisions = [TriggerUpdate().decide(encoder(s), encoder(s + 1), rows, SharedLabels()) for s in range(40)]
    for seed, decision in enumerate(decisions):
        assert decision.q_current == quality(encoder(seed), rows, SharedLabels())
        assert decision.updated == (decision.q_current > decision.q_snapshot)
    assert {decision.updated for decision in decisions} == {True, False}


@pytest.mark.parametrize("policy", [AlwaysUpdate(), TriggerUpdate(threshold=-1.0)])
def test_functions_that_have_not_moved_never_cause_an_update(policy, rows):
    same = encoder(0)
    nearly = LinearCodes(same.W + 1e-9)
    assert not policy.decide(same, same, rows, SharedLabels()).updated
    assert not policy.decide(nearly, same, rows, SharedLabels()).updated
    assert policy.decide(encoder(1), same, rows, SharedLabels()).updated


def test_an_empty_reservoir_is_an_error(rows):
    with pytest.raises(ValueError, match="reservoir is empty"):
        TriggerUpdate().decide(encoder(0), encoder(1), ReservoirRows(rows.X[:0], rows.y[:0]), SharedLabels())


def test_every_array_that_codes_depend_on_counts_as_movement():
    W, mean = np.ones((6, 3)), np.zeros(6)
    assert not moved(CentredCodes(W, mean), CentredCodes(W.copy(), mean.copy()))
    assert moved(CentredCodes(W, mean), CentredCodes(W, mean + 1e-6))
    assert moved(CentredCodes(W, mean), LinearCodes(W))
    anchors = np.eye(6)[:2]
    assert moved(KernelCodes(W[:3], KernelMap(anchors, 1.0)), KernelCodes(W[:3], KernelMap(anchors, 1.1)))
    assert moved(KernelCodes(W[:3], KernelMap(anchors, 1.0)), KernelCodes(W[:4], KernelMap(np.eye(6)[:3], 1.0)))


def test_small_movements_of_several_arrays_add_up():
    W, mean = np.ones((6, 3)), np.zeros(6)
    nearly = W.copy()
    nearly[0, 0] += 0.7e-6
    other = mean + np.array([0.7e-6, 0, 0, 0, 0, 0])
    assert not moved(CentredCodes(nearly, mean), CentredCodes(W, mean))
    assert not moved(CentredCodes(W, other), CentredCodes(W, mean))
    assert moved(CentredCodes(nearly, other), CentredCodes(W, mean))


def test_arrays_of_whole_numbers_do_not_wrap_around():
    less, more = GivenCodes(np.zeros((2, 3))), GivenCodes(np.ones((2, 3)))
    assert moved(less, more)
    less.codes, more.codes = np.array([0], np.uint8), np.array([255], np.uint8)
    assert moved(less, more)
    assert moved(more, less)


@pytest.mark.parametrize("name", METHODS.names())
def test_for_the_built_in_methods_movement_is_that_of_the_projection(name):
    stream = ContractStream(METHODS.get(name))
    snapshots = [stream.method.snapshot()]
    for start in range(6):
        stream.learn([start, start + 1])
        snapshots.append(stream.method.snapshot())
    for current in snapshots:
        for snapshot in snapshots:
            assert moved(current, snapshot) == (np.abs(current.W - snapshot.W).sum() >= 1e-6)
