"""The possible outcomes of runs, and the rule that decides which runs are due."""

from dataclasses import dataclass
from typing import Literal

from mihash_bench.errors import InputError
from mihash_bench.running.task import Task
from mihash_bench.store.run_file import read_run

FINISHED = frozenset({"done", "skipped"})
FAILED = frozenset({"failed", "killed", "timeout"})
# The run of an interrupted sweep. It has no file.
INTERRUPTED = "interrupted"

Rerun = Literal["missing", "failed", "all"]
RERUNS: tuple[Rerun, ...] = ("missing", "failed", "all")


@dataclass(frozen=True)
class Outcome:
    """The outcome of a run.

    status: done, failed, timeout, killed or skipped, as in its file; or interrupted, for which there is no file.
    """

    task: Task
    status: str
    reason: str = ""
    seconds: float = 0.0


def recorded_status(task: Task) -> str | None:
    """Return the status in the run's file, or None if the file is missing, damaged or belongs to another run."""
    if not task.path.exists():
        return None
    try:
        attributes = read_run(task.path).attributes
    except InputError:
        return None
    return str(attributes["status"]) if attributes.get("key") == task.key else None


def is_due(status: str | None, rerun: Rerun) -> bool:
    """Return whether a run must be performed, given the status in its file.

    rerun: ``missing`` selects all runs that are neither done nor skipped, ``failed`` only failed, killed and timed-out
    ones, ``all`` every run.
    """
    if rerun == "all":
        return True
    return status in FAILED if rerun == "failed" else status not in FINISHED
