"""What ``mihash-bench run`` does, with everything heavy imported."""

import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import joblib
import pandas as pd
from rich.console import Console

from mihash_bench.cli.progress import progress_for
from mihash_bench.datasets.cache import default_cache_dir
from mihash_bench.errors import InputError
from mihash_bench.experiment.batch_sweep import BatchSweep
from mihash_bench.experiment.online_sweep import OnlineSweep
from mihash_bench.experiment.runner import run_all
from mihash_bench.experiment.supervisor import FINISHED, Outcome, recorded_status
from mihash_bench.experiment.sweep import Place, Sweep, build_tasks
from mihash_bench.experiment.task import Task
from mihash_bench.metrics.base import parse_metrics
from mihash_bench.report.screen import print_summary
from mihash_bench.report.selection import comparable
from mihash_bench.store.layout import check_writable
from mihash_bench.store.results import load_results

MOST_RUNS = 1_000
NOT_DONE = ("failed", "killed", "timeout")


@dataclass(frozen=True)
class How:
    """The options of ``run`` that say how to run, not what."""

    results: Path
    data_dir: Path
    cache_dir: Path | None
    jobs: int | None
    rerun: str = "missing"
    timeout: float | None = None
    dry_run: bool = False
    max_memory: int | None = None
    yes: bool = False

    def __post_init__(self) -> None:
        if self.timeout is not None and not math.isfinite(self.timeout):
            raise InputError(f"--timeout: {self.timeout} is not allowed (allowed: a number of seconds above 0)")

    @property
    def place(self) -> Place:
        """Where things are."""
        return Place(self.results, self.data_dir, self.cache_dir or default_cache_dir())


def run_sweeps(options: list[dict[str, Any]], how: How) -> int:
    """Do what is missing, show how it goes and what came out, and return the exit code."""
    console = Console()
    sweeps = checked_sweeps(options, how)
    tasks = tasks_of(sweeps, how.place)
    chosen = announce(console, sweeps, tasks, how)
    if how.dry_run:
        return list_tasks(console, tasks, chosen)
    outcomes = run_tasks(console, chosen, how)
    _summarise(console, tasks, how.results, str(sweeps[0].metrics[0]))
    code = conclude(console, outcomes, how.results)
    if code == 0:
        next_step = f"Next: `mihash-bench plot {how.results}` for curves and tables."
        console.print(next_step, highlight=False, soft_wrap=True)
    return code


def checked_sweeps(options: list[dict[str, Any]], how: How) -> list[Sweep]:
    """Return the sweeps of some options. Raises InputError for what cannot be, before anything is made."""
    sweeps = [sweep_of(each) for each in options]
    _check_size(sum(sweep.size for sweep in sweeps), how.yes)
    if not how.dry_run:
        check_writable(how.results)
    return sweeps


def sweep_of(options: dict[str, Any]) -> Sweep:
    """Return the sweep of some options."""
    what = {**options, "metrics": parse_metrics(options["metrics"])}
    if what["setting"] != "online":
        return BatchSweep(**what)
    return OnlineSweep(**{name: value for name, value in what.items() if name != "setting"})


def _check_size(runs: int, yes: bool) -> None:
    """Ask before a sweep so large that it may be a slip; who cannot be asked has to say --yes."""
    if runs <= MOST_RUNS or yes:
        return
    if not sys.stdin.isatty():
        raise InputError(f"--yes: the sweep has {runs:,} runs (allowed without it: up to {MOST_RUNS:,})")
    click.confirm(f"The sweep has {runs:,} runs. Go on?", abort=True)


def tasks_of(sweeps: list[Sweep], place: Place) -> list[Task]:
    """Return the runs of some sweeps, each once."""
    return list({task.key: task for sweep in sweeps for task in build_tasks(sweep, place)}.values())


def announce(console: Console, sweeps: list[Sweep], tasks: list[Task], how: How) -> list[Task]:
    """Say what there is to do and return the runs that are due."""
    chosen = [task for task in tasks if _is_due(task, how.rerun)]
    jobs = _jobs(tasks, how)
    console.print(_announcement(len(tasks), len(chosen), jobs, how.results), highlight=False, soft_wrap=True)
    for sweep in sweeps:
        if isinstance(sweep, OnlineSweep) and sweep.examples is not None and sweep.examples % sweep.update_interval:
            whole = sweep.examples // sweep.update_interval * sweep.update_interval
            console.print(f"The stream ends at {whole} examples, its last table decision.", highlight=False)
    return chosen


def _jobs(tasks: list[Task], how: How) -> int:
    """Return how many runs go at a time: as asked, but never more threads in all than there are cores."""
    threads = max((task.config.threads for task in tasks), default=1)
    most = max(1, joblib.cpu_count() // threads)
    return min(how.jobs or most, most)


def run_tasks(console: Console, tasks: list[Task], how: How) -> list[Outcome]:
    """Do the runs and show how it goes."""
    again = frozenset(FINISHED) if how.rerun == "all" else frozenset()
    with progress_for(console, tasks) as progress:
        jobs = _jobs(tasks, how)
        return run_all(
            tasks, how.results, progress, jobs=jobs, timeout=how.timeout, again=again, max_memory=how.max_memory
        )


def conclude(console: Console, outcomes: list[Outcome], results: Path) -> int:
    """Say which runs are not done, and return the exit code: 0, 1 or 130."""
    bad = [outcome for outcome in outcomes if outcome.status not in FINISHED and outcome.status != "interrupted"]
    for outcome in bad:
        console.print(
            f"{outcome.status}: {outcome.task.label}: {outcome.reason}", markup=False, highlight=False, soft_wrap=True
        )
    if any(outcome.status == "interrupted" for outcome in outcomes):
        console.print("Interrupted. Finished runs are kept: the same command goes on where it stopped.")
        return 130
    if bad:
        console.print(
            f"{len(bad)} runs are not done; `mihash-bench status {results}` says more.", highlight=False, soft_wrap=True
        )
    return 1 if bad else 0


def list_tasks(console: Console, tasks: list[Task], chosen: list[Task]) -> int:
    """Say of each run whether it is to do or what became of it, and return exit code 0."""
    due = {task.key for task in chosen}
    for task in tasks:
        state = "to do" if task.key in due else str(recorded_status(task))
        note = f" (will be skipped: {task.skip})" if task.skip and task.key in due else ""
        console.print(f"{state}: {task.label}{note}", markup=False, highlight=False, soft_wrap=True)
    return 0


def _is_due(task: Task, rerun: str) -> bool:
    status = recorded_status(task)
    if rerun == "all":
        return True
    return status in NOT_DONE if rerun == "failed" else status not in FINISHED


def _announcement(total: int, due: int, jobs: int, results: Path) -> str:
    have = total - due
    if not due:
        return f"All runs ({total}) are in {results} already: nothing to compute."
    there = f"{have} of {total} runs are in {results} already; " if have else ""
    return f"{there}{due} to do, {min(jobs, due)} at a time."


def _summarise(console: Console, tasks: list[Task], results: Path, metric: str) -> None:
    frame = load_results(results).frame
    mine = comparable(pd.DataFrame(frame[frame["key"].isin([task.key for task in tasks])]))
    if len(mine):
        print_summary(mine, metric, console)
