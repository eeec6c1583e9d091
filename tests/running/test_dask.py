"""The dask executor with a real scheduler and real workers, on tasks that have nothing to do with hashing."""

import os
import signal
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import psutil
import pytest

from mihash_bench.errors import InputError, LostError
from mihash_bench.running.parcel import Returned, digest_here
from mihash_bench.running.supervisor import Limits
from mihash_bench.store.run_file import RunRecord, read_run, write_run

from .dask_processes import scheduler_in, wait_for, worker_of
from .tasks import Events, Sleep, Sum, finished

pytest.importorskip("distributed", reason="dask is not installed (pip install 'mihash-bench[dask]')")

from mihash_bench.running import dask_executor
from mihash_bench.running.dask_executor import DaskExecutor

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Where(Sum):
    """A run that records the file that it was told to write."""

    key: str = "d" * 64

    def perform(self, observer):
        return RunRecord({**self.attributes(), "where": str(self.path)}, {"total": np.zeros(1)})


@dataclass(frozen=True)
class SleepsOnce(Sum):
    """A run that never ends when it is performed for the first time, and reports the id of its process then."""

    key: str = "e" * 64

    def perform(self, observer):
        before = self.path.with_suffix(".before")
        if before.exists():
            return super().perform(observer)
        before.touch()
        observer(1, 2, {"pid": os.getpid()})
        time.sleep(600)
        return None


@dataclass(frozen=True)
class NotHere(Sum):
    """A run whose data no worker has."""

    key: str = "f" * 64

    def here(self, results):
        raise InputError("its data are not here")


class Watched(Events):
    """A listener that hands the process of a run to a test, and calls it at the end of a run."""

    def __init__(self, at_checkpoint=None, at_end=None):
        super().__init__()
        self.at_checkpoint, self.at_end, self.pids = at_checkpoint, at_end, []

    def checkpoint(self, task, done, checkpoints, values, unit="checkpoint"):
        super().checkpoint(task, done, checkpoints, values)
        if "pid" in values and int(values["pid"]) not in self.pids:
            self.pids.append(int(values["pid"]))
            if self.at_checkpoint:
                self.at_checkpoint(self.pids[-1])

    def ended(self, outcome):
        super().ended(outcome)
        if self.at_end:
            self.at_end()


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory):
    """The address of a scheduler with two workers, one of them under a nanny, which starts it again."""
    folder = tmp_path_factory.mktemp("dask")
    with scheduler_in(folder) as (_, address), worker_of(address, folder, "one", "--no-nanny"):  # noqa: SIM117
        with worker_of(address, folder, "two", "--nanny"):
            yield address


def worker_above(pid):
    """The process of the worker that performs a run: the first one above that was not forked from the forkserver."""
    return next(each for each in psutil.Process(pid).parents() if "forkserver" not in " ".join(each.cmdline()))


def test_runs_are_done_by_workers_that_share_the_folder_and_their_events_arrive(scheduler, tmp_path):
    tasks = [Sum(tmp_path / "runs" / f"{number}.h5", key=str(number) * 64) for number in range(1, 5)]
    events = Events()
    outcomes = DaskExecutor(scheduler).run(tasks, tmp_path, events)
    assert {outcome.task.key: outcome.status for outcome in outcomes} == {task.key: "done" for task in tasks}
    assert [read_run(task.path).curve["total"].tolist() for task in tasks] == [[1.0, 3.0]] * 4
    assert events.seen.count("started") == 4
    assert (2, 2, {"total": 3.0}) in events.seen
    assert not list((tmp_path / "runs" / ".locks").glob("shared-*"))
    # What is done already is not repeated.
    assert [outcome.seconds for outcome in DaskExecutor(scheduler).run(tasks, tmp_path, Events())] == [0.0] * 4


def test_without_a_shared_folder_workers_send_sealed_files_back(scheduler, tmp_path, monkeypatch):
    @contextmanager
    def unseen(results):
        yield tmp_path / "nowhere" / "shared-with-nobody"

    monkeypatch.setattr(dask_executor, "_marked", unseen)
    task = Where(tmp_path / "runs" / "where.h5")
    (outcome,) = DaskExecutor(scheduler).run([task], tmp_path, Events())
    assert (outcome.status, outcome.reason) == ("done", "")
    written = Path(read_run(task.path).attributes["where"])
    assert written.name == task.path.name
    assert not written.is_relative_to(tmp_path)
    assert not written.exists()


def test_a_worker_that_is_killed_in_mid_run_costs_a_retry(scheduler, tmp_path):
    def kill(pid):
        worker_above(pid).kill()

    events, task = Watched(kill), SleepsOnce(tmp_path / "runs" / "once.h5")
    task.path.parent.mkdir()
    (outcome,) = DaskExecutor(scheduler).run([task], tmp_path, events)
    assert (outcome.status, outcome.reason) == ("done", "")
    assert events.seen.count("started") == 2
    assert read_run(task.path).curve["total"].tolist() == [1.0, 3.0]
    # The run of the killed worker has ended with it.
    (pid,) = events.pids
    wait_for(lambda: not psutil.pid_exists(pid))


def test_a_run_is_repeated_as_often_as_the_scheduler_allows_and_then_recorded_as_killed(tmp_path):
    with (
        scheduler_in(tmp_path, DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0") as (_, address),
        worker_of(address, tmp_path, "one", "--no-nanny"),
    ):
        events, task = Watched(lambda pid: worker_above(pid).kill()), Sleep(tmp_path / "runs" / "sleep.h5")
        (outcome,) = DaskExecutor(address).run([task], tmp_path, events)
    assert (outcome.status, outcome.reason) == ("killed", "workers ended while they performed it, 1 time")
    assert read_run(task.path).attributes["status"] == "killed"


def test_after_ctrl_c_running_runs_end_and_all_others_are_left_for_later(scheduler, tmp_path):
    events = Watched(lambda pid: os.kill(os.getpid(), signal.SIGINT))
    tasks = [Sleep(tmp_path / "runs" / f"{number}.h5", key=str(number) * 64) for number in (1, 2, 3)]
    outcomes = DaskExecutor(scheduler).run(tasks, tmp_path, events)
    assert [outcome.status for outcome in outcomes] == ["interrupted"] * 3
    wait_for(lambda: not any(map(psutil.pid_exists, events.pids)))
    assert not list((tmp_path / "runs").glob("*.h5"))


def test_limits_apply_on_workers_and_failures_are_recorded(scheduler, tmp_path):
    task = Sleep(tmp_path / "runs" / "sleep.h5")
    (outcome,) = DaskExecutor(scheduler, limits=Limits(timeout=1.0)).run([task], tmp_path, Events())
    assert (outcome.status, outcome.reason) == ("timeout", "--timeout: still running after 1 s")
    assert read_run(task.path).attributes["status"] == "timeout"


def test_a_run_that_every_worker_refuses_has_failed_and_says_why(scheduler, tmp_path, monkeypatch):
    monkeypatch.setattr(dask_executor, "HELD_SECONDS", 0.5)
    (outcome,) = DaskExecutor(scheduler).run([NotHere(tmp_path / "runs" / "not.h5")], tmp_path, Events())
    assert outcome.status == "failed"
    assert outcome.reason.startswith("no worker can perform it: ")
    assert outcome.reason.endswith(": its data are not here")


def test_an_exception_of_the_listener_ends_the_runs_before_it_is_raised(scheduler, tmp_path):
    def fail(pid):
        raise BrokenPipeError

    events = Watched(fail)
    with pytest.raises(BrokenPipeError):
        DaskExecutor(scheduler).run([Sleep(tmp_path / "runs" / "sleep.h5")], tmp_path, events)
    wait_for(lambda: not psutil.pid_exists(events.pids[0]))


def test_the_death_of_the_scheduler_costs_nothing_that_is_finished(tmp_path):
    with scheduler_in(tmp_path) as (process, address), worker_of(address, tmp_path, "one", "--nthreads", "2"):
        running, ended = threading.Event(), threading.Event()

        def kill():
            assert running.wait(60)
            assert ended.wait(60)
            process.send_signal(signal.SIGKILL)

        killer = threading.Thread(target=kill)
        killer.start()
        events = Watched(lambda pid: running.set(), ended.set)
        task = Sum(tmp_path / "runs" / "sum.h5")
        with pytest.raises(LostError, match=r"--scheduler: the connection to tcp://.* was lost \(finished runs are"):
            DaskExecutor(address).run([Sleep(tmp_path / "runs" / "sleep.h5"), task], tmp_path, events)
        killer.join()
        assert read_run(task.path).attributes["status"] == "done"
        wait_for(lambda: not psutil.pid_exists(events.pids[0]))


def test_without_a_scheduler_its_address_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(dask_executor, "CONNECT_SECONDS", 1)
    with pytest.raises(InputError, match="--scheduler: no scheduler answers at tcp://127.0.0.1:1 "):
        DaskExecutor("tcp://127.0.0.1:1").run([Sum(tmp_path / "sum.h5")], tmp_path, Events())


def test_without_an_address_a_scheduler_and_a_worker_are_started_and_ended(tmp_path):
    (outcome,) = DaskExecutor(jobs=2).run([Where(tmp_path / "runs" / "where.h5")], tmp_path, Events())
    assert outcome.status == "done"
    alive = [each for each in psutil.Process().children() if each.status() != psutil.STATUS_ZOMBIE]
    assert not [each for each in alive if "spawn_main" in " ".join(each.cmdline())]


def sweep():
    """A sweep that is connected to no scheduler."""
    return object.__new__(dask_executor._Sweep)


def test_an_earlier_file_with_the_same_status_is_not_taken_for_the_one_that_a_worker_wrote(tmp_path, monkeypatch):
    monkeypatch.setattr(dask_executor, "SEEN_SECONDS", 0.5)
    task = Sum(tmp_path / "sum.h5")
    write_run(task.path, finished(task, started="1"))
    before = digest_here(task.path)
    write_run(task.path, finished(task, started="2"))
    returned = Returned("host", "tcp://host:1", "done", shared=True, digest=digest_here(task.path))
    sent = dask_executor._Sent(task, before)
    unseen = partial(dask_executor._Sweep._unseen, sweep(), sent)
    assert unseen(returned) == ""
    # Another sweep has written the file since.
    assert unseen(replace(returned, digest="0" * 64)) == ""
    write_run(task.path, finished(task, started="1"))
    assert "it is not the file that host has" in unseen(returned)
    write_run(task.path, finished(task, started="3", status="failed"))
    assert "it is not the file that host has" in unseen(returned)


def test_a_run_without_a_file_keeps_the_reason_of_its_worker(tmp_path):
    returned = Returned("host", "tcp://host:1", "failed", "its disk is full", shared=True)
    sent = dask_executor._Sent(Sum(tmp_path / "sum.h5"))
    assert dask_executor._Sweep._unseen(sweep(), sent, returned) == ""
