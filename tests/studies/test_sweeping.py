from dataclasses import replace

import pandas as pd
import pytest

from mihash_bench.errors import InputError
from mihash_bench.studies.execution import Execution, parallel_jobs
from mihash_bench.studies.sweeping import MOST_RUNS, check_sweeps, fewer_checkpoints
from mihash_bench.sweeps.choose import sweep_of


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf")])
def test_a_time_limit_that_is_not_positive_and_finite_is_refused(timeout):
    with pytest.raises(InputError, match="--timeout"):
        Execution(timeout=timeout)


@pytest.mark.parametrize(("runs", "asked"), [(MOST_RUNS, 0), (MOST_RUNS + 1, 1)])
def test_a_very_large_sweep_needs_a_confirmation(tmp_path, runs, asked):
    sweep = sweep_of({"method": "lsh", "trigger": "on", "trials": runs}, {})
    how, questions = Execution(results=tmp_path), []
    check_sweeps([sweep], how, questions.append)
    assert len(questions) == asked
    check_sweeps([sweep], replace(how, yes=True), questions.append)
    assert len(questions) == asked
    if asked:
        with pytest.raises(InputError, match="--yes: the sweep has 1,001 runs"):
            check_sweeps([sweep], how)


class TaskWithThreads:
    def __init__(self, threads):
        self.threads = threads


@pytest.mark.parametrize(
    ("threads", "jobs", "parallel"), [(1, None, 4), (1, 3, 3), (1, 9, 4), (2, None, 2), (3, 9, 1), (8, None, 1)]
)
def test_parallel_runs_never_use_more_threads_than_there_are_cores(monkeypatch, threads, jobs, parallel):
    monkeypatch.setattr("joblib.cpu_count", lambda: 4)
    assert parallel_jobs([TaskWithThreads(1), TaskWithThreads(threads)], Execution(jobs=jobs)) == parallel


def test_a_summary_says_if_there_are_fewer_checkpoints_than_asked_for(tmp_path, cache_dir):
    values = {"method": "lsh", "trigger": "on", "trials": 1, "examples": 300}
    folders = Execution(results=tmp_path, cache_dir=cache_dir).folders
    for asked, told in (
        (5, ["--checkpoints 5: some runs have 4, because checkpoints are at different table decisions."]),
        (4, []),
    ):
        tasks = sweep_of({**values, "checkpoints": asked}, {}).tasks(folders)
        assert fewer_checkpoints(pd.DataFrame({"key": [tasks[0].key] * 4}), tasks) == told
