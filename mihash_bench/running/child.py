"""The work of a run's own process: perform the run and write its file."""

import os
import signal
import traceback
from dataclasses import replace
from multiprocessing.connection import Connection

from threadpoolctl import threadpool_limits

from mihash_bench.errors import DivergedError, InputError
from mihash_bench.running.guard import guarded
from mihash_bench.running.task import Task
from mihash_bench.store import provenance
from mihash_bench.store.companions import write_snapshots
from mihash_bench.store.run_file import write_run
from mihash_bench.text import message_of, shortened

# Messages are short enough to fit into the pipe, so that the sweep never waits for the rest of one.
REASON_CHARACTERS, TRACEBACK_CHARACTERS = 2_000, 10_000


def run_guarded(task: Task, pipe: Connection) -> None:
    """Perform one run in a child of this process, unless the sweep has abandoned it; see ``guard``."""
    os.setpgid(0, 0)
    try:
        pipe.recv()
    except (EOFError, OSError):
        os._exit(0)

    def run() -> None:
        run_in_child(task, pipe)

    guarded(run, closing=pipe)


def run_in_child(task: Task, pipe: Connection) -> None:
    """Perform one run and report to the pipe: checkpoints, then ``done``, or ``failed`` with reason and traceback.

    If learning has diverged, the reason follows once more.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        do_run(task, pipe)
    except DivergedError as error:
        reason = message_of(error)[:REASON_CHARACTERS]
        pipe.send(("failed", reason, "", reason))
    except InputError as error:
        pipe.send(("failed", message_of(error)[:REASON_CHARACTERS], ""))
    except BaseException as error:  # noqa: BLE001 - any error of a method becomes part of its run's record
        reason = f"{type(error).__name__}: {message_of(error)}"
        pipe.send(("failed", reason[:REASON_CHARACTERS], shortened(_traceback(), TRACEBACK_CHARACTERS)))
    else:
        pipe.send(("done",))


def _traceback() -> str:
    try:
        return traceback.format_exc()
    except Exception:  # noqa: BLE001 - an exception that cannot be printed must still be reported
        return ""


def do_run(task: Task, pipe: Connection) -> None:
    """Perform one run with its number of threads and write its file."""
    began = provenance.now()
    # A method may change the working directory.
    path = task.path.absolute()

    def observer(done: int, total: int, values: dict[str, float], unit: str = "checkpoint") -> None:
        pipe.send(("checkpoint", done, total, values, unit))

    with threadpool_limits(task.threads):
        if task.measure(observer):
            return
        record = task.perform(observer)
        about = provenance.environment()
    end = {"status": "done", "reason": "", "traceback": "", "started": began, "ended": provenance.now()}
    about |= {"peak_memory_bytes": provenance.peak_memory_bytes(), **end}
    # Before the run file, so that a finished run has its companion.
    if record.kept is not None:
        write_snapshots(path, task.key, record.kept)
    write_run(path, replace(record, attributes={**record.attributes, **about}))
