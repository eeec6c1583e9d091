"""How long runs take is estimated from finished runs of the same method."""

from dataclasses import replace
from pathlib import Path

import pytest

from mihash_bench.settings.base import read_config
from mihash_bench.sweeps.choose import sweep_of
from mihash_bench.sweeps.past import estimates_for
from mihash_bench.sweeps.shard import cost_of
from mihash_bench.sweeps.sweep import Folders
from tests.records import record, write

SHAPE = {"rows": 11_000, "columns": 128, "first_label": 0, "last_label": 9}


def past(results, seconds, *, status="done", **changed):
    """Write the file of a run on the sample that took so many seconds, and return its cost."""
    made = record(status=status, **changed)
    times = {"started": "2026-01-01T00:00:00+00:00", "ended": f"2026-01-01T00:00:{seconds:02d}+00:00"}
    write(results, replace(made, attributes={**made.attributes, **SHAPE, **times}))
    setting, config = read_config(str(made.attributes["config"]))
    return setting, config


def due(results, cache_dir, **changed):
    values = {"method": "lsh", "trigger": "on", "trials": 1, "examples": 2000, "checkpoints": 2, "bits": 8}
    return sweep_of({**values, **changed}, {}).tasks(Folders(results, Path(), cache_dir))


def test_without_a_past_run_of_the_method_nothing_is_claimed(tmp_path, cache_dir):
    (task,) = due(tmp_path, cache_dir, method="mihash")
    assert estimates_for([task], tmp_path / "missing").seconds == {}
    past(tmp_path, 10)
    estimates = estimates_for([task], tmp_path)
    assert (estimates.seconds, estimates.past) == ({}, {})
    assert estimates.work == {task.key: cost_of(task)}


def test_a_run_takes_as_long_as_the_median_of_runs_like_it(tmp_path, cache_dir):
    for trial, seconds in enumerate((10, 12, 50)):
        past(tmp_path, seconds, trial=trial + 1)
    # Runs of another code length count only where there is none of this one, and those that failed never.
    past(tmp_path, 40, bits=64)
    past(tmp_path, 59, trial=9, status="failed")
    (task,) = due(tmp_path, cache_dir)
    estimates = estimates_for([task], tmp_path)
    assert estimates.seconds == {task.key: pytest.approx(12)}
    assert estimates.past == {("online", "lsh"): 4}


def test_times_of_other_sizes_are_scaled_by_the_formula(tmp_path, cache_dir):
    setting, config = past(tmp_path, 10)
    (task,) = due(tmp_path, cache_dir, bits=16, examples=5000, checkpoints=10)
    expected = 10 * cost_of(task) / setting.cost(config, task.shape)
    assert estimates_for([task], tmp_path).seconds == {task.key: pytest.approx(expected)}
    assert expected > 10


def test_runs_without_an_estimate_count_in_the_same_proportion(tmp_path, cache_dir):
    past(tmp_path, 10)
    known, unknown = due(tmp_path, cache_dir, method="lsh,mihash")
    work = estimates_for([known, unknown], tmp_path).work
    assert work[unknown.key] / work[known.key] == pytest.approx(cost_of(unknown) / cost_of(known))


def test_a_file_that_does_not_know_its_shape_says_nothing(tmp_path, cache_dir):
    made = record()
    write(tmp_path, replace(made, attributes={**made.attributes, "started": "2026-01-01", "ended": "2026-01-02"}))
    (task,) = due(tmp_path, cache_dir)
    assert estimates_for([task], tmp_path).seconds == {}
