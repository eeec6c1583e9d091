"""What each draw depends on: the same stream for every method, the same method for trigger on and off."""

from dataclasses import replace

import numpy as np
import pytest

from mihash_bench.datasets.synthetic import Synthetic
from mihash_bench.errors import InputError
from mihash_bench.experiment.config import run_key
from mihash_bench.experiment.keeping import Keeper
from mihash_bench.experiment.result import unobserved
from mihash_bench.methods.mihash import MIHash
from mihash_bench.parameters import defaults
from mihash_bench.settings._online_data import draw_plan
from mihash_bench.settings._online_options import OnlineConfig
from mihash_bench.settings._online_run import make_method
from mihash_bench.settings.base import setting_of
from mihash_bench.sweeps.sweep import Folders, Sweep

PARAMETERS = {name: value for name, value in defaults(MIHash).items() if name not in ("n_bits", "random_state")}
CONFIG = OnlineConfig(
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
    return [array.tobytes() for array in vars(plan).values() if isinstance(array, np.ndarray)]


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
    return setting_of("online").run(replace(CONFIG, **{"examples": 200, **change}), dataset, unobserved, Keeper())


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
        replace(task, dataset_digest="another").perform(unobserved)


def tasks(tmp_path, **change):
    options = {
        "dataset": "synthetic",
        "method": "lsh",
        "bits": 8,
        "trigger": "off",
        "trials": 1,
        "examples": 200,
        "checkpoints": 3,
        "reservoir": 20,
    }
    online = setting_of("online")
    sweep = Sweep(online, online.options.of({**options, **change}))
    return sweep.tasks(Folders(tmp_path / "results", tmp_path, tmp_path / "cache"))


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
    made = tasks(tmp_path, method="mihash", set=["mihash.decay=0,1", "mihash.decay=1,2"])
    assert [task.variant for task in made] == ["", "decay=1.0", "decay=2.0"]


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
    # All but the metrics.
    assert len(keys) == 3 + len(changes) - 1
    assert OnlineConfig.from_json(CONFIG.to_json()) == CONFIG


def test_variant_and_protocol_name_what_differs_from_the_defaults(tmp_path):
    change = {"set": ["lsh.nothing=1"]}
    with pytest.raises(InputError, match="--set lsh.nothing: lsh has no parameters"):
        tasks(tmp_path, **change)
    (task,) = tasks(
        tmp_path, method="mihash", set=["mihash.step_size=2.0", "synthetic.classes=0"], seed=3, checkpoints=50
    )
    assert task.variant == "step_size=2.0,synthetic.classes=0"
    assert task.protocol == "examples=200,reservoir=20,seed=3"
    (usual,) = tasks(tmp_path, examples=None, checkpoints=None, reservoir=None)
    assert (usual.variant, usual.protocol) == ("", "")
