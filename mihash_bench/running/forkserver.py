"""The process from which runs are forked. It imports their modules once, with one thread per library."""

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import forkserver
from multiprocessing.connection import Connection

from mihash_bench.running.task import Task
from mihash_bench.running.temporary import choose_temporary_folder

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
CHILD = "mihash_bench.running.child"


def enter(task: Task, pipe: Connection) -> None:
    """Perform one run in this process. Sending this function to a process does not import the modules of runs."""
    from mihash_bench.running.child import run_guarded

    run_guarded(task, pipe)


def start_server(preload: Sequence[str]) -> None:
    """Start the process from which runs are forked, unless it is running already.

    preload: names of the modules that it imports for all runs. The imports do not block the calling process.
    """
    choose_temporary_folder()
    with _one_thread_each():
        multiprocessing.get_context("forkserver").set_forkserver_preload([CHILD, *preload])
        forkserver.ensure_running()


@contextmanager
def _one_thread_each() -> Iterator[None]:
    before = {name: os.environ.get(name) for name in THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))
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
