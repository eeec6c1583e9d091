"""The possible outcomes of runs, and the rule that decides which runs are due."""

import os
from dataclasses import dataclass
from typing import Literal

from mihash_bench.errors import InputError, UnreadableError
from mihash_bench.running.task import Task
from mihash_bench.store.run_file import read_run

FINISHED = frozenset({"done", "skipped"})
FAILED = frozenset({"failed", "killed", "timeout"})
# The run of an interrupted sweep. It has no file.
INTERRUPTED = "interrupted"
# A run whose file may be intact but cannot be read. It is not performed, so that the file is not replaced.
UNREADABLE = "unreadable"
# A finished run without some of the metrics that are asked for.
LACKING = "lacking"

Rerun = Literal["missing", "failed", "all"]
RERUNS: tuple[Rerun, ...] = ("missing", "failed", "all")


@dataclass(frozen=True)
class Outcome:
    """The outcome of a run.

    status: done, failed, timeout, killed or skipped, as in its file; interrupted, for which there is no file; or
    unreadable, if there is a file that cannot be read.
    """

    task: Task
    status: str
    reason: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Recorded:
    """What a run's file says.

    status: the status of the run, ``lacking`` if it is done but lacks metrics, ``unreadable`` if the file cannot be
    read, or None if there is no file, if it cannot be used, or if it says that the run was skipped, which it would not
    be now. complaint: why a file that is there cannot be read or used,
    or what it lacks, or "".
    """

    status: str | None
    complaint: str = ""


def recorded(task: Task) -> Recorded:
    """Read and check the run's file."""
    if not os.path.lexists(task.path):
        return Recorded(None)
    try:
        record = read_run(task.path)
    except UnreadableError as error:
        return Recorded(UNREADABLE, str(error))
    except InputError as error:
        return Recorded(None, str(error))
    if fault := task.fault(record):
        return Recorded(None, f"{task.path}: {fault}")
    status = str(record.attributes["status"])
    if status == "done" and (lacks := task.lacks(record)):
        return Recorded(LACKING, lacks)
    if status == "skipped" and not task.skip:
        # What it lacked, such as a package, is there now.
        return Recorded(None)
    return Recorded(status)


def recorded_status(task: Task) -> str | None:
    """Return the status in the run's file; see ``Recorded``."""
    return recorded(task).status


def is_due(status: str | None, rerun: Rerun) -> bool:
    """Return whether a run must be performed, given the status in its file.

    rerun: ``missing`` selects all runs that are neither done nor skipped, ``failed`` only failed, killed and timed-out
    ones, ``all`` every run.
    """
    if rerun == "all":
        return True
    return status in FAILED if rerun == "failed" else status not in FINISHED
