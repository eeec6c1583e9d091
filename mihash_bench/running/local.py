"""Parallel runs on this machine: joblib schedules threads, each of which supervises one process at a time."""

import logging
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from joblib import Parallel, delayed, effective_n_jobs, parallel_config

from mihash_bench.running.events import Listener
from mihash_bench.running.forkserver import start_server
from mihash_bench.running.statuses import Outcome, Rerun
from mihash_bench.running.supervisor import NO_LIMITS, Limits, Supervisor
from mihash_bench.running.task import Task

# Maximum time that a sweep waits at its end for supervisors that are still ending their runs.
ENDING_SECONDS = 30


@dataclass(frozen=True)
class LocalExecutor:
    """Performs runs in processes on this machine.

    jobs: number of parallel runs. preload: modules that are imported once, in the process from which runs are forked.
    """

    jobs: int = 1
    limits: Limits = NO_LIMITS
    rerun: Rerun = "missing"
    preload: Sequence[str] = field(default=())

    def run(self, tasks: Sequence[Task], results: Path, listener: Listener) -> list[Outcome]:
        """Perform the runs and return their outcomes in the order in which they ended.

        A run that fails, dies or exceeds a limit does not affect other runs. On Ctrl-C or SIGTERM, running ones are
        ended, finished ones are kept, and all others have the outcome ``interrupted``.
        """
        stop = threading.Event()
        supervisor = _Counted(Supervisor(results, listener, stop, self.limits, self.rerun))
        start_server(self.preload)
        self._say_if_serial()
        with interruptible(stop):
            parallel = Parallel(
                n_jobs=self.jobs, backend="threading", return_as="generator_unordered", pre_dispatch=self.jobs
            )
            ended = parallel(delayed(supervisor)(task) for task in tasks)
            outcomes = []
            try:
                for outcome in ended:
                    listener.ended(outcome)
                    outcomes.append(outcome)
            finally:
                # An exception in the loop, such as that of a listener that can no longer write, also ends running runs.
                stop.set()
                # joblib warns about outcomes that nobody takes.
                for _ in ended:
                    pass
                supervisor.wait(ENDING_SECONDS)
        return outcomes

    def _say_if_serial(self) -> None:
        with parallel_config(backend="threading"):
            possible = effective_n_jobs(self.jobs)
        if possible < self.jobs:
            logging.getLogger(__name__).warning(
                "mihash-bench: runs are done one at a time instead of %d in parallel, because no semaphore can be made "
                "(/dev/shm must be writable)",
                self.jobs,
            )


class _Counted:
    """A supervisor that counts its active threads.

    The sweep waits for them because a thread that is still active when the interpreter exits may hold a lock of HDF5.
    """

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor, self._working, self._changed = supervisor, 0, threading.Condition()

    def __call__(self, task: Task) -> Outcome:
        self._add(1)
        try:
            return self._supervisor(task)
        finally:
            self._add(-1)

    def _add(self, number: int) -> None:
        with self._changed:
            self._working += number
            self._changed.notify_all()

    def wait(self, seconds: float) -> bool:
        """Wait until no thread is active, but at most ``seconds``. Return whether none is active."""
        with self._changed:
            return self._changed.wait_for(lambda: self._working == 0, seconds)


@contextmanager
def interruptible(stop: threading.Event) -> Iterator[None]:
    """Turn Ctrl-C and SIGTERM into ``stop``, so that every supervisor ends its process before the sweep ends."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous: dict[int, Any] = {
        number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
