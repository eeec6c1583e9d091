"""A run in a separate process, which is started, listened to, and ended with all of its descendants."""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from types import ModuleType
from typing import Any, Protocol

from mihash_bench.running.forkserver import enter
from mihash_bench.running.memory import own_memory
from mihash_bench.running.task import Task

# The exit code that multiprocessing reports for a child if the forkserver has ended.
SERVER_GONE = 255

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
    """A run in a child of the forkserver. Raises OSError or EOFError if it cannot be started."""

    def __init__(self, task: Task) -> None:
        context = multiprocessing.get_context("forkserver")
        self._pipe, there = context.Pipe()
        self._process = context.Process(target=enter, args=(task, there))
        try:
            with _hidden_main():
                self._process.start()
        except BaseException:
            self._pipe.close()
            raise
        finally:
            there.close()

    def message(self, seconds: float) -> Message | None:
        """Wait for the next message. A truncated message counts as the end of the run."""
        pipe: Connection = self._pipe
        try:
            return tuple(pipe.recv()) if pipe.poll(seconds) else None
        except OSError as error:
            raise EOFError(str(error)) from None

    def memory(self) -> int:
        """Return the bytes that the process and its descendants use by themselves."""
        return own_memory(self._process.pid or 0)

    def death(self) -> tuple[str, str, str]:
        """Derive status and reason from the exit code."""
        self._process.join()
        code = self._process.exitcode
        if code is not None and code < 0:
            name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
            return "killed", f"its process was ended by {name}", ""
        if code == SERVER_GONE:
            return "killed", "the process from which it was forked has ended", ""
        return "failed", f"its process ended with exit code {code} without a result", ""

    def end(self) -> None:
        """Kill the process group, even if the process itself has already ended."""
        pid = self._process.pid
        # Process group 0 would be that of the sweep itself.
        if pid:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
        self._process.kill()
        self._process.join()
        self._pipe.close()


@contextmanager
def _hidden_main() -> Iterator[None]:
    """Prevent the child from importing the script that started the sweep, which would run that script again."""
    with _HIDING:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main
