"""What each draw depends on: the same stream for every method, the same method for trigger on and off."""

from dataclasses import replace
from multiprocessing import Pipe

import numpy as np
import pytest

from mihash_bench.datasets.synthetic import Synthetic
from mihash_bench.encoders import LinearCodes
from mihash_bench.errors import InputError
from mihash_bench.experiment.child import do_run
from mihash_bench.experiment.config import RunConfig, protocol, run_key, variant
from mihash_bench.experiment.hash_table import HashTable
from mihash_bench.experiment.online import draw_plan, draw_retrieval, make_method, run_online
from mihash_bench.experiment.online_sweep import OnlineSweep
from mihash_bench.experiment.sweep import Place, build_tasks
from mihash_bench.methods.mihash import MIHash
from mihash_bench.metrics.base import parse_metrics
from mihash_bench.parameters import defaults

PARAMETERS = {name: value for name, value in defaults(MIHash).items() if name not in ("n_bits", "random_state")}
CONFIG = RunConfig(
    setting="online",
    dataset="synthetic",
    dataset_parameters=tuple(sorted(defaults(Synthetic).items())),
    method="mihash",
    method_parameters=tuple(sorted(PARAMETERS.items())),
    bits=16,
    trigger="on",
    trial=1,
    examples=800,
    checkpoints=5,
    metrics=("mAP",),
    reservoir=40,
    update_interval=10,
    threshold=0.0,
    seed=3,
)
OTHER = {"method": "lsh", "method_parameters": (), "bits": 32, "trigger": "off", "metrics": ("P@r2",), "threshold": 0.1}


def plan_bytes(config):
    plan = draw_plan(config, 900)
    return [array.tobytes() for array in vars(plan).values()]


@pytest.mark.parametrize("change", OTHER.items(), ids=str)
def test_the_stream_is_the_same_for_every_method_length_and_trigger(change):
    assert plan_bytes(replace(CONFIG, **dict([change]))) == plan_bytes(CONFIG)


@pytest.mark.parametrize("change", [{"trial": 2}, {"seed": 4}, {"dataset": "sample"}])
def test_the_stream_is_another_for_every_trial_seed_and_dataset(change):
    for drawn, other in zip(plan_bytes(CONFIG), plan_bytes(replace(CONFIG, **change)), strict=True):
        assert drawn != other


def first_projection(config):
    return make_method(config).start(np.zeros((10, 8))).W_.tobytes()


def test_the_methods_own_draws_do_not_depend_on_the_trigger_but_on_all_else():
    assert first_projection(replace(CONFIG, trigger="off")) == first_projection(CONFIG)
    for change in ({"trial": 2}, {"seed": 4}, {"dataset": "sample"}):
        assert first_projection(replace(CONFIG, **change)) != first_projection(CONFIG)


def test_the_methods_seed_names_dataset_method_bits_and_trial():
    keys = {
        make_method(replace(CONFIG, **change)).random_state.spawn_key
        for change in (
            {},
            {"bits": 32},
            {"trial": 2},
            {"dataset": "sample"},
            {"method": "lsh", "method_parameters": ()},
        )
    }
    assert len(keys) == 5


@pytest.fixture
def small(tmp_path):
    return Synthetic(n=1_000, d=8, classes=4).load(tmp_path, tmp_path)


def done(dataset, **change):
    return run_online(replace(CONFIG, **{"examples": 200, **change}), dataset, lambda *_: None)


def test_all_trials_have_the_same_queries_and_another_seed_has_others(small):
    first, second, other = (done(small, **change).final["queries"] for change in ({}, {"trial": 2}, {"seed": 4}))
    assert first.tolist() == second.tolist() != other.tolist()


def test_threshold_interval_and_reservoir_reach_the_run(small):
    assert done(small, threshold=9.0).curve["updates"][-1] == 0 < done(small).curve["updates"][-1]
    assert done(small, update_interval=20).trigger["examples"].tolist() == list(range(20, 201, 20))
    quality = [done(small, reservoir=size, threshold=9.0).trigger["q_snapshot"] for size in (40, 60)]
    assert quality[0][-1] != quality[1][-1]


def test_a_run_whose_dataset_has_changed_since_the_sweep_began_is_refused(tmp_path):
    (task,) = tasks(tmp_path)
    with pytest.raises(InputError, match="have changed since the sweep began"):
        do_run(replace(task, dataset_digest="another"), Pipe()[1])


def tasks(tmp_path, **change):
    options = {
        "datasets": ("synthetic",),
        "methods": ("lsh",),
        "bits": (8,),
        "triggers": ("off",),
        "trials": 1,
        "examples": 200,
        "epochs": 1,
        "checkpoints": 3,
        "metrics": parse_metrics("mAP"),
        "reservoir": 20,
        "update_interval": 100,
        "threshold": 0.0,
        "seed": 0,
    }
    return build_tasks(OnlineSweep(**{**options, **change}), Place(tmp_path / "results", tmp_path, tmp_path / "cache"))


def test_a_methods_version_is_part_of_its_runs_keys(tmp_path, monkeypatch):
    (before,) = tasks(tmp_path)
    monkeypatch.setattr("mihash_bench.methods.lsh.LSH.version", 2)
    (after,) = tasks(tmp_path)
    assert before.key != after.key


def test_a_stream_ends_with_its_last_table_decision_and_minus_zero_is_zero(tmp_path):
    (task,) = tasks(tmp_path, examples=350, threshold=-0.0)
    (same,) = tasks(tmp_path, examples=300)
    assert task.config.examples == 300
    assert task.key == same.key


def test_a_parameter_set_twice_takes_the_values_of_both(tmp_path):
    made = tasks(tmp_path, methods=("mihash",), sets=("mihash.decay=0,1", "mihash.decay=1,2"))
    assert [task.variant for task in made] == ["", "decay=1.0", "decay=2.0"]


def test_table_seconds_never_fall(tmp_path, small):
    table = HashTable(draw_retrieval(small, 0), LinearCodes(np.ones((8, 4))))
    table.codes()
    assert table.seconds == 0
    for updates in (3, 1):
        before = table.seconds
        for _ in range(updates):
            table.rebuild(LinearCodes(np.ones((8, 4))))
        table.codes()
        assert table.seconds > before


def test_one_split_serves_all_trials_of_a_seed(tmp_path):
    dataset = Synthetic(n=300, d=4, classes=3).load(tmp_path, tmp_path)
    first, again, other = (draw_retrieval(dataset, seed) for seed in (0, 0, 1))
    assert first.database.tolist() == again.database.tolist() != other.database.tolist()
    renamed = draw_retrieval(replace(dataset, digest="another"), 0)
    assert renamed.database.tolist() == first.database.tolist()


def test_the_reservoir_starts_with_a_tenth_of_its_size():
    plan = draw_plan(replace(CONFIG, reservoir=41), 900)
    assert len(plan.reservoir_start) == len(plan.start_keys) == 5
    assert ((plan.start_keys >= 0) & (plan.start_keys < 1)).all()
    assert plan.checkpoints[-1] == 800


def test_every_value_of_the_config_is_part_of_the_key_and_of_its_text():
    keys = {run_key(CONFIG, "digest", 1), run_key(CONFIG, "other", 1), run_key(CONFIG, "digest", 2)}
    changes = {
        **OTHER,
        "trial": 2,
        "seed": 4,
        "examples": 400,
        "checkpoints": 6,
        "reservoir": 50,
        "update_interval": 100,
        "threads": 2,
    }
    keys |= {run_key(replace(CONFIG, **{name: value}), "digest", 1) for name, value in changes.items()}
    assert len(keys) == 3 + len(changes)
    assert RunConfig.from_json(CONFIG.to_json()) == CONFIG


def test_variant_and_protocol_name_what_differs_from_the_defaults():
    changed = tuple(sorted({**PARAMETERS, "step_size": 2.0}.items()))
    data = tuple(sorted({**defaults(Synthetic), "classes": 0}.items()))
    config = replace(CONFIG, method_parameters=changed, dataset_parameters=data)
    assert variant(config, defaults(MIHash), defaults(Synthetic)) == "step_size=2.0,synthetic.classes=0"
    assert variant(CONFIG, defaults(MIHash), defaults(Synthetic)) == ""
    assert protocol(CONFIG, 800) == "checkpoints=5,reservoir=40,update_interval=10,seed=3"


def test_a_rebuilt_table_is_coded_anew_with_the_new_functions_for_database_and_queries(tmp_path):
    dataset = Synthetic(n=300, d=4, classes=3).load(tmp_path, tmp_path)
    retrieval = draw_retrieval(dataset, 0)
    old, new = (LinearCodes(np.random.default_rng(seed).normal(size=(4, 8))) for seed in (0, 1))
    table = HashTable(retrieval, old)
    before = table.codes()
    table.rebuild(new)
    after = table.codes()
    assert (before.database != after.database).any()
    assert (before.queries != after.queries).any()
    assert table.updates == 1
    assert table.bit_recomputations == len(retrieval.database) * 8
    assert table.codes() is after
