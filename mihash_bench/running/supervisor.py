"""The policy for each run: its lock, its limits, one retry, and the record of its outcome."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from mihash_bench.errors import InputError
from mihash_bench.running.events import Listener
from mihash_bench.running.process import ForkedProcess, RunProcess
from mihash_bench.running.statuses import (
    FINISHED,
    INTERRUPTED,
    LACKING,
    UNREADABLE,
    Outcome,
    Recorded,
    Rerun,
    is_due,
    recorded,
)
from mihash_bench.running.task import Task
from mihash_bench.store import provenance
from mihash_bench.store.companions import TrainingFile
from mihash_bench.store.layout import lock_path
from mihash_bench.store.lock import locked
from mihash_bench.store.run_file import RunRecord, remove_unfinished, write_run

POLL_SECONDS = 0.1
MEMORY = "--max-memory"
MIB = 2**20


class Stop(Protocol):
    """An event such as those of ``threading``."""

    def is_set(self) -> bool:
        """Return whether runs are to be ended."""
        ...


class Ending(NamedTuple):
    """How a run ends. diverged: why learning has diverged, or ""."""

    status: str
    reason: str = ""
    traceback: str = ""
    diverged: str = ""


@dataclass(frozen=True)
class Limits:
    """Limits of a run in seconds and in bytes of memory; None for no limit."""

    timeout: float | None = None
    max_memory: int | None = None

    def exceeded(self, seconds: float, process: RunProcess) -> Ending | None:
        """Return how a run ends if it exceeds a limit, or None if it does not."""
        if self.timeout is not None and seconds > self.timeout:
            return Ending("timeout", f"--timeout: still running after {self.timeout:g} s")
        if self.max_memory is not None and (used := process.memory()) > self.max_memory:
            return Ending("killed", f"{MEMORY}: {used / MIB:.0f} MiB (allowed: {self.max_memory / MIB:.0f} MiB)")
        return None


NO_LIMITS = Limits()


@dataclass
class Supervisor:
    """Performs one run per call. Several threads may call it.

    results: the results folder. stop: an event that ends all runs when it is set. rerun: which runs are repeated
    although their files exist (see ``is_due``). start: starts the process of a run.
    """

    results: Path
    listener: Listener
    stop: Stop
    limits: Limits = NO_LIMITS
    rerun: Rerun = "missing"
    start: Callable[[Task], RunProcess] = ForkedProcess

    def __call__(self, task: Task) -> Outcome:
        """Perform one run, unless another process has done it in the meantime, and record its outcome in its file."""
        with ExitStack() as stack:
            try:
                held = stack.enter_context(locked(lock_path(self.results, task.key), give_up=self.stop.is_set))
            except OSError as error:
                return Outcome(task, "failed", f"-o: cannot use {self.results} ({error.strerror})")
            if not held or self.stop.is_set():
                return Outcome(task, INTERRUPTED)
            return self._do(task, recorded(task))

    def _do(self, task: Task, file: Recorded) -> Outcome:
        before, state = file.status, TrainingFile(task.path, task.key)
        if before == UNREADABLE:
            return Outcome(task, UNREADABLE, file.complaint)
        if before in FINISHED and not is_due(before, self.rerun):
            state.remove()
            return Outcome(task, str(before))
        began, started = time.monotonic(), provenance.now()
        ending = Ending("skipped", task.skip) if task.skip else self._with_retry(task)
        status, reason = ending.status, ending.reason
        # A run may complete its file just before it is ended. A complete file is never replaced by a failure.
        after = recorded(task).status
        if after == "done" != before:
            status, reason = "done", ""
        if status == "done" and after != "done":
            status, reason = "failed", f"its run file {task.path} is missing"
        # What has diverged would only diverge again from its saved state.
        if status == "done" or ending.diverged:
            state.remove()
        # A finished run is not replaced because its later metrics failed.
        if after not in ("done", LACKING) and status != INTERRUPTED:
            reason = record_ending(task, started, ending._replace(status=status, reason=reason))
        return Outcome(task, status, reason, time.monotonic() - began)

    def _with_retry(self, task: Task) -> Ending:
        """Repeat a killed run once, because the cause, such as a lack of memory, may be temporary."""
        ending = self._attempt(task)
        if ending.status != "killed" or ending.reason.startswith(MEMORY) or self.stop.is_set():
            return ending
        ending = self._attempt(task)
        return ending._replace(reason=f"{ending.reason}, for the second time") if ending.status == "killed" else ending

    def _attempt(self, task: Task) -> Ending:
        began = time.monotonic()
        self.listener.started(task)
        try:
            process = self.start(task)
        except (OSError, EOFError) as error:
            return Ending("failed", f"its process could not be started ({error})")
        try:
            return self._watch(task, process, began)
        finally:
            process.end()
            # The run's lock is held, so any file with its temporary name is left over from a process that has ended.
            remove_unfinished(task.path)

    def _watch(self, task: Task, process: RunProcess, began: float) -> Ending:
        while True:
            if self.stop.is_set():
                return Ending(INTERRUPTED)
            if ending := self.limits.exceeded(time.monotonic() - began, process):
                return ending
            try:
                message = process.message(POLL_SECONDS)
            except EOFError:
                return Ending(*process.death())
            if message is not None and message[0] == "checkpoint":
                self.listener.checkpoint(task, *message[1:])
            elif message is not None:
                return Ending(*message) if message[0] == "failed" else Ending("done")


def record_ending(task: Task, started: str, ending: Ending) -> str:
    """Write the file of a run without result. Return the reason, extended by any error in writing the file."""
    reason = ending.reason
    about = {"started": started, "ended": provenance.now(), "versions": provenance.versions()}
    about |= {"machine": provenance.machine(), **provenance.git_state()}
    end = ending._asdict()
    try:
        write_run(task.path, RunRecord({**task.attributes(), **about, **end}, origin=task.origin()))
    except OSError as error:
        return f"{reason}; {task.path} could not be written ({error.strerror})"
    except InputError as error:  # a plug-in's names or version cannot be stored
        return f"{reason}; {error}"
    return reason
