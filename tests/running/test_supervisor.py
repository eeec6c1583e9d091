"""The policy for each run, on processes that follow the script of a test."""

import os
import threading

import pytest

from mihash_bench.running.statuses import Recorded, recorded, recorded_status
from mihash_bench.running.supervisor import NO_LIMITS, Limits, Supervisor
from mihash_bench.store.run_file import read_run, write_run
from tests.store.records import record

from .tasks import Events, Scripted, Sum

KILLED = ("killed", "its process was ended by SIGKILL", "")


@pytest.fixture
def task(tmp_path):
    return Sum(tmp_path / "runs" / "sum.h5")


def supervise(task, *scripts, limits=NO_LIMITS, rerun="missing", stop=None):
    """Perform one run, whose n-th attempt follows the n-th script. Returns outcome, events and processes."""
    processes = []

    def start(task):
        processes.append(Scripted(task, **scripts[len(processes)]))
        return processes[-1]

    events = Events()
    supervisor = Supervisor(task.path.parents[1], events, stop or threading.Event(), limits, rerun, start)
    return supervisor(task), events.seen, processes


def test_a_run_that_is_done_has_written_its_own_file(task):
    outcome, seen, processes = supervise(task, {"messages": [("checkpoint", 1, 2, {}), ("done",)], "writes": True})
    assert (outcome.status, outcome.reason) == ("done", "")
    assert seen == ["started", (1, 2, {})]
    assert processes[0].ended


def test_a_run_that_says_done_without_a_file_has_failed(task):
    outcome, _, _ = supervise(task, {"messages": [("done",)]})
    assert outcome.status == "failed"
    assert "is missing" in outcome.reason
    assert recorded_status(task) == "failed"


def test_a_failure_is_recorded_with_reason_and_traceback(task):
    supervise(task, {"messages": [("failed", "ValueError: no", "the traceback")]})
    about = read_run(task.path).attributes
    assert (about["status"], about["reason"], about["traceback"]) == ("failed", "ValueError: no", "the traceback")


def test_a_record_that_cannot_be_stored_costs_its_run_only(task):
    """A plug-in's version, for example, may be no whole number."""

    class Odd(Sum):
        def attributes(self):
            return {**super().attributes(), "method_version": "1.0"}

    outcome, _, _ = supervise(Odd(task.path), {"messages": [("failed", "ValueError: no", "")]})
    assert outcome.status == "failed"
    assert outcome.reason.startswith("ValueError: no; the record of the run cannot be stored: attribute method_version")


def test_a_killed_run_is_tried_once_more_and_no_more(task):
    outcome, seen, _ = supervise(task, {"dies": KILLED}, {"messages": [("done",)], "writes": True})
    assert outcome.status == "done"
    assert seen == ["started", "started"]
    task.path.unlink()
    outcome, seen, processes = supervise(task, {"dies": KILLED}, {"dies": KILLED})
    assert outcome.reason == "its process was ended by SIGKILL, for the second time"
    assert len(processes) == 2
    assert all(process.ended for process in processes)


def test_a_run_beyond_its_memory_is_killed_and_not_tried_again(task):
    outcome, _, processes = supervise(task, {"memory": 3 << 20}, limits=Limits(max_memory=1 << 20))
    assert (outcome.status, outcome.reason) == ("killed", "--max-memory: 3 MiB (allowed: 1 MiB)")
    assert len(processes) == 1


def test_a_run_beyond_its_time_is_ended(task):
    outcome, _, processes = supervise(task, {}, limits=Limits(timeout=1e-9))
    assert outcome.status == "timeout"
    assert processes[0].ended


def test_a_skipped_run_starts_no_process_and_has_a_file(tmp_path):
    task = Sum(tmp_path / "runs" / "sum.h5", skip="nothing to add")
    outcome, seen, _ = supervise(task)
    assert (outcome.status, outcome.reason, seen) == ("skipped", "nothing to add", [])
    assert recorded_status(task) == "skipped"


@pytest.mark.parametrize(("rerun", "attempts"), [("missing", 0), ("failed", 0), ("all", 1)])
def test_a_run_that_another_process_has_finished_is_only_repeated_if_all_are(task, rerun, attempts):
    write_run(task.path, record(key=task.key))
    outcome, _, processes = supervise(task, {"messages": [("done",)], "writes": True}, rerun=rerun)
    assert outcome.status == "done"
    assert len(processes) == attempts


def test_a_finished_file_is_never_replaced_by_a_failure(task):
    write_run(task.path, record(key=task.key))
    before = task.path.read_bytes()
    outcome, _, _ = supervise(task, {"messages": [("failed", "no", "")]}, rerun="all")
    assert outcome.status == "failed"
    assert task.path.read_bytes() == before


def test_an_interrupted_run_leaves_no_file(task):
    stop = threading.Event()
    stop.set()
    outcome, seen, _ = supervise(task, stop=stop)
    assert (outcome.status, seen) == ("interrupted", [])
    assert not task.path.exists()


def test_a_process_that_cannot_be_started_is_a_failure(task):
    def start(task):
        raise OSError("no more processes")

    outcome = Supervisor(task.path.parents[1], Events(), threading.Event(), start=start)(task)
    assert (outcome.status, outcome.reason) == ("failed", "its process could not be started (no more processes)")


def test_a_file_that_cannot_be_read_is_named_and_never_replaced(task):
    task.path.parent.mkdir()
    os.mkfifo(task.path)
    outcome, seen, _ = supervise(task, rerun="all")
    said = f"{task.path}: not a regular file (allowed: regular files and links to them)"
    assert (outcome.status, outcome.reason, seen) == ("unreadable", said, [])
    assert task.path.is_fifo()


def test_a_file_of_another_run_is_not_counted_and_replaced(task):
    write_run(task.path, record(key="b" * 64))
    assert recorded(task) == Recorded(None, f"{task.path}: it belongs to another run")
    outcome, _, _ = supervise(task, {"messages": [("done",)], "writes": True})
    assert outcome.status == recorded_status(task) == "done"
