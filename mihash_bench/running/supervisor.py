"""One run in a process of its own, watched until it ends, hangs, or is told to stop."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from mihash_bench.errors import InputError
from mihash_bench.experiment import provenance
from mihash_bench.experiment.entry import enter
from mihash_bench.experiment.memory import own_memory
from mihash_bench.experiment.task import Task, record_end
from mihash_bench.store.layout import lock_path
from mihash_bench.store.lock import locked
from mihash_bench.store.run_file import read_run, remove_unfinished

POLL_SECONDS = 0.1
MEMORY = "--max-memory"
# What multiprocessing says of a child when the process that it was forked from is no longer there to ask.
SERVER_GONE = 255
MIB = 2**20
FINISHED = ("done", "skipped")


@dataclass(frozen=True)
class Outcome:
    """What became of a run.

    status: done, failed, timeout, killed or skipped, as its file says; or interrupted, which leaves no file.
    """

    task: Task
    status: str
    reason: str = ""
    seconds: float = 0.0


def recorded_status(task: Task) -> str | None:
    """Return the status in the run's file; None when there is no file or it is damaged or another run's."""
    if not task.path.exists():
        return None
    try:
        attributes = read_run(task.path).attributes
    except InputError:
        return None
    return str(attributes["status"]) if attributes.get("key") == task.key else None


@dataclass
class Supervisor:
    """Does runs one at a time; several threads may call it.

    timeout: seconds after which a run is ended, or None. stop: set to end everything. started, checkpoint: told
    how a run goes. again: statuses that are done over though a file has them. results: the results folder. max_memory:
    bytes that a run's processes may have for themselves (``own_memory``), or None.
    """

    timeout: float | None
    stop: threading.Event
    started: Callable[[Task], None]
    checkpoint: Callable[[Task, int, int, dict[str, float]], None]
    again: frozenset[str] = frozenset()
    results: Path = Path()
    max_memory: int | None = None

    def __call__(self, task: Task) -> Outcome:
        """Do one run, unless another process has done it meanwhile, and see that its file says what became of it."""
        try:
            with locked(lock_path(self.results, task.key), give_up=self.stop.is_set) as held:
                if not held or self.stop.is_set():
                    return Outcome(task, "interrupted")
                return self._do(task, recorded_status(task))
        except OSError as error:
            return Outcome(task, "failed", f"-o: cannot use {self.results} ({error.strerror})")

    def _do(self, task: Task, before: str | None) -> Outcome:
        if before in FINISHED and before not in self.again:
            return Outcome(task, before)
        began, started_at = time.monotonic(), provenance.now()
        status, reason, trace = ("skipped", task.skip, "") if task.skip else self._watch(task)
        if status == "killed" and not reason.startswith(MEMORY) and not self.stop.is_set():
            # Whoever killed it, such as a system short of memory, may let it live the next time.
            status, reason, trace = self._watch(task)
            reason += ", for the second time" if status == "killed" else ""
        # A run may finish its file just as it is ended, and a file that is finished is never replaced by a failure.
        after = recorded_status(task)
        if after == "done" != before:
            status, reason = "done", ""
        if status == "done" and after != "done":
            status, reason = "failed", f"its run file {task.path} is not there"
        if after != "done" and status != "interrupted":
            reason = _record(task, started_at, status, reason, trace)
        return Outcome(task, status, reason, time.monotonic() - began)

    def _watch(self, task: Task) -> tuple[str, str, str]:
        began = time.monotonic()
        self.started(task)
        context = multiprocessing.get_context("forkserver")
        here, there = context.Pipe()
        process = context.Process(target=enter, args=(task, there))
        try:
            process.start()
        except (OSError, EOFError) as error:
            here.close()
            return "failed", f"its process could not be started ({error})", ""
        finally:
            there.close()
        try:
            return self._listen(task, process, here, began)
        finally:
            _kill_group(process)
            here.close()
            # The run's lock is held: what has its temporary name was left by a process that is dead.
            remove_unfinished(task.path)

    def _listen(self, task: Task, process: Any, pipe: Connection, began: float) -> tuple[str, str, str]:
        while True:
            if self.stop.is_set():
                return "interrupted", "", ""
            if self.timeout is not None and time.monotonic() - began > self.timeout:
                return "timeout", f"--timeout: still running after {self.timeout:g} s", ""
            if self.max_memory is not None and (used := own_memory(process.pid)) > self.max_memory:
                return "killed", f"{MEMORY}: {used / MIB:.0f} MiB (allowed: {self.max_memory / MIB:.0f} MiB)", ""
            try:
                message = pipe.recv() if pipe.poll(POLL_SECONDS) else None
            except (EOFError, OSError):
                # Also when it ended in the middle of a message.
                return _death(process)
            if message is not None and message[0] == "checkpoint":
                self.checkpoint(task, *message[1:])
            elif message is not None:
                return (message[0], *message[1:]) if message[0] == "failed" else ("done", "", "")


def _record(task: Task, started_at: str, status: str, reason: str, trace: str) -> str:
    """Write what became of a run that gave no result, and return the reason, with what went wrong in writing it."""
    about = {"started": started_at, "ended": provenance.now(), "versions": provenance.versions()}
    about |= {"machine": provenance.machine(), **provenance.git_state()}
    try:
        record_end(task, status, reason, trace, about)
    except OSError as error:
        return f"{reason}; {task.path} could not be written ({error.strerror})"
    return reason


def _death(process: Any) -> tuple[str, str, str]:
    """Say how a process ended that never said so itself."""
    process.join()
    code = process.exitcode
    if code is not None and code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
        return "killed", f"its process was ended by {name}", ""
    if code == SERVER_GONE:
        return "killed", "the process that it was forked from has ended", ""
    return "failed", f"its process ended with exit code {code} without a result", ""


def _kill_group(process: Any) -> None:
    """End a run's process and whatever it has started, also when the process itself has ended already."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.join()
