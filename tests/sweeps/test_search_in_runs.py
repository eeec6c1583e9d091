"""``run --search``: engines that are measured at the checkpoints of a run."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mihash_bench.errors import InputError
from mihash_bench.experiment.result import unobserved
from mihash_bench.report.data.statistics import metric_columns
from mihash_bench.running.statuses import LACKING, recorded
from mihash_bench.store.companions import write_snapshots
from mihash_bench.store.run_file import read_run, write_run
from mihash_bench.sweeps.again import command_again
from mihash_bench.sweeps.choose import sweep_of
from mihash_bench.sweeps.results import load_results
from mihash_bench.sweeps.sweep import Folders
from mihash_bench.sweeps.verify import fault_of

STREAM = {"method": "mihash", "trigger": "on", "examples": 300, "checkpoints": 3, "bits": 8, "trials": 1}
ENDED = {"status": "done", "reason": "", "traceback": "", "started": "2026-01-01"}
HASH = "search faiss-hash "


@pytest.fixture
def task_of(tmp_path, cache_dir):
    """A function that returns the only task of a small sweep."""

    def one(**options):
        sweep = sweep_of({"dataset": "synthetic", "set": ["synthetic.n=600"], **STREAM, **options}, {})
        (task,) = sweep.tasks(Folders(tmp_path / "results", Path(), cache_dir))
        return task

    return one


def do(task):
    """Perform a run in this process, write its files and return its record."""
    assert not task.measure(unobserved)
    record = task.perform(unobserved)
    if record.kept is not None:
        write_snapshots(task.path, task.key, record.kept)
    write_run(task.path, replace(record, attributes={**record.attributes, **ENDED}))
    return read_run(task.path)


def same(a, b, names):
    return all(np.array_equal(a.curve[name], b.curve[name], equal_nan=True) for name in names if name[-2:] != "_s")


def test_engines_are_no_part_of_the_key_and_change_no_other_column(task_of):
    without, searching = task_of(), task_of(search="faiss-flat,faiss-hash")
    assert without.key == searching.key
    assert "search" not in without.config.to_json()
    before = do(without)
    assert recorded(searching).status == LACKING
    after = do(searching)
    assert same(before, after, before.curve)
    assert recorded(searching).status == recorded(without).status == "done"
    assert fault_of(searching.path, searching.results) == ""
    assert "--search faiss-flat,faiss-hash" in " ".join(command_again(after))


def test_a_run_that_is_done_again_for_a_metric_or_an_engine_keeps_what_it_has(task_of):
    do(task_of(search="faiss-hash", metric="mAP,P@10"))
    record = do(task_of(search="faiss-flat"))
    assert {"search faiss-flat build_s", f"{HASH}build_s", "P@10"} <= record.curve.keys()


def test_the_columns_of_each_checkpoint_are_those_of_its_table(task_of):
    record = do(task_of(search="faiss-flat,faiss-hash"))
    curve = record.curve
    assert (curve["search faiss-flat code_recall"] == 1).all()
    assert (curve[f"{HASH}candidates"] <= curve["search faiss-flat candidates"]).all()
    assert ((curve[f"{HASH}feature_recall"] >= 0) & (curve[f"{HASH}precision"] <= 1)).all()
    grown = np.diff(curve["updates"], prepend=0) * curve[f"{HASH}build_s"]
    assert curve[f"{HASH}rebuild_s"] == pytest.approx(np.cumsum(grown))
    assert curve["updates"][-1] > 0


def test_they_are_in_the_export_and_no_metrics(task_of):
    task = task_of(search="faiss-hash")
    do(task)
    frame = load_results(task.results).frame
    assert frame[f"{HASH}build_s"].notna().all()
    assert metric_columns(frame) == ["mAP"]


def test_a_table_that_grows_is_searched_as_it_is_at_each_checkpoint(task_of):
    record = do(
        task_of(
            search="faiss-flat", protocol="growing", set=["synthetic.n=600", "growing.chunk=100", "growing.queries=50"]
        )
    )
    rows = record.curve["search faiss-flat candidates"]
    assert (np.diff(rows) > 0).all()
    assert rows[-1] <= 550


def test_an_engine_that_is_not_there_is_named_by_its_option(task_of, monkeypatch):
    with pytest.raises(InputError, match="--search: 'faiss-hsh' is unknown; did you mean 'faiss-hash'?"):
        task_of(search="faiss-hsh")
    monkeypatch.setitem(__import__("sys").modules, "faiss", None)
    with pytest.raises(InputError, match="--search: faiss-hash needs faiss, which is not installed"):
        task_of(search="faiss-hash")
