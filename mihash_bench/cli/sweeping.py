"""What ``mihash-bench run`` does, with everything heavy imported."""

import math
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
from rich.console import Console

from mihash_bench.cli.progress import progress_for
from mihash_bench.datasets.cache import default_cache_dir
from mihash_bench.errors import InputError
from mihash_bench.experiment.runner import run_all
from mihash_bench.experiment.supervisor import FINISHED, Outcome, recorded_status
from mihash_bench.experiment.sweep import Place, Sweep, build_tasks
from mihash_bench.experiment.task import Task
from mihash_bench.metrics.spec import parse_metrics
from mihash_bench.report.screen import print_summary
from mihash_bench.report.selection import comparable
from mihash_bench.store.layout import check_writable
from mihash_bench.store.results import load_results

NOT_DONE = ("failed", "killed", "timeout")


def run_sweeps(
    sweeps: list[dict[str, Any]],
    *,
    results: Path,
    data_dir: Path,
    cache_dir: Path | None,
    jobs: int | None,
    rerun: str,
    timeout: float | None,
    dry_run: bool,
) -> int:
    """Do what is missing, show how it goes and what came out, and return the exit code."""
    console = Console()
    if timeout is not None and not math.isfinite(timeout):
        raise InputError(f"--timeout: {timeout} is not allowed (allowed: a number of seconds above 0)")
    checked = [Sweep(**{**options, "metrics": parse_metrics(options["metrics"])}) for options in sweeps]
    if not dry_run:
        check_writable(results)
    place = Place(results, data_dir, cache_dir or default_cache_dir())
    tasks = list({task.key: task for sweep in checked for task in build_tasks(sweep, place)}.values())
    chosen = [task for task in tasks if _is_due(task, rerun)]
    jobs = jobs or joblib.cpu_count()
    console.print(_announcement(len(tasks), len(chosen), jobs, results), highlight=False, soft_wrap=True)
    for sweep in checked:
        if sweep.examples is not None and sweep.examples % sweep.update_interval:
            whole = sweep.examples // sweep.update_interval * sweep.update_interval
            console.print(f"The stream ends at {whole} examples, its last table decision.", highlight=False)
    if dry_run:
        return _list_tasks(console, tasks, chosen)
    again = frozenset(FINISHED) if rerun == "all" else frozenset()
    with progress_for(console, chosen) as progress:
        outcomes = run_all(chosen, results, progress, jobs=jobs, timeout=timeout, again=again)
    return _conclude(console, tasks, outcomes, results, str(checked[0].metrics[0]))


def _list_tasks(console: Console, tasks: list[Task], chosen: list[Task]) -> int:
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


def _conclude(console: Console, tasks: list[Task], outcomes: list[Outcome], results: Path, metric: str) -> int:
    interrupted = any(outcome.status == "interrupted" for outcome in outcomes)
    bad = [outcome for outcome in outcomes if outcome.status not in FINISHED and outcome.status != "interrupted"]
    _summarise(console, tasks, results, metric)
    for outcome in bad:
        console.print(
            f"{outcome.status}: {outcome.task.label}: {outcome.reason}", markup=False, highlight=False, soft_wrap=True
        )
    if interrupted:
        console.print("Interrupted. Finished runs are kept: the same command goes on where it stopped.")
        return 130
    if bad:
        console.print(
            f"{len(bad)} runs are not done; `mihash-bench status {results}` says more.", highlight=False, soft_wrap=True
        )
        return 1
    console.print(f"Next: `mihash-bench plot {results}` for curves and tables.", highlight=False, soft_wrap=True)
    return 0


def _summarise(console: Console, tasks: list[Task], results: Path, metric: str) -> None:
    frame = load_results(results).frame
    mine = comparable(pd.DataFrame(frame[frame["key"].isin([task.key for task in tasks])]))
    if len(mine):
        print_summary(mine, metric, console)
