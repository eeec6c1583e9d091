"""The local executor, on tasks that have nothing to do with hashing."""

import threading

import psutil
import pytest

from mihash_bench.running.local import LocalExecutor
from mihash_bench.running.supervisor import Limits

from .tasks import Events, Sleep, Sum


class Unwritable(Events):
    """A listener that fails when the first run has ended, as one whose output is closed would."""

    def __init__(self, sleeping):
        super().__init__()
        self.sleeping = sleeping

    def ended(self, outcome):
        # Only once the other run is running, so that there is something to end.
        assert self.sleeping.wait(60)
        raise BrokenPipeError

    def checkpoint(self, task, done, checkpoints, values, unit="checkpoint"):
        super().checkpoint(task, done, checkpoints, values)
        if isinstance(task, Sleep):
            self.sleeping.set()


def test_an_exception_of_the_listener_ends_running_runs_before_it_is_raised(tmp_path):
    sleep, events = Sleep(tmp_path / "runs" / "sleep.h5"), Unwritable(threading.Event())
    with pytest.raises(BrokenPipeError):
        LocalExecutor(jobs=2).run([sleep, Sum(tmp_path / "runs" / "sum.h5")], tmp_path, events)
    (pid,) = [int(values["pid"]) for *_, values in (each for each in events.seen if len(each) == 3) if "pid" in values]
    assert not psutil.pid_exists(pid)
    assert not sleep.path.exists()


def test_limits_apply_to_every_run(tmp_path):
    (outcome,) = LocalExecutor(limits=Limits(timeout=0.5)).run([Sleep(tmp_path / "sleep.h5")], tmp_path, Events())
    assert outcome.status == "timeout"


def test_one_executor_can_be_used_repeatedly_and_outside_of_the_main_thread(tmp_path):
    executor, task, outcomes = LocalExecutor(), Sum(tmp_path / "runs" / "sum.h5"), []

    def run():
        outcomes.extend(executor.run([task], tmp_path, Events()))

    for _ in range(2):
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    assert [outcome.status for outcome in outcomes] == ["done", "done"]
    # The second time, the file existed already.
    assert outcomes[1].seconds == 0
