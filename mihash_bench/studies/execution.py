"""How a sweep is performed: folders, limits, and which of its runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import joblib

from mihash_bench.datasets.base import default_cache_dir
from mihash_bench.errors import InputError, shown, unknown
from mihash_bench.experiment.options import flag
from mihash_bench.parameters import Integer, Real, Size
from mihash_bench.running.statuses import RERUNS, Rerun
from mihash_bench.running.task import Task
from mihash_bench.sweeps.shard import Shard
from mihash_bench.sweeps.sweep import Folders
from mihash_bench.sweeps.task import RunTask

Keep = Literal["small", "snapshots"]
KEEPS: tuple[Keep, ...] = ("small", "snapshots")


@dataclass(frozen=True, kw_only=True)
class Execution:
    """How a sweep is performed. None of these values changes a result.

    shard: the part of the sweep that is performed, as ``sweeps.shard.Shard.parse`` reads it; None for all of it.
    results, data_dir, cache_dir: folders; cache_dir None for the user's cache folder. jobs: maximum number of parallel
    runs, None for the number of cores. rerun: which runs are due (``running.statuses.is_due``). timeout: limit of each
    run in seconds. max_memory: limit of each run in bytes. dry_run: only list the runs. yes: do not ask for
    confirmation of large sweeps. keep: which hash functions of checkpoints are kept for later metrics: ``small`` for
    those of runs in which they take up to 1 MB, ``snapshots`` for all. made_by: what asked for the runs, for their
    files; see ``sweeps.made_by``. Raises InputError if one of the values is not allowed.
    """

    results: Path = Path("results")
    data_dir: Path = Path("datasets")
    cache_dir: Path | None = None
    jobs: int | None = None
    rerun: Rerun = "missing"
    timeout: float | None = None
    max_memory: int | None = None
    dry_run: bool = False
    yes: bool = False
    keep: Keep = "small"
    shard: str | None = None
    made_by: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._part()
        if self.timeout is not None and not Real(0, above=True).allows(self.timeout):
            raise InputError(f"--timeout: {shown(self.timeout)} is not allowed (allowed: a positive number of seconds)")
        if self.rerun not in RERUNS:
            raise unknown("--rerun", str(self.rerun), RERUNS)
        if self.keep not in KEEPS:
            raise unknown("--keep", str(self.keep), KEEPS)
        for name, kind in (("jobs", Integer(1)), ("max_memory", Size())):
            value = getattr(self, name)
            if value is not None and not kind.allows(value):
                raise InputError(f"{flag(name)}: {shown(value)} is not allowed (allowed: {kind})")

    def _part(self) -> Shard | None:
        return None if self.shard is None else Shard.parse(self.shard)

    def part_of(self, tasks: Sequence[RunTask]) -> list[RunTask]:
        """Return the runs of the shard; all of them without one."""
        part = self._part()
        return list(tasks) if part is None else part.tasks(tasks)

    @property
    def folders(self) -> Folders:
        """The folders, with the default cache filled in."""
        return Folders(self.results, self.data_dir, self.cache_dir or default_cache_dir())


def parallel_jobs(tasks: Sequence[Task], how: Execution) -> int:
    """Return the number of parallel runs, limited so that all runs together use at most one thread per core."""
    threads = max((task.threads for task in tasks), default=1)
    most: int = max(1, joblib.cpu_count() // threads)
    return min(how.jobs or most, most)
