"""The index of a results folder: it saves reading, and never shows what the files do not contain."""

import os
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mihash_bench.store import reading
from mihash_bench.store.index import index_path
from mihash_bench.store.reading import Verdict
from mihash_bench.store.results import load_results

from ..records import record, write, written

OLD = 10 * 10**9


@pytest.fixture
def reads(monkeypatch):
    """The paths of the files that are read."""
    seen = []
    read_run = reading.read_run
    monkeypatch.setattr(reading, "read_run", lambda path: seen.append(path) or read_run(path))
    return seen


@pytest.fixture
def results(tmp_path, monkeypatch):
    """Three runs, whose files count as old enough to be remembered."""
    monkeypatch.setattr(reading, "SETTLING_NS", -OLD)
    folder = tmp_path / "results"
    for trial, status in enumerate(("done", "failed", "done")):
        written(folder, trial=trial, status=status, metrics=["mAP", "P@r2"] if trial else ["mAP"])
    return folder


def test_files_that_have_not_changed_are_not_read_again_and_give_the_same_table(results, reads):
    first = load_results(results)
    assert len(reads) == 3
    again = load_results(results)
    assert len(reads) == 3
    pd.testing.assert_frame_equal(again.frame, first.frame)
    pd.testing.assert_frame_equal(again.runs, first.runs)
    assert load_results(results, everything=True).frame.equals(first.frame)
    assert len(reads) == 6


def test_new_changed_and_removed_files_are_noticed(results, reads):
    load_results(results)
    new = written(results, trial=7)
    changed = write(results, record(trial=0, status="failed", reason="again"))
    removed = written(results, trial=2, metrics=["mAP", "P@r2"])
    removed.unlink()
    del reads[:]
    runs = load_results(results).runs
    assert sorted(reads) == sorted([new, changed])
    assert dict(zip(runs["trial"], runs["status"], strict=True)) == {0: "failed", 1: "failed", 7: "done"}
    del reads[:]
    assert len(load_results(results).runs) == 3
    assert reads == []


def test_a_file_with_the_old_size_and_time_of_modification_is_read_again(results, reads):
    load_results(results)
    path = sorted(results.rglob("*.h5"))[0]
    before = path.stat()
    other = record(trial=0)
    better = {**other.curve, "mAP": np.array([0.375, 0.5])}
    elsewhere = write(results.parent / "other", replace(other, curve=better))
    # The same inode, size and time of modification.
    path.write_bytes(elsewhere.read_bytes())
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (path.stat().st_ino, path.stat().st_size) == (before.st_ino, before.st_size)
    frame = load_results(results).frame
    assert frame[frame["trial"] == 0]["mAP"].tolist() == [0.375, 0.5]


def test_a_file_that_changed_just_now_is_not_remembered(tmp_path, reads, monkeypatch):
    monkeypatch.setattr(reading, "SETTLING_NS", 10**18)
    written(tmp_path)
    load_results(tmp_path)
    load_results(tmp_path)
    assert len(reads) == 2


@pytest.mark.parametrize("keep", [0, 30, 200, -1])
def test_a_damaged_index_is_made_again(results, reads, keep):
    first = load_results(results)
    path = index_path(results)
    path.write_bytes(path.read_bytes()[:keep] if keep >= 0 else path.read_bytes() + b"x")
    del reads[:]
    assert load_results(results).frame.equals(first.frame)
    assert len(reads) == 3
    load_results(results)
    assert len(reads) == 3


def test_a_moved_results_folder_keeps_its_index_but_a_copied_one_does_not(results, tmp_path, reads):
    load_results(results)
    del reads[:]
    moved = results.rename(tmp_path / "moved")
    assert len(load_results(moved).runs) == 3
    assert reads == []
    copied = tmp_path / "copied"
    shutil.copytree(moved, copied)
    assert len(load_results(copied).runs) == 3
    assert len(reads) == 3


def test_refused_and_incompletely_checked_files_are_not_remembered(results, reads):
    def check(made, path, folder):
        return Verdict("not this one" if made.attributes["trial"] == 0 else "", made.attributes["trial"] != 2)

    for _ in range(2):
        del reads[:]
        loaded = load_results(results, check)
        assert [line for line in loaded.refused if line.endswith(": not this one")]
        assert set(loaded.runs["trial"]) == {1, 2}
    assert len(reads) == 2
    before = index_path(results).stat().st_ino
    (index_path(results).parent / "kept").hardlink_to(index_path(results))  # so that no new file gets its number
    load_results(results, check)
    assert index_path(results).stat().st_ino == before


def test_many_files_are_read_by_several_processes_with_the_same_result(results, monkeypatch):
    alone = load_results(results, everything=True)
    monkeypatch.setattr(reading, "FILES_PER_PROCESS", 1)
    together = load_results(results, everything=True)
    assert together.frame.equals(alone.frame)
    assert together.curves.lengths.tolist() == alone.curves.lengths.tolist()


def test_whole_numbers_stay_whole_if_every_run_has_them(tmp_path):
    written(tmp_path, trial=0)
    made = record(trial=1)
    write(tmp_path, made)
    frame = load_results(tmp_path).frame
    assert frame["trial"].dtype == np.int64
    assert frame["bits"].tolist() == [8, 8, 8, 8]
