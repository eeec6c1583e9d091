import numpy as np
import pytest

from mihash_bench.encoders import LinearCodes
from mihash_bench.neighbors import SharedLabels
from mihash_bench.stream.reservoir import ReservoirRows
from mihash_bench.stream.trigger import AlwaysUpdate, TriggerUpdate, quality
from tests.conftest import golden, golden_names


class GivenCodes:
    """An encoder that answers with given codes, for vectors that hold codes and no features."""

    def __init__(self, codes):
        self.codes = codes.astype(bool)
        self.W = codes.astype(float)

    def encode(self, X):
        return self.codes


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
        assert decision.updated == (update and current.W.tolist() != snapshot.W.tolist())


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
    with pytest.raises(ValueError, match="no member"):
        TriggerUpdate().decide(encoder(0), encoder(1), ReservoirRows(rows.X[:0], rows.y[:0]), SharedLabels())
