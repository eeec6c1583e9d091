"""A sweep is every combination of what was given; its size is known before its runs are made."""

from pathlib import Path

import pytest

from mihash_bench.errors import InputError
from mihash_bench.settings.base import setting_of
from mihash_bench.sweeps.sweep import Folders, Sweep, tasks_of

SMALL = {"dataset": "synthetic", "method": "lsh,mihash", "bits": "8,16", "trigger": "on", "trials": 2, "examples": 200}


def sweep(candidates=(), **options):
    online = setting_of("online")
    return Sweep(online, online.options.of({**SMALL, "set": ["synthetic.n=500"], **options}), candidates)


@pytest.fixture
def folders(tmp_path, cache_dir):
    return Folders(tmp_path / "results", Path(), cache_dir)


def test_the_size_is_the_number_of_runs(folders):
    # LSH and two step sizes of MIHash, on two datasets, with two code lengths and two trials.
    given = sweep(set=["mihash.step_size=1,2", "synthetic.n=500,600"])
    assert given.size == len(given.tasks(folders)) == 3 * 2 * 2 * 2


def test_candidates_are_run_instead_of_the_swept_parameters_and_counted_instead_of_them(folders):
    usual = dict(sweep().variants[1][1])
    candidates = tuple(("mihash", {**usual, "decay": decay}) for decay in (0.0, 0.5, 1.0))
    given = sweep(candidates)
    assert given.size == len(given.tasks(folders)) == 3 * 2 * 2
    assert {task.variant for task in given.tasks(folders)} == {"synthetic.n=500"} | {
        f"decay={decay},synthetic.n=500" for decay in (0.5, 1.0)
    }


def test_a_run_of_several_sweeps_is_done_once(folders):
    both = tasks_of([sweep(bits=8), sweep()], folders)
    assert len(both) == len({task.path for task in both}) == sweep().size


def test_a_method_of_another_setting_is_refused_with_its_setting():
    with pytest.raises(InputError, match=r"--method: sdh belongs to --setting batch-1 \(allowed here: "):
        sweep(method="sdh")


def test_a_parameter_that_is_not_allowed_is_refused_before_a_dataset_is_read(tmp_path):
    usual = dict(sweep().variants[1][1])
    given = sweep((("mihash", {**usual, "decay": -1.0}),), dataset="cifar10", set=None)
    with pytest.raises(InputError, match=r"mihash.decay: -1.0 is not allowed"):
        given.tasks(Folders(tmp_path, tmp_path / "nothing", tmp_path / "cache"))
