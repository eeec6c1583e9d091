"""The process from which runs are forked. It imports their modules once, with one thread per library."""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from mihash_bench.running.task import Task
from mihash_bench.running.temporary import choose_temporary_folder

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
CHILD = "mihash_bench.running.child"
# Servers from which a run was forked, or may have been.
_USED: set[int | None] = set()


def enter(task: Task, pipe: Connection) -> None:
    """Perform one run in this process. Sending this function to a process does not import the modules of runs."""
    from mihash_bench.running.child import run_guarded

    _let_go_of_server()
    run_guarded(task, pipe)


def _let_go_of_server() -> None:
    """Close the end of the server's pipe that every process forked from it has.

    The server ends as soon as it can read from this pipe, so a method that writes to descriptors which are not its own
    would end it. Until it has ended and is replaced, no run can be started.
    """
    server: Any = forkserver._forkserver
    if server._forkserver_alive_fd is not None:
        os.close(server._forkserver_alive_fd)
        server._forkserver_alive_fd = None


def start_server(preload: Sequence[str]) -> bool:
    """Start the process from which runs are forked, unless it is running already. Return whether it was started.

    preload: names of the modules that it imports for all runs. The imports do not block the calling process.
    """
    before = _server_pid()
    choose_temporary_folder()
    threads = dict.fromkeys(THREAD_VARIABLES, "1")
    with _environment({**threads, **_same_modules()}), interrupts_ignored():
        multiprocessing.get_context("forkserver").set_forkserver_preload([CHILD, *preload])
        forkserver.ensure_running()
    return _server_pid() != before


def note_use() -> None:
    """Note that a run is forked from the server, which `end_unused_server` then leaves alone."""
    _USED.add(_server_pid())


def end_unused_server() -> None:
    """End the server at once, in the middle of its imports or after them, if no run was forked from it.

    A server ends by itself when the process that has started it has ended, but not before its imports are done. They
    would take a processor for seconds, and keep the output of the command open, although nothing needs them any more.
    """
    server: Any = forkserver._forkserver
    if server._forkserver_pid is None or server._forkserver_pid in _USED:
        return
    # It may have ended, and its socket may have been removed with the temporary folder.
    with suppress(OSError):
        os.kill(server._forkserver_pid, signal.SIGKILL)
        server._stop()


def _server_pid() -> int | None:
    server: Any = forkserver._forkserver
    pid: int | None = server._forkserver_pid
    return pid


@contextmanager
def interrupts_ignored() -> Iterator[None]:
    """Let the process that is started, and all that are forked from it, ignore Ctrl-C from their first instruction.

    A terminal sends Ctrl-C to all processes of a sweep. Only the sweep itself reacts to it and ends its runs.
    """
    # Python allows this in the main thread only.
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _same_modules() -> dict[str, str]:
    """Let the process that is started import from the same folders as this one.

    Python would look into the working directory first, where a file of the user may have the name of a module.
    """
    return {"PYTHONSAFEPATH": "1", "PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path)}


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        _restore(before)


def _restore(variables: dict[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
