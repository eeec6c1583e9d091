"""Metrics that are asked for after a run has been finished."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from mihash_bench.experiment.config import older_key_of_text
from mihash_bench.experiment.result import unobserved
from mihash_bench.running.statuses import LACKING, recorded
from mihash_bench.store.companions import (
    LaterMetrics,
    companions_of,
    metrics_path,
    read_metrics,
    read_snapshots,
    snapshots_path,
    write_metrics,
    write_snapshots,
)
from mihash_bench.store.layout import run_path
from mihash_bench.store.run_file import read_run, write_run
from mihash_bench.sweeps.choose import sweep_of
from mihash_bench.sweeps.later import with_later_metrics
from mihash_bench.sweeps.older_keys import with_older_file
from mihash_bench.sweeps.recompute import Recomputation, fault_of_snapshot
from mihash_bench.sweeps.results import load_results
from mihash_bench.sweeps.sweep import Folders
from mihash_bench.sweeps.verify import fault_of

LATER = "mAP,P@r2,mAP@100"
ENDED = {"status": "done", "reason": "", "traceback": "", "started": "2026-01-01"}


@pytest.fixture
def task_of(tmp_path, cache_dir):
    """A function that returns the only task of a small sweep."""

    def one(folder="results", **options):
        stream = {"method": "mihash", "trigger": "on", "examples": 300, "checkpoints": 4}
        online = {"dataset": "synthetic", "set": ["synthetic.n=1000"], **stream}
        usual = {"bits": 8, "trials": 1, **({} if "setting" in options else online)}
        (task,) = sweep_of({**usual, **options}, {}).tasks(Folders(tmp_path / folder, Path(), cache_dir))
        return task

    return one


def do(task):
    """Perform a run and write its files, in this process."""
    if not task.measure(unobserved):
        record = task.perform(unobserved)
        if record.kept is not None:
            write_snapshots(task.path, task.key, record.kept)
        write_run(task.path, replace(record, attributes={**record.attributes, **ENDED}))
    return task


@pytest.mark.parametrize(
    "options",
    [
        {"method": "mihash"},
        {"method": "lsh"},
        {"setting": "batch-1", "method": "dtsh", "set": ["dtsh.epochs=2"]},
    ],
    ids=lambda options: options["method"],
)
def test_later_metrics_equal_those_that_were_asked_for_at_once(task_of, options):
    at_once = read_run(do(task_of("at-once", metric=LATER, **options)).path)
    task = do(task_of(**options))
    before = task.path.read_bytes()
    do(task_of(metric=LATER, **options))
    extended, faults = with_later_metrics(read_run(task.path), task.path)
    assert task.path.read_bytes() == before
    assert faults == ""
    assert extended.attributes["metrics"] == LATER
    for name in (*LATER.split(","), "P@r2 empty"):
        np.testing.assert_array_equal(extended.curve[name], at_once.curve[name])
    assert set(extended.per_query) == set(at_once.per_query) == {"P@r2", "mAP@100"}
    for name, values in at_once.per_query.items():
        np.testing.assert_array_equal(extended.per_query[name], values)


def test_metrics_are_not_part_of_the_key(task_of):
    assert task_of().key == task_of(metric=LATER).key
    assert task_of().key != task_of(bits=16).key


def test_a_finished_run_without_a_metric_is_due_and_complete_when_it_was_measured(task_of):
    do(task_of())
    lacking = recorded(task_of(metric=LATER))
    assert lacking.status == LACKING
    assert lacking.complaint == "P@r2, mAP@100 will be measured from its snapshots"
    do(task_of(metric=LATER))
    assert recorded(task_of(metric=LATER)).status == "done"
    assert recorded(task_of(metric="P@r2")).status == "done"


def test_a_run_whose_snapshots_were_not_kept_learns_again_and_keeps_its_metrics(task_of):
    few = replace(task_of(), keep_bytes=0)
    assert not companions_of(do(few).path)
    again = task_of(metric="P@r2")
    assert recorded(again).complaint == "P@r2 will be learned again, none were kept"
    assert not again.measure(unobserved)
    record = read_run(do(again).path)
    assert record.attributes["metrics"] == "mAP,P@r2"
    assert record.attributes["key"] == few.key


def test_a_run_that_shall_be_done_anew_is_not_measured_instead(task_of):
    do(task_of())
    assert not replace(task_of(metric=LATER), learn_again=True).measure(unobserved)


def test_the_hash_functions_of_each_checkpoint_are_kept_once(task_of):
    task = do(task_of(trigger="off"))
    kept = read_snapshots(task.path, task.key)
    record = read_run(task.path)
    assert kept.which.tolist() == [0, 1, 2, 3]
    assert [arrays["W"].shape for arrays in kept.arrays] == [record.final["W"].shape] * 3
    assert not np.array_equal(kept.arrays[0]["W"], kept.arrays[1]["W"])
    still = do(task_of(method="lsh"))
    assert read_snapshots(still.path, still.key).arrays == []


def test_reports_show_later_metrics_and_no_longer_when_their_file_is_gone(task_of, tmp_path):
    task = do(task_of())
    results = tmp_path / "results"
    assert "P@r2" not in load_results(results).frame
    do(task_of(metric=LATER))
    assert load_results(results).frame["P@r2"].notna().all()
    metrics_path(task.path).unlink()
    assert "P@r2" not in load_results(results).frame


def test_metrics_that_are_asked_for_one_after_another_stay_with_their_values_of_queries(task_of, tmp_path):
    key = do(task_of()).key
    do(task_of(metric="P@r2"))
    do(task_of(metric="mAP@100"))
    loaded = load_results(tmp_path / "results")
    assert loaded.frame[["mAP", "P@r2", "mAP@100"]].notna().all(axis=None)
    for metric in ("mAP", "P@r2", "mAP@100"):
        assert loaded.has_values(key, metric)
        queries, values = loaded.values_of_queries(key, metric)
        assert values.shape == queries.shape
        assert np.nanmean(values) == pytest.approx(loaded.frame[metric].iloc[-1], abs=1e-12)
    assert not loaded.has_values(key, "P@5")


def test_a_run_file_stores_the_values_of_queries_of_its_metrics_and_impossible_ones_are_faults(task_of, tmp_path):
    task = do(task_of(metric="mAP,mAP[ties=index],P@r2"))
    record, key = read_run(task.path), task.key
    assert set(record.per_query) == {"P@r2"}
    loaded = load_results(tmp_path / "results")
    np.testing.assert_array_equal(loaded.values_of_queries(key, "P@r2")[1], record.per_query["P@r2"])
    faults = {
        "the mean of its values of queries is": record.per_query["P@r2"] / 2,
        "do not belong to its queries": record.per_query["P@r2"][1:],
        "are infinite for some queries": np.full(len(record.final["queries"]), np.inf),
    }
    for said, values in faults.items():
        write_run(task.path, replace(record, per_query={"P@r2": values}))
        assert said in fault_of(task.path, tmp_path / "results")
    write_run(task.path, replace(record, per_query={"P@5": record.per_query["P@r2"]}))
    assert "values of queries for P@5, which its curve does not have" in fault_of(task.path, tmp_path / "results")
    write_run(task.path, replace(record, per_query={}))
    assert fault_of(task.path, tmp_path / "results") == ""
    assert not load_results(tmp_path / "results").has_values(key, "P@r2")


def damaged(file):
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)


def test_a_damaged_companion_is_named_and_left_out(task_of, tmp_path):
    task = do(task_of())
    do(task_of(metric=LATER))
    file = metrics_path(task.path)
    damaged(file)
    loaded = load_results(tmp_path / "results")
    assert loaded.refused == [f"{file}: damaged (its content does not match the stored SHA-256)"]
    assert loaded.frame["mAP"].notna().all()
    assert "P@r2" not in loaded.frame
    assert fault_of(task.path, tmp_path / "results") == loaded.refused[0]
    do(task_of(metric=LATER))
    assert load_results(tmp_path / "results").refused == []


def test_damaged_snapshots_are_a_fault_and_are_not_used(task_of, tmp_path):
    task = do(task_of())
    damaged(snapshots_path(task.path))
    assert "damaged" in fault_of(task.path, tmp_path / "results")
    assert recorded(task_of(metric=LATER)).complaint.endswith("will be learned again, none were kept")


def test_recomputation_finds_later_metrics_that_were_made_up(task_of, tmp_path, cache_dir):
    task = do(task_of())
    do(task_of(metric="P@r2"))
    further = partial(fault_of_snapshot, recomputation=Recomputation(Path(), cache_dir))
    assert fault_of(task.path, tmp_path / "results", further) == ""
    later = read_metrics(task.path, task.key)
    values = later.per_query["P@r2"]
    write_metrics(task.path, task.key, replace(later, per_query={"P@r2": values[::-1].copy()}))
    assert "the P@r2 of " in fault_of(task.path, tmp_path / "results", further)
    write_metrics(task.path, task.key, LaterMetrics({"P@r2": np.full(4, 0.75)}))
    assert "ends with P@r2 0.75, but its snapshot gives" in fault_of(task.path, tmp_path / "results", further)


@pytest.mark.parametrize(
    ("columns", "complaint"),
    [
        ({"P@r2": np.zeros(3)}, "its P@r2 has 3 values (allowed: 4, as in its run)"),
        ({"P@r2": np.full(4, 2.0)}, "its P@r2 has values outside of 0 to 1"),
    ],
)
def test_impossible_later_metrics_are_named_and_left_out(task_of, tmp_path, columns, complaint):
    task = do(task_of())
    write_metrics(task.path, task.key, LaterMetrics(columns))
    loaded = load_results(tmp_path / "results")
    assert [line.endswith(complaint) for line in loaded.refused] == [True]
    assert "P@r2" not in loaded.frame


def test_a_companion_of_another_run_is_refused(task_of, tmp_path):
    task, other = do(task_of()), do(task_of(bits=16))
    snapshots_path(task.path).write_bytes(snapshots_path(other.path).read_bytes())
    assert f"it belongs to the run with the key {other.key[:8]}" in fault_of(task.path, tmp_path / "results")


def written_with_older_key(task):
    """Write the file of a run as it was while the metrics were part of the key."""
    key = older_key_of_text(task.config.to_json(), task.dataset_digest, task.method_version)
    older = replace(task, key=key, path=run_path(task.results, key=key, **task.config.names))
    record = older.perform(unobserved)
    write_run(older.path, replace(record, attributes={**record.attributes, **ENDED}))
    return older


def test_a_file_of_an_older_key_is_valid_and_counts_as_done(task_of, tmp_path):
    older = written_with_older_key(task_of(metric="mAP,P@r2"))
    assert fault_of(older.path, tmp_path / "results") == ""
    for metric in ("mAP,P@r2", "mAP", "P@r2"):
        task = task_of(metric=metric)
        assert (task.key, task.path) == (older.key, older.path)
        assert recorded(task).status == "done"


def test_a_file_of_an_older_key_that_lacks_a_metric_stays_and_the_run_is_done_with_its_own_key(task_of):
    older = written_with_older_key(task_of())
    task = task_of(metric=LATER)
    assert task.path != older.path
    assert task.note == "P@r2, mAP@100 will be learned again, none were kept"
    assert with_older_file(replace(task, note="")).note == task.note
    do(task)
    assert task_of(metric=LATER).path == task.path


def test_a_file_of_an_older_key_of_other_values_is_not_taken(task_of):
    written_with_older_key(task_of(seed=1))
    task = task_of()
    assert task.note == ""
    assert recorded(task).status is None


def test_a_file_of_an_older_key_that_cannot_be_believed_is_named(task_of):
    older = written_with_older_key(task_of())
    record = read_run(older.path)
    config = str(record.attributes["config"]).replace('"seed":0', '"seed":5')
    assert config != record.attributes["config"]
    write_run(older.path, replace(record, attributes={**record.attributes, "config": config}))
    assert task_of().note.startswith(f"{older.path}: its key is {older.key[:8]}..., but its config gives ")
