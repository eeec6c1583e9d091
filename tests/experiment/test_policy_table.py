"""Runs under each table policy, on the built-in sample."""

from dataclasses import replace

import numpy as np
import pytest

from mihash_bench.codes import pack
from mihash_bench.datasets.sample import Sample
from mihash_bench.errors import InputError
from mihash_bench.experiment.policy_table import PolicyTable
from mihash_bench.experiment.retrieval import draw_retrieval
from mihash_bench.experiment.snapshot import Snapshot
from mihash_bench.experiment.trial import Trial
from mihash_bench.methods.constant import Constant
from mihash_bench.methods.lemon import LEMON
from mihash_bench.methods.mihash import MIHash
from mihash_bench.methods.ridge import Ridge
from mihash_bench.policies.base import TablePolicy
from mihash_bench.policies.full import Full
from mihash_bench.policies.learned import Learned
from mihash_bench.policies.pool import Pool
from mihash_bench.settings._online_data import draw_plan
from mihash_bench.stream.trigger import AlwaysUpdate, TriggerUpdate
from tests.settings.test_online import CONFIG

BITS, EXAMPLES, INTERVAL = 16, 1000, 100


@pytest.fixture(scope="module")
def retrieval(cache_dir):
    return draw_retrieval(Sample().load(cache_dir, cache_dir), 0)


@pytest.fixture(scope="module")
def plan(retrieval):
    config = replace(CONFIG, dataset="sample", examples=EXAMPLES, update_interval=INTERVAL, checkpoints=5)
    return draw_plan(config, len(retrieval.database))


def result_of(retrieval, plan, policy, method=None, when=None):
    trial = Trial(
        method or Ridge(BITS, random_state=0), retrieval, plan, when or AlwaysUpdate(), update_interval=INTERVAL,
        table_policy=policy,
    )  # fmt: skip
    return trial.run()


def test_a_pool_of_the_whole_table_is_the_full_policy(retrieval, plan):
    full = result_of(retrieval, plan, Full())
    pool = result_of(retrieval, plan, Pool(nearest=10**6))
    for name in ("mAP", "updates", "bit_recomputations"):
        assert np.array_equal(pool.curve[name], full.curve[name]), name
    assert np.array_equal(pool.final["ap_expected"], full.final["ap_expected"])
    assert not pool.final["code_age"].any()
    assert pool.costs["candidates_share"] == 1
    np.testing.assert_allclose(pool.costs["mAP_candidates"], full.final["ap_index"].mean(), rtol=0, atol=1e-12)


@pytest.mark.parametrize("when", [AlwaysUpdate(), TriggerUpdate()], ids=["off", "on"])
def test_decisions_are_the_same_under_every_policy_and_costs_are_those_of_recoded_rows(retrieval, plan, when):
    full, pool, learned = (
        result_of(retrieval, plan, policy, when=when) for policy in (Full(), Pool(centres=20, nearest=10), Learned())
    )
    for name, column in full.trigger.items():
        assert np.array_equal(pool.trigger[name], column, equal_nan=True), name
        assert np.array_equal(learned.trigger[name], column, equal_nan=True), name
    updated = full.trigger["updated"]
    assert updated.any()
    recoded = pool.trigger["recoded"]
    assert (recoded[updated] > 0).all()
    assert (recoded <= 200).all()
    assert pool.curve["bit_recomputations"][-1] == recoded.sum() * BITS
    rows, seen = len(retrieval.database), full.trigger["examples"]
    assert learned.trigger["recoded"].tolist() == np.where(updated, rows - seen, 0).tolist()


def test_the_code_of_a_row_is_that_of_the_snapshot_of_its_age(retrieval):
    rng = np.random.default_rng(0)
    encoders = [Ridge(BITS, random_state=seed).start(retrieval.database_rows).snapshot() for seed in range(4)]
    snapshots = [Snapshot("ridge", encoder, BITS, retrieval.features) for encoder in encoders]
    table = PolicyTable(retrieval, snapshots[0], Pool(centres=15, nearest=20), rng)
    for number, snapshot in enumerate(snapshots[1:]):
        table.offer(np.arange(100 * number, 100 * (number + 1)), None)
        table.rebuild(snapshot)
    words, ages = table.words()[retrieval.database], table.final()["code_age"]
    assert set(ages) == {0, 1, 2, 3}
    for age in range(4):
        rows = np.flatnonzero(ages == age)
        expected = snapshots[3 - age].encode(retrieval.database_rows[rows])
        assert np.array_equal(words[rows], pack(expected))
    queries = snapshots[3].encode(retrieval.features[retrieval.queries])
    assert np.array_equal(table.words()[retrieval.queries], pack(queries))


@pytest.mark.parametrize(
    "method", [Ridge(BITS, random_state=0), LEMON(BITS, batch_size=100, random_state=0)], ids=["ridge", "lemon"]
)
def test_learned_codes_help_only_with_true_labels(retrieval, plan, method):
    full, learned = (result_of(retrieval, plan, policy, method.clone()) for policy in (Full(), Learned()))
    assert learned.curve["mAP"][-1] > full.curve["mAP"][-1] + 0.005
    shuffled = np.random.default_rng(0).permutation(retrieval.labels)
    chance = replace(retrieval, labels=shuffled)
    value = result_of(chance, plan, Learned(), method.clone()).curve["mAP"][-1]
    assert value < 0.13


def test_learned_codes_are_those_of_the_method(retrieval, plan):
    """Rows of one class share a codeword, so the stream's rows have one code for each class."""
    result = result_of(retrieval, plan, Learned())
    assert result.final["code_age"].shape == (len(retrieval.database),)
    method = Ridge(BITS, random_state=0).start(retrieval.database_rows)
    X, y = retrieval.take(plan.order[:300])
    method.keeps_block_codes = True
    places, codes = method.partial_fit(X, y).block_codes()
    assert places.tolist() == list(range(300))
    for label in np.unique(y):
        assert len(np.unique(codes[y == label], axis=0)) == 1
    assert len(np.unique(codes, axis=0)) == len(np.unique(y))


class ConstantLearned(Constant):
    """Constant codes that the method gives as learned ones, too."""

    learns_codes = True

    def _fit_block(self, X, y, neighbors, reservoir):
        self._note_codes(np.arange(len(X)), self.encode(X))


@pytest.mark.parametrize("policy", [Full(), Pool(), Learned()], ids=lambda policy: policy.name)
def test_constant_codes_are_chance_under_every_policy(retrieval, plan, policy):
    value = result_of(retrieval, plan, policy, ConstantLearned(BITS)).curve["mAP"][-1]
    expected = retrieval.relevance.block(0, len(retrieval.queries)).mean()
    assert abs(value - expected) < 0.002


def test_a_method_without_learned_codes_is_refused():
    assert Learned.refusal(MIHash) == "mihash gives no learned codes of its examples"
    assert Learned.refusal(Ridge) == Pool.refusal(MIHash) == ""


class Nothing(Full):
    name = "nothing"
    title = "no row"

    def recoded(self, table):
        return np.empty(0, np.int64)


def test_a_policy_that_derives_from_full_is_asked(retrieval, plan):
    result = result_of(retrieval, plan, Nothing())
    assert result.curve["bit_recomputations"][-1] == 0
    assert result.curve["updates"][-1] > 0


class Repeating(TablePolicy):
    name = "repeating"
    title = "the first row twice"

    def recoded(self, table):
        return np.array([0, 0])


def test_a_policy_that_does_not_choose_rows_is_refused(retrieval, plan):
    with pytest.raises(InputError, match=r"policy repeating: the rows that it recodes are no positions .* each once"):
        result_of(retrieval, plan, Repeating())
