"""What can become of a run, and which runs are due."""

from dataclasses import dataclass
from typing import Literal

from mihash_bench.errors import InputError
from mihash_bench.running.task import Task
from mihash_bench.store.run_file import read_run

FINISHED = frozenset({"done", "skipped"})
FAILED = frozenset({"failed", "killed", "timeout"})
# Left by an interrupted sweep; such a run has no file.
INTERRUPTED = "interrupted"

Rerun = Literal["missing", "failed", "all"]
RERUNS: tuple[Rerun, ...] = ("missing", "failed", "all")


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
    """Return the status in the run's file; None when there is no file, or when it is damaged or another run's."""
    if not task.path.exists():
        return None
    try:
        attributes = read_run(task.path).attributes
    except InputError:
        return None
    return str(attributes["status"]) if attributes.get("key") == task.key else None


def is_due(status: str | None, rerun: Rerun) -> bool:
    """Return whether a run whose file has this status is to be done.

    rerun: ``missing`` for all runs that are neither done nor skipped, ``failed`` for failed, killed and timed-out ones
    only, ``all`` for every run.
    """
    if rerun == "all":
        return True
    return status in FAILED if rerun == "failed" else status not in FINISHED
