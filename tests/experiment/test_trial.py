from dataclasses import replace

import numpy as np
import pytest

from mihash_bench.encoders import AffineCodes
from mihash_bench.errors import InputError
from mihash_bench.experiment.hash_table import HashTable
from mihash_bench.experiment.retrieval import Retrieval
from mihash_bench.experiment.trial import Trial
from mihash_bench.methods.adapthash import AdaptHash
from mihash_bench.methods.lsh import LSH
from mihash_bench.methods.mihash import MIHash
from mihash_bench.methods.osh import OSH
from mihash_bench.metrics.base import parse_metrics
from mihash_bench.neighbors import SharedLabels
from mihash_bench.stream.plan import StreamPlan
from mihash_bench.stream.trigger import AlwaysUpdate, TriggerUpdate
from tests.conftest import golden


def stream_data():
    data = golden("stream_data.mat")
    X = np.vstack([data["Xtrain"], data["Xtest"]])
    y = np.concatenate([data["Ytrain"].ravel(), data["Ytest"].ravel()]).astype(np.int64)
    n = len(data["Xtrain"])
    return Retrieval(X, y, np.arange(n, len(X)), np.arange(n), SharedLabels())


def mihash(run):
    return MIHash(
        int(run["nbits"]),
        n_bins=int(run["no_bins"]),
        sigmoid_scale=run["sigscale"],
        step_size=run["stepsize"],
        decay=run["decay"],
        gradient="released",
    ), {}


def adapthash(run):
    parameters = {"alpha": run["alpha"], "regularization": run["beta"], "step_size": run["stepsize"]}
    return AdaptHash(int(run["nbits"]), **parameters), {}


def osh(run):
    method = OSH(int(run["nbits"]), step_size=run["stepsize"], boosting=bool(run["SGDBoost"]))
    return method, {"codebook": 2.0 * run["ECOCs_first40"] - 1}


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("stream_mihash_b08_mi_thr.mat", mihash),
        ("stream_adapt_b16_mi.mat", adapthash),
        ("stream_osh_handle_b16_mi.mat", osh),
    ],
)
def test_a_complete_stream_of_the_release_gives_its_updates_map_and_snapshots(name, make):
    run = golden(name)
    method, given = make(run)
    keys, start = run["rand_stream"].ravel(), np.ravel(run["reservoir_init_ind"]).astype(int) - 1
    step = method.examples_per_step
    # The release measures at its first step; before the first decision the table is still the initial one.
    checkpoints = np.maximum(run["train_examples"].ravel().astype(int), step)
    plan = StreamPlan(
        order=run["trainInd"].ravel().astype(int) - 1,
        checkpoints=checkpoints,
        reservoir_start=start,
        start_keys=keys[: len(start)],
        keys=keys[len(start) :],
    )
    result = Trial(
        method,
        stream_data(),
        plan,
        TriggerUpdate(run["triggerThresh"], fold_last_levels=True),
        reservoir_size=int(run["reservoirSize"]),
        update_interval=int(run["updateInterval"]),
        metrics=parse_metrics("mAP[ties=index]"),
        W=run["W0"],
        given=given,
    ).run()
    updated = result.trigger["examples"][result.trigger["updated"]] // step
    assert updated.tolist() == run["update_iters"].ravel().astype(int).tolist()
    np.testing.assert_allclose(result.curve["mAP[ties=index]"], run["mAP"].ravel(), rtol=0, atol=1e-9)
    assert result.curve["bit_recomputations"].tolist() == run["bit_recomp"].ravel().astype(int).tolist()
    np.testing.assert_allclose(result.final["W"], run["Wsnapshot_ckpt"][:, :, -1], atol=1e-6)
    np.testing.assert_allclose(method.W_, run["W_ckpt"][:, :, -1], atol=1e-6)


def plan(examples=200, checkpoints=(0, 100, 200), seed=0):
    rng = np.random.default_rng(seed)
    return StreamPlan(
        rng.permutation(1200)[:examples], np.array(checkpoints), np.arange(6), rng.random(6), rng.random(examples)
    )


def run(method=None, policy=None, stream=None, data=None, **options):
    options = {"update_interval": 20, "reservoir_size": 50, **options}
    method, data = method or MIHash(8, random_state=0), data or stream_data()
    return Trial(method, data, stream or plan(), policy or AlwaysUpdate(), **options).run()


def test_only_a_method_that_learns_against_the_reservoir_finds_rows_in_it_at_the_start():
    for method, members in ((LSH(8, random_state=0), 20), (MIHash(8, random_state=0), 26)):
        trial = Trial(method, stream_data(), plan(20, (0, 20)), TriggerUpdate(), reservoir_size=50, update_interval=20)
        trial.run()
        assert len(trial._reservoir) == members


def test_without_trigger_the_table_is_rebuilt_at_every_decision_and_each_costs_n_times_b_bits():
    result = run()
    assert result.curve["updates"].tolist() == [0, 5, 10]
    assert result.curve["bit_recomputations"].tolist() == [0, 5 * 1200 * 8, 10 * 1200 * 8]
    assert result.trigger["examples"].tolist() == list(range(20, 201, 20))
    assert np.isnan(result.trigger["q_current"]).all()


def test_a_method_that_never_changes_never_rebuilds_and_keeps_its_map():
    for policy in (AlwaysUpdate(), TriggerUpdate()):
        result = run(LSH(8, random_state=0), policy)
        assert result.curve["updates"].tolist() == [0, 0, 0]
        assert len(set(result.curve["mAP"])) == 1


def test_with_a_threshold_out_of_reach_the_table_stays_the_first_one_though_the_method_learns():
    method = MIHash(8, random_state=0)
    result = run(method, TriggerUpdate(threshold=10.0))
    assert result.curve["updates"][-1] == 0
    assert len(set(result.curve["mAP"])) == 1
    assert abs(method.W_ - result.final["W"]).max() > 0


def test_the_trigger_rebuilds_exactly_when_quality_has_grown():
    result = run(policy=TriggerUpdate())
    gains = result.trigger["q_current"] - result.trigger["q_snapshot"]
    assert np.array_equal(result.trigger["updated"], gains > 0)
    assert result.curve["updates"][-1] == result.trigger["updated"].sum()
    assert 0 < result.trigger["updated"].sum() < 10


def test_final_holds_the_ap_of_each_query_with_both_ties():
    result = run(metrics=parse_metrics("mAP,mAP[ties=index]"))
    assert result.final["ap_expected"].mean() == pytest.approx(result.curve["mAP"][-1], rel=1e-12)
    assert result.final["ap_index"].mean() == pytest.approx(result.curve["mAP[ties=index]"][-1], rel=1e-12)
    assert abs(result.final["ap_expected"] - result.final["ap_index"]).max() > 1e-3


def test_seconds_grow_and_table_seconds_are_cost_times_updates():
    result = run()
    for part in ("train_s", "reservoir_s", "table_s", "eval_s"):
        assert (np.diff(result.curve[part]) >= 0).all()
    assert result.curve["table_s"][0] == 0
    assert result.curve["table_s"][-1] > 0


def test_more_than_one_epoch_streams_the_database_again():
    stream = plan(examples=1200, checkpoints=(0, 1200))
    twice = StreamPlan(
        np.concatenate([stream.order, stream.order[::-1]]),
        np.array([0, 1200, 2400]),
        stream.reservoir_start,
        stream.start_keys,
        np.concatenate([stream.keys, stream.keys]),
    )
    once, both = run(stream=stream), run(stream=twice)
    assert once.curve["mAP"].tolist() == both.curve["mAP"][:2].tolist()
    assert both.curve["updates"][-1] == 120


def test_progress_is_told_at_each_checkpoint():
    told = []
    run(observer=lambda done, of, metrics: told.append((done, of, set(metrics))))
    assert told == [(1, 3, {"mAP"}), (2, 3, {"mAP"}), (3, 3, {"mAP"})]


def test_an_interval_that_is_not_a_multiple_of_the_step_is_refused():
    class Pairs(LSH):
        examples_per_step = 2

    with pytest.raises(InputError, match=r"--update-interval.*multiples of 2"):
        run(Pairs(8), update_interval=25)


def test_hash_functions_are_refused_if_any_of_their_arrays_is_not_finite():
    class Diverges(LSH):
        def snapshot(self):
            return AffineCodes(self.W_.copy(), np.full(8, np.nan))

    with pytest.raises(InputError, match="lsh: its hash functions are no longer finite after 20 examples"):
        run(Diverges(8, random_state=0))


def in_single_precision(data):
    return replace(data, features=data.features.astype(np.float32))


def test_the_curve_does_not_depend_on_how_many_tables_wait_to_be_coded_together(monkeypatch):
    stream = plan(examples=1200, checkpoints=tuple(range(0, 1201, 100)))
    curves = []
    for waiting in (1, 3, 16):
        monkeypatch.setattr("mihash_bench.experiment.checkpoints.WAITING", waiting)
        curves.append(run(stream=stream, data=in_single_precision(stream_data())).curve)
    measured = [{name: list(v) for name, v in curve.items() if not name.endswith("_s")} for curve in curves]
    assert measured[0] == measured[1] == measured[2]
    assert len(set(measured[0]["mAP"])) > 8


@pytest.mark.parametrize(("tables", "together"), [(1, [1] * 5), (2, [2, 2, 1])])
def test_no_more_tables_wait_than_their_memory_allows(monkeypatch, tables, together):
    found = []
    code = HashTable.code_postponed
    monkeypatch.setattr(HashTable, "code_postponed", lambda self: found.append(self.postponed) or code(self))
    data = stream_data()
    monkeypatch.setattr("mihash_bench.experiment.checkpoints.WAITING_BYTES", tables * 8 * len(data.features))
    run(stream=plan(examples=1200, checkpoints=(0, 300, 600, 900, 1200)), data=data)
    assert [number for number in found if number] == together
