"""A run in a separate process, which is started, listened to, and ended with all of its descendants."""

import multiprocessing
import multiprocessing.process
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from types import ModuleType
from typing import Any, Protocol

from mihash_bench.running.forkserver import enter, note_use
from mihash_bench.running.guard import end_descendants
from mihash_bench.running.memory import descendants_memory
from mihash_bench.running.task import Task

# The exit code that multiprocessing reports for a child if the forkserver has ended.
SERVER_GONE = 255
# Maximum time for a run to begin, and to disappear after it was killed. Loops may have to be compiled before the first
# run begins.
START_SECONDS, ENDING_SECONDS, EXIT_SECONDS = 300.0, 10.0, 1.0

Message = tuple[Any, ...]


# Held while the main module is hidden, because several threads may start processes.
_HIDING = threading.Lock()


class RunProcess(Protocol):
    """A run in progress."""

    def message(self, seconds: float) -> Message | None:
        """Wait up to ``seconds`` for the next message; None if there is none. Raises EOFError if the run has ended."""
        ...

    def memory(self) -> int:
        """Return the bytes that the run uses by itself."""
        ...

    def death(self) -> tuple[str, str, str]:
        """Return status, reason and traceback of a run that ended without reporting an outcome."""
        ...

    def end(self) -> None:
        """End the run and all processes that it has started."""
        ...


class ForkedProcess:
    """A run in a child of the forkserver, under a guard. Raises OSError or EOFError if it cannot be started.

    All waiting is limited, so that neither a stopped forkserver nor a run that has closed its connection can keep the
    sweep from ending.
    """

    def __init__(self, task: Task) -> None:
        context = multiprocessing.get_context("forkserver")
        self._pipe, there = context.Pipe()
        self._process = context.Process(target=enter, args=(task, there))
        self._finished = False
        try:
            _within(START_SECONDS, self._start, "the process from which runs are forked does not answer")
            # A process that was started too late never receives this message and ends.
            self._pipe.send("begin")
        except BaseException:
            self._pipe.close()
            raise
        finally:
            there.close()

    def _start(self) -> None:
        # Before the process is started, so that the server is left alone if this is interrupted.
        note_use()
        with hidden_main():
            self._process.start()
        note_use()  # the server may have been replaced

    def message(self, seconds: float) -> Message | None:
        """Wait for the next message. A truncated message counts as the end of the run."""
        pipe: Connection = self._pipe
        try:
            message = tuple(pipe.recv()) if pipe.poll(seconds) else None
        except Exception as error:  # noqa: BLE001 - unpickling a truncated message can raise any error
            raise EOFError(str(error)) from None
        self._finished = message is not None and message[0] != "checkpoint"
        return message

    def memory(self) -> int:
        """Return the bytes that the run and its descendants use by themselves, without the guard."""
        return descendants_memory(self._process.pid or 0)

    def death(self) -> tuple[str, str, str]:
        """Derive status and reason from the exit code."""
        self._process.join(ENDING_SECONDS)
        code = self._process.exitcode
        if code is None:
            return "failed", "it closed its connection to the sweep without a result", ""
        if code < 0:
            name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
            return "killed", f"its process was ended by {name}", ""
        if code == SERVER_GONE:
            return "killed", "the process from which it was forked has ended", ""
        return "failed", f"its process ended with exit code {code} without a result", ""

    def end(self) -> None:
        """Kill the run, all processes that it has started, and its guard."""
        if self._finished:
            # It is about to exit, and its guard ends what it has started.
            self._process.join(EXIT_SECONDS)
        pid, alive = self._process.pid, self._process.exitcode is None
        # Process 0 and its group would be the sweep itself.
        if pid:
            if alive:
                end_descendants(pid)
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
            with suppress(ProcessLookupError, PermissionError):
                if alive:
                    os.kill(pid, signal.SIGKILL)
        self._process.join(ENDING_SECONDS)
        if self._process.exitcode is None:
            # Otherwise the interpreter would wait for it when it exits.
            multiprocessing.process._children.discard(self._process)  # type: ignore[attr-defined]
        self._pipe.close()


def _within(seconds: float, work: Callable[[], None], complaint: str) -> None:
    """Do some work in a thread. Raises its exception, or OSError if it takes longer than ``seconds``."""
    raised: list[BaseException] = []

    def attempt() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised again below
            raised.append(error)

    thread = threading.Thread(target=attempt, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise OSError(complaint)
    if raised:
        raise raised[0]


@contextmanager
def hidden_main() -> Iterator[None]:
    """Prevent the child from importing the script that started the sweep, which would run that script again."""
    with _HIDING:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main
