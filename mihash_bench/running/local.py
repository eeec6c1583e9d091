"""Many runs: scheduled by joblib, each in a process of its own, until all have ended or the user interrupts."""

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from joblib import Parallel, delayed

from mihash_bench.experiment.entry import start_server
from mihash_bench.experiment.supervisor import Outcome, Supervisor
from mihash_bench.experiment.task import Task


class Listener(Protocol):
    """Who is told how the sweep goes; called from several threads."""

    def started(self, task: Task) -> None:
        """A run begins."""

    def checkpoint(self, task: Task, done: int, checkpoints: int, metrics: dict[str, float]) -> None:
        """A run has measured its table."""

    def ended(self, outcome: Outcome) -> None:
        """A run has ended."""


def run_all(
    tasks: Sequence[Task],
    results: Path,
    listener: Listener,
    *,
    jobs: int = 1,
    timeout: float | None = None,
    again: frozenset[str] = frozenset(),
    max_memory: int | None = None,
) -> list[Outcome]:
    """Do the runs, ``jobs`` at a time, and return what became of each, in the order in which they ended.

    A run that fails, dies or exceeds ``timeout`` seconds or ``max_memory`` bytes costs that run only. On Ctrl-C or
    SIGTERM the running ones are ended, finished ones are kept, and the rest comes back as interrupted.
    """
    stop = threading.Event()
    supervisor = Supervisor(timeout, stop, listener.started, listener.checkpoint, again, results, max_memory)
    start_server()
    with _interruptible(stop):
        parallel = Parallel(n_jobs=jobs, backend="threading", return_as="generator_unordered", pre_dispatch=jobs)
        outcomes = []
        try:
            for outcome in parallel(delayed(supervisor)(task) for task in tasks):
                listener.ended(outcome)
                outcomes.append(outcome)
        finally:
            # Whatever ends the loop, such as a listener that can no longer write, ends the runs under way as well.
            stop.set()
    return outcomes


@contextmanager
def _interruptible(stop: threading.Event) -> Iterator[None]:
    """Turn Ctrl-C and SIGTERM into ``stop``, so that every supervisor ends its child before the sweep ends."""
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
