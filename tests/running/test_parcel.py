"""Files that a worker sends are believed only if their seals and keys are right."""

from dataclasses import replace

import numpy as np
import pytest

from mihash_bench.running.parcel import files_of, receive, unpack
from mihash_bench.running.statuses import LACKING, recorded
from mihash_bench.store.companions import TrainingFile, companions_of, write_search, write_snapshots
from mihash_bench.store.record import Kept
from mihash_bench.store.run_file import read_run, write_run

from .tasks import Sum, finished


@pytest.fixture
def sent(tmp_path):
    """A run of which a worker has made the file and a companion, and what it sends."""
    there = Sum(tmp_path / "worker" / "runs" / "sum.h5")
    write_run(there.path, finished(there))
    write_snapshots(there.path, there.key, Kept([], []))
    return Sum(tmp_path / "here" / "runs" / "sum.h5"), files_of(there.path)


def test_a_run_arrives_with_its_companions_byte_by_byte(sent, tmp_path):
    task, files = sent
    assert sorted(files) == ["sum.h5", "sum.snapshots"]
    assert receive(task, tmp_path / "here", files) == ""
    assert files_of(task.path) == files
    assert read_run(task.path).curve["total"].tolist() == [1.0, 3.0]


@pytest.mark.parametrize("name", ["sum.h5", "sum.snapshots"])
@pytest.mark.parametrize("damage", [lambda content: content[:-1], lambda content: content[:-1] + b"x", lambda _: b""])
def test_a_torn_or_changed_file_is_refused_and_no_run_file_is_written(sent, tmp_path, name, damage):
    task, files = sent
    fault = receive(task, tmp_path / "here", {**files, name: damage(files[name])})
    assert "damaged" in fault
    assert not task.path.exists()


def test_nothing_is_written_if_one_of_the_files_is_damaged(sent, tmp_path):
    task, files = sent
    receive(task, tmp_path / "here", {**files, "sum.metrics": b"torn"})
    assert not task.path.parent.exists()


class LacksMetrics(Sum):
    def lacks(self, record):
        return "a metric" if record.attributes["status"] == "done" else ""


def test_a_finished_run_that_lacks_metrics_is_not_replaced_by_a_failed_one(sent, tmp_path):
    done, files = sent
    assert receive(done, tmp_path / "here", files) == ""
    task = LacksMetrics(done.path)
    assert recorded(task).status == LACKING
    failed = Sum(tmp_path / "failed" / "sum.h5")
    write_run(failed.path, finished(failed, status="failed", reason="no"))
    assert receive(task, tmp_path / "here", files_of(failed.path)) == ""
    assert files_of(task.path) == files


def test_the_file_of_another_run_or_of_another_name_is_refused(sent, tmp_path):
    task, files = sent
    assert "it belongs to another run" in receive(replace(task, key="c" * 64), tmp_path / "here", files)
    assert "a worker sent ../x" in receive(task, tmp_path / "here", {**files, "../x": files["sum.h5"]})
    assert "did not send sum.h5" in receive(task, tmp_path / "here", {})
    assert not task.path.exists()


def test_a_finished_run_is_not_replaced_by_a_failed_one(sent, tmp_path):
    task, files = sent
    assert receive(task, tmp_path / "here", files) == ""
    failed = Sum(tmp_path / "failed" / "sum.h5")
    write_run(failed.path, finished(failed, status="failed", reason="no"))
    assert receive(task, tmp_path / "here", files_of(failed.path)) == ""
    assert files_of(task.path) == files


def test_a_file_that_cannot_be_read_is_never_replaced(sent, tmp_path):
    task, files = sent
    task.path.mkdir(parents=True)  # where a file system has a file that cannot be opened
    assert str(task.path) in receive(task, tmp_path / "here", files)
    assert task.path.is_dir()


def test_only_what_a_run_reads_or_writes_is_sent_and_a_saved_state_ends_with_its_run(sent, tmp_path):
    task, files = sent
    unpack(files, task.path.parent)
    write_search(task.path, task.key, [])
    TrainingFile(task.path, task.key).write({"state": {"step": np.zeros(1)}})
    assert sorted(files_of(task.path)) == ["sum.h5", "sum.snapshots", "sum.training"]
    assert receive(task, tmp_path / "here", files) == ""
    assert sorted(each.name for each in companions_of(task.path)) == ["sum.search", "sum.snapshots"]


def test_a_file_with_a_broken_seal_is_not_sent(sent, tmp_path):
    task, files = sent
    unpack(files, task.path.parent)
    task.path.write_bytes(files["sum.h5"][:-1])
    assert sorted(files_of(task.path)) == ["sum.snapshots"]
