"""Run keys never change: the committed list was made before settings became objects.

Only a stated migration or a raised version may change an entry of ``tests/golden/run_keys.json``.
"""

import json
import shlex
from pathlib import Path

import pytest

from mihash_bench.experiment.config import run_key
from mihash_bench.settings.base import read_config, setting_of
from mihash_bench.studies.parameter_search import candidates, whole_sets
from mihash_bench.sweeps.choose import chosen_sweeps
from mihash_bench.sweeps.sweep import Folders, Sweep, tasks_of
from tests.conftest import GOLDEN

CALLS = json.loads((GOLDEN / "run_keys.json").read_text())
SWEEPS = [entry for entry in CALLS if not entry["call"].startswith("tune")]
TUNED = [entry for entry in CALLS if entry["call"].startswith("tune")]


def test_the_list_has_runs_of_every_setting():
    assert {json.loads(run["config"])["setting"] for entry in CALLS for run in entry["runs"]} == {
        "online", "batch-1", "tuning-1"
    }  # fmt: skip
    assert len({run["key"] for entry in CALLS for run in entry["runs"]}) > 100


@pytest.mark.parametrize("entry", CALLS, ids=lambda entry: entry["call"] or "default sweep")
def test_a_configs_text_is_read_and_printed_unchanged_and_gives_its_key(entry):
    for run in entry["runs"]:
        _, config = read_config(run["config"])
        assert config.to_json() == run["config"]
        assert run_key(config, run["dataset_digest"], run["method_version"]) == run["key"]


def given(call):
    """The options of a command line by name."""
    words = shlex.split(call)
    values = {}
    for name, value in zip(words[::2], words[1::2], strict=True):
        values.setdefault(name.removeprefix("--").replace("-", "_"), []).append(value)
    return {name: value if name == "set" else value[0] for name, value in values.items()}


def described(tasks, results):
    return [
        {
            "key": task.key,
            "config": task.config.to_json(),
            "dataset_digest": task.dataset_digest,
            "method_version": task.method_version,
            "variant": task.variant,
            "protocol": task.protocol,
            "label": task.label,
            "skip": task.skip,
            "path": str(task.path.relative_to(results)),
        }
        for task in tasks
    ]


@pytest.mark.parametrize("entry", SWEEPS, ids=lambda entry: entry["call"] or "default sweep")
def test_a_sweep_still_has_the_same_runs_with_the_same_keys(entry, cache_dir):
    options = given(entry["call"])
    sweeps = chosen_sweeps(options, options.pop("preset", None))
    folders = Folders(Path("r"), Path(), cache_dir)
    assert described(tasks_of(sweeps, folders), "r") == entry["runs"]


@pytest.mark.parametrize("entry", TUNED, ids=lambda entry: entry["call"])
def test_tuning_still_tries_the_same_runs_with_the_same_keys(entry, cache_dir):
    setting, names = setting_of("tuning-1"), ["dpsh", "shk"]
    classes = [setting.methods.get(name) for name in names]
    tried = tuple((m.name, each) for m in classes for each in whole_sets(m, candidates(m, 4, 0)))
    options = setting.options.of({"method": names, "bits": 12, "trials": 1, "checkpoints": 1})
    tasks = tasks_of([Sweep(setting, options, tried)], Folders(Path("r"), Path(), cache_dir))
    assert described(tasks, "r") == entry["runs"]
