"""The work of a run's own process: perform the run and write its file."""

import multiprocessing
import os
import signal
import threading
import traceback
from dataclasses import replace
from multiprocessing.connection import Connection

from threadpoolctl import threadpool_limits

from mihash_bench.errors import InputError
from mihash_bench.running.task import Task
from mihash_bench.store import provenance
from mihash_bench.store.run_file import write_run


def run_in_child(task: Task, pipe: Connection) -> None:
    """Perform one run and report to the pipe: checkpoints, then ``done``, or ``failed`` with reason and traceback."""
    os.setpgid(0, 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        do_run(task, pipe)
    except InputError as error:
        pipe.send(("failed", str(error), ""))
    except Exception as error:  # noqa: BLE001 - any error of a method becomes part of its run's record
        pipe.send(("failed", f"{type(error).__name__}: {error}", traceback.format_exc()))
    else:
        pipe.send(("done",))


def _end_with_parent() -> None:
    """Ensure that no run outlives its sweep."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        # This kills the whole process group, including all processes that the run has started.
        os.killpg(0, signal.SIGKILL)


def do_run(task: Task, pipe: Connection) -> None:
    """Perform one run with its number of threads and write its file."""
    began = provenance.now()

    def observer(done: int, checkpoints: int, values: dict[str, float]) -> None:
        pipe.send(("checkpoint", done, checkpoints, values))

    with threadpool_limits(task.threads):
        record = task.perform(observer)
        about = provenance.environment()
    end = {"status": "done", "reason": "", "traceback": "", "started": began, "ended": provenance.now()}
    about |= {"peak_memory_bytes": provenance.peak_memory_bytes(), **end}
    write_run(task.path, replace(record, attributes={**record.attributes, **about}))
