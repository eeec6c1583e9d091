"""The local executor, on tasks that have nothing to do with hashing."""

import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from mihash_bench.running.local import LocalExecutor
from mihash_bench.running.supervisor import Limits

from .tasks import Events, Sleep, Sum

ROOT = Path(__file__).parents[2]
WITHOUT_SEMAPHORES = """
import _multiprocessing, pathlib, sys
def none(*given, **options):
    raise OSError(30, "Read-only file system")
_multiprocessing.SemLock = none
from mihash_bench.running.local import LocalExecutor
from tests.running.tasks import Events, Sum
folder = pathlib.Path(sys.argv[1])
tasks = [Sum(folder / f"{number}.h5", key=str(number) * 64) for number in (1, 2)]
print(*(outcome.status for outcome in LocalExecutor(jobs=int(sys.argv[2])).run(tasks, folder, Events())))
"""


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


@pytest.mark.parametrize(("jobs", "lines"), [(1, 0), (2, 1)])
def test_without_semaphores_runs_are_done_one_at_a_time_and_one_line_says_so(tmp_path, jobs, lines):
    ended = subprocess.run(
        [sys.executable, "-c", WITHOUT_SEMAPHORES, tmp_path, str(jobs)],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    assert ended.stdout.split() == ["done", "done"]
    said = ended.stderr.splitlines()
    assert len(said) == lines
    assert all("one at a time instead of 2 in parallel" in line for line in said)
