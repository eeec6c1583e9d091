"""Run keys never change: the older keys of the committed list were made before settings became objects.

``key`` is the run key without the metrics, ``older_key`` the key that includes them, which older run files have.

Only a stated migration or a raised version may change an entry of ``tests/golden/run_keys.json``. Run as a module,
``python -m tests.sweeps.test_keys``, this file writes the list anew; ``git diff`` shows what changed.
"""

import json
import shlex
import tempfile
from pathlib import Path

import pytest

from mihash_bench.experiment.config import older_key_of_text, run_key
from mihash_bench.settings.base import read_config, setting_of
from mihash_bench.studies.parameter_search import candidates, whole_sets
from mihash_bench.sweeps.choose import chosen_sweeps
from mihash_bench.sweeps.sweep import Folders, Sweep, tasks_of
from tests.conftest import GOLDEN

LIST = GOLDEN / "run_keys.json"
CALLS = json.loads(LIST.read_text())


def test_the_list_has_runs_of_every_setting():
    assert {json.loads(run["config"])["setting"] for entry in CALLS for run in entry["runs"]} == {
        "online", "batch-1", "tuning-1", "tuning-online"
    }  # fmt: skip
    assert len({run["key"] for entry in CALLS for run in entry["runs"]}) > 100


@pytest.mark.parametrize("entry", CALLS, ids=lambda entry: entry["call"] or "default sweep")
def test_a_configs_text_is_read_and_printed_unchanged_and_gives_its_key(entry):
    for run in entry["runs"]:
        _, config = read_config(run["config"])
        assert config.to_json() == run["config"]
        made_of = run["dataset_digest"], run["method_version"]
        assert run_key(config, *made_of) == run["key"]
        assert older_key_of_text(run["config"], *made_of) == run["older_key"]


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
            "older_key": older_key_of_text(task.config.to_json(), task.dataset_digest, task.method_version),
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


def sweeps_of(call):
    """The sweeps of a call of ``run``, or of ``tune`` for two methods with few candidates."""
    if not call.startswith("tune"):
        options = given(call)
        return chosen_sweeps(options, options.pop("preset", None))
    target = setting_of("online" if "online" in call else "batch-1")
    setting, names = setting_of(target.tuning.tried_in), given(call.removeprefix("tune "))["method"].split(",")
    classes = [setting.methods.get(name) for name in names]
    tried = tuple((m.name, each) for m in classes for each in whole_sets(m, candidates(m, 4, 0)))
    values = {**target.tuning.values, "method": names, "bits": 12, "trials": 1}
    return [Sweep(setting, setting.options.of(values), tried)]


def runs_of(call, cache_dir):
    return described(tasks_of(sweeps_of(call), Folders(Path("r"), Path(), cache_dir)), "r")


@pytest.mark.parametrize("entry", CALLS, ids=lambda entry: entry["call"] or "default sweep")
def test_a_call_still_has_the_same_runs_with_the_same_keys(entry, cache_dir):
    assert runs_of(entry["call"], cache_dir) == entry["runs"]


def written(calls):
    """The text of the list: one line for each run, so that a changed run is a changed line."""
    blocks = []
    for entry in calls:
        runs = ",\n".join(map(json.dumps, entry["runs"]))
        blocks.append(f'{{"call": {json.dumps(entry["call"])}, "runs": [\n{runs}\n]}}')
    return "[\n" + ",\n".join(blocks) + "\n]\n"


def test_the_list_is_in_the_form_in_which_it_is_written_anew():
    assert written(CALLS) == LIST.read_text()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as cache:
        again = [{"call": entry["call"], "runs": runs_of(entry["call"], Path(cache))} for entry in CALLS]
    LIST.write_text(written(again))
