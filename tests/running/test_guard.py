"""A run costs itself only: whatever it does to its process, the sweep ends, records it, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from multiprocessing import forkserver
from pathlib import Path

import psutil
import pytest

from mihash_bench.running.guard import on_linux
from mihash_bench.running.local import LocalExecutor
from mihash_bench.running.statuses import recorded_status
from mihash_bench.running.supervisor import Limits
from mihash_bench.store.run_file import read_run

from .tasks import Events, Sum

pytestmark = pytest.mark.slow

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]


@dataclass(frozen=True)
class Hostile(Sum):
    """A run that does something to its process before it adds up."""

    deed: str = ""
    mark: str = ""

    def perform(self, observer):
        getattr(self, self.deed)()
        return super().perform(observer)

    def sleeper(self, **how):
        return subprocess.Popen([*SLEEPER, self.mark], **how)

    def starts_a_session(self):
        self.sleeper(start_new_session=True)

    def forks_twice(self):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                self.sleeper(start_new_session=True)
            os._exit(0)
        os.wait()

    def forks_twice_and_dies(self):
        self.forks_twice()
        os.kill(os.getpid(), signal.SIGKILL)

    def starts_a_session_and_hangs(self):
        self.starts_a_session()
        time.sleep(600)

    def closes_its_descriptors_and_sleeps(self):
        os.closerange(3, 1000)
        time.sleep(600)

    def interrupts_itself(self):
        raise KeyboardInterrupt

    def exits(self):
        sys.exit("enough")

    def raises_what_cannot_be_printed(self):
        class Silent(Exception):
            def __str__(self):
                raise RuntimeError("no")

        raise Silent

    def raises_surrogates(self):
        raise ValueError("a \udcff b \0 c" + "x" * 100_000)

    def changes_directory(self):
        os.chdir("/")


def left(mark):
    """The processes that carry a mark, given a moment to be gone."""
    for _ in range(40):
        found = [p for p in psutil.process_iter(["cmdline", "status"]) if mark in (p.info["cmdline"] or [])]
        found = [p for p in found if p.info["status"] != psutil.STATUS_ZOMBIE]
        if not found:
            return []
        time.sleep(0.05)
    return found


def do(folder, deed, limits=None):
    """Do one hostile run and return the task, its outcome, and the processes that it left."""
    mark = f"{deed}-{os.getpid()}-{time.monotonic_ns()}"
    task = Hostile(folder / "runs" / "sum.h5", deed=deed, mark=mark)
    (outcome,) = LocalExecutor(limits=limits or Limits()).run([task], folder, Events())
    return task, outcome, left(mark)


@pytest.mark.skipif(not on_linux(), reason="descendants in other sessions are found on Linux only")
@pytest.mark.parametrize(
    ("deed", "status"),
    [
        ("starts_a_session", "done"),
        ("forks_twice", "done"),
        ("forks_twice_and_dies", "killed"),
        ("starts_a_session_and_hangs", "timeout"),
    ],
)
def test_nothing_that_a_run_has_started_outlives_it(tmp_path, deed, status):
    limits = Limits(timeout=3 if status == "timeout" else 120)
    task, outcome, outlived = do(tmp_path, deed, limits)
    assert outcome.status == recorded_status(task) == status, outcome.reason
    assert not outlived


@pytest.mark.slow
def test_a_run_that_closes_its_descriptors_is_ended(tmp_path):
    began = time.monotonic()
    task, outcome, _ = do(tmp_path, "closes_its_descriptors_and_sleeps", Limits(timeout=300))
    assert (outcome.status, outcome.reason) == ("failed", "it closed its connection to the sweep without a result")
    assert recorded_status(task) == "failed"
    # Long before its time-out, and before the 600 s for which it sleeps.
    assert time.monotonic() - began < 120


@pytest.mark.parametrize(
    ("deed", "reason"),
    [
        ("interrupts_itself", "KeyboardInterrupt: "),
        ("exits", "SystemExit: enough"),
        ("raises_what_cannot_be_printed", "Silent: (its message cannot be printed)"),
        ("raises_surrogates", "ValueError: a \\udcff b \\x00 cxxx"),
    ],
)
def test_whatever_a_run_raises_is_recorded(tmp_path, deed, reason):
    task, outcome, _ = do(tmp_path, deed)
    assert outcome.status == "failed"
    about = read_run(task.path).attributes
    assert about["status"] == "failed"
    assert about["reason"].startswith(reason)
    assert "Traceback" in about["traceback"]


def test_a_run_that_changes_directory_writes_its_file_where_it_belongs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    _, outcome, _ = do(Path("results"), "changes_directory")
    assert outcome.status == "done", outcome.reason
    assert (tmp_path / "results" / "runs" / "sum.h5").is_file()


def test_a_stopped_forkserver_costs_the_run_but_not_the_sweep(tmp_path, monkeypatch):
    monkeypatch.setattr("mihash_bench.running.process.START_SECONDS", 1.0)
    do(tmp_path / "first", "changes_directory")
    server = forkserver._forkserver._forkserver_pid
    os.kill(server, signal.SIGSTOP)
    try:
        _, outcome, _ = do(tmp_path / "second", "changes_directory")
    finally:
        os.kill(server, signal.SIGCONT)
    assert outcome.status == "failed"
    assert "does not answer" in outcome.reason
    _, outcome, _ = do(tmp_path / "third", "changes_directory")
    assert outcome.status == "done", outcome.reason


def test_an_exception_of_the_listener_ends_the_runs_under_way(tmp_path):
    class Closed(Events):
        def started(self, task):
            raise BrokenPipeError

    mark = f"listener-{os.getpid()}"
    task = Hostile(tmp_path / "runs" / "sum.h5", deed="starts_a_session_and_hangs", mark=mark)
    before = threading.active_count()
    with pytest.raises(BrokenPipeError):
        LocalExecutor().run([task], tmp_path, Closed())
    assert not left(mark)
    assert threading.active_count() <= before + 1
