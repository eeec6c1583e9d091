"""Where a run's process begins: a name that can be sent to it without loading what it needs here as well."""

import multiprocessing
import os
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import forkserver
from multiprocessing.connection import Connection

from mihash_bench.experiment.task import Task
from mihash_bench.registry import BATCH_METHODS, METHODS

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def enter(task: Task, pipe: Connection) -> None:
    """Do one run in this process."""
    from mihash_bench.experiment.child import run_in_child

    run_in_child(task, pipe)


def start_server() -> None:
    """Start the process that runs are forked from, if it is not there yet, with one thread for each library.

    It imports the methods and whatever else a run needs, compiled code included, while this process continues.
    """
    preloaded = ["mihash_bench.experiment.child", *METHODS.modules(), *BATCH_METHODS.modules()]
    with _one_thread_each():
        multiprocessing.get_context("forkserver").set_forkserver_preload(preloaded)
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
