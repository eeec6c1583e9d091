"""Performing a complete sweep: selecting the runs that are due, running them, and summarising the results."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
from rich.console import Console

from mihash_bench.errors import InputError
from mihash_bench.experiment.keeping import USUAL_BYTES
from mihash_bench.report.data.selection import comparable, diverged_runs
from mihash_bench.report.render import print_summary
from mihash_bench.running.executor import Executor
from mihash_bench.running.local import LocalExecutor
from mihash_bench.running.progress import print_line, progress_for
from mihash_bench.running.statuses import (
    FINISHED,
    INTERRUPTED,
    LACKING,
    UNREADABLE,
    Outcome,
    is_due,
    recorded,
    recorded_status,
)
from mihash_bench.running.supervisor import Limits
from mihash_bench.settings.base import modules_of_runs, setting_of
from mihash_bench.store.layout import check_writable
from mihash_bench.store.plan import add_to_plan, plan_path, planned_run
from mihash_bench.studies.estimating import estimate_lines, time_left
from mihash_bench.studies.execution import Execution, parallel_jobs
from mihash_bench.sweeps.results import load_results
from mihash_bench.sweeps.shard import Shard, cost_of
from mihash_bench.sweeps.sweep import Sweep, tasks_of
from mihash_bench.sweeps.task import RunTask, run_label

# Larger sweeps may be a mistake and must be confirmed.
MOST_RUNS = 1_000
# The exit code after Ctrl-C.
INTERRUPT_CODE = 130


def run_sweeps(
    sweeps: Sequence[Sweep], how: Execution, console: Console, confirm: Callable[[str], None] | None = None
) -> int:
    """Perform the runs that are due, show progress and a summary, and return the exit code of ``mihash-bench run``.

    confirm: called with a question before a very large sweep; it raises an exception to stop. None if there is no user
    to ask.
    """
    check_sweeps(sweeps, how, confirm)
    every = tasks_of(sweeps, how.folders)
    tasks = own_tasks(console, every, how)
    if how.dry_run:
        chosen = announce(console, sweeps, tasks, how)
        return list_tasks(console, tasks, chosen, estimate_lines(chosen, how))
    remember(console, every, how.results)
    outcomes = run_tasks(console, announce(console, sweeps, tasks, how), how)
    some_done = _summarise(console, tasks, how.results, sweeps[0].options.metric[0])
    code = conclude(console, outcomes, how.results)
    if code == 0 and some_done:
        say(console, f"Next: `mihash-bench plot {how.results}` for curves and tables.")
    return code


def do_sweeps(sweeps: Sequence[Sweep], every: Sequence[RunTask], how: Execution, console: Console) -> Sequence[RunTask]:
    """Perform the runs that are due and show progress. Return the runs of the shard, or all without one.

    every: the runs of the whole sweep. Raises KeyboardInterrupt if the sweep is interrupted.
    """
    check_sweeps(sweeps, how)
    remember(console, every, how.results)
    tasks = own_tasks(console, every, how)
    outcomes = run_tasks(console, announce(console, sweeps, tasks, how), how)
    if conclude(console, outcomes, how.results) == INTERRUPT_CODE:
        raise KeyboardInterrupt
    return tasks


def own_tasks(console: Console, every: Sequence[RunTask], how: Execution) -> list[RunTask]:
    """Return the runs of the shard, and say which part of the sweep they are; all of them without a shard."""
    tasks = how.part_of(every)
    if how.shard is not None:
        whole = sum(map(cost_of, every))
        share = 100 * sum(map(cost_of, tasks)) / max(whole, 1)
        part = f"{len(tasks)} of {len(every)} runs, {share:.1f} % of the cost of the sweep"
        say(console, f"Shard {Shard.parse(how.shard)}: {part}.")
    return tasks


def check_sweeps(sweeps: Sequence[Sweep], how: Execution, confirm: Callable[[str], None] | None = None) -> None:
    """Raise InputError if the sweeps cannot be performed. Nothing has been created before."""
    runs = sum(sweep.size for sweep in sweeps)
    if runs > MOST_RUNS and not how.yes:
        if confirm is None:
            raise InputError(f"--yes: the sweep has {runs:,} runs (allowed without it: up to {MOST_RUNS:,})")
        confirm(f"The sweep has {runs:,} runs. Continue?")
    check_writable(how.results)


def remember(console: Console, tasks: Sequence[RunTask], results: Path) -> None:
    """Add the runs of a whole sweep to the plan of a results folder, so that a shard that never runs is missed.

    A plan that is damaged or cannot be written is named, and no error.
    """
    try:
        complaint = add_to_plan(results, [planned_run(task.attributes()) for task in tasks])
    except OSError as error:
        complaint = f"{plan_path(results)}: cannot be written ({error.strerror}), so `status` will not know these runs"
    if complaint:
        say(console, complaint)


def announce(console: Console, sweeps: Sequence[Sweep], tasks: Sequence[RunTask], how: Execution) -> list[RunTask]:
    """Print the number of runs that are due and return those runs."""
    files = {task.key: recorded(task) for task in tasks}
    chosen = [task for task in tasks if is_due(files[task.key].status, how.rerun)]
    for task in chosen:
        if (file := files[task.key]).status == LACKING:
            say(console, f"{task.label}: {file.complaint}")
        elif task.note:
            say(console, f"{task.label}: {task.note}")
        elif file.complaint:
            say(console, f"{file.complaint}: {'left as it is' if file.status == UNREADABLE else 'the run is repeated'}")
    say(console, _announcement(len(tasks), len(chosen), parallel_jobs(tasks, how), how.results))
    for note in dict.fromkeys(note for sweep in sweeps for note in sweep.setting.notes(sweep.options)):
        say(console, note)
    return chosen


def run_tasks(
    console: Console, tasks: Sequence[RunTask], how: Execution, executor: Executor | None = None
) -> list[Outcome]:
    """Perform the runs and show their progress. executor: None for processes on this machine."""
    keep_bytes = USUAL_BYTES if how.keep == "small" else None
    tasks = [
        replace(task, keep_bytes=keep_bytes, learn_again=how.rerun == "all", made_by={**task.made_by, **how.made_by})
        for task in tasks
    ]
    with progress_for(console, tasks, time_left(tasks, how)) as progress:
        return (executor or executor_for(tasks, how)).run(tasks, how.results, progress)


def executor_for(tasks: Sequence[RunTask], how: Execution) -> Executor:
    """Return the executor of a sweep, which uses processes on this machine."""
    limits = Limits(how.timeout, how.max_memory)
    modules = modules_of_runs({task.config.setting for task in tasks})
    return LocalExecutor(parallel_jobs(tasks, how), limits, how.rerun, modules)


def conclude(console: Console, outcomes: Sequence[Outcome], results: Path) -> int:
    """Print the runs that are not done and return the exit code: 0, 1 or 130."""
    for reason in dict.fromkeys(outcome.reason for outcome in outcomes if outcome.status == "skipped"):
        say(console, f"skipped: {reason}")
    bad = [outcome for outcome in outcomes if outcome.status not in FINISHED | {INTERRUPTED}]
    for outcome in bad:
        say(console, f"{outcome.status}: {outcome.task.label}: {outcome.reason}")
    if any(outcome.status == INTERRUPTED for outcome in outcomes):
        say(console, "Interrupted. Finished runs are kept, and repeating the command continues where it stopped.")
        return INTERRUPT_CODE
    if bad:
        number = "1 run is" if len(bad) == 1 else f"{len(bad)} runs are"
        say(console, f"{number} not done. `mihash-bench status {results}` shows the reasons.")
    return 1 if bad else 0


def list_tasks(
    console: Console, tasks: Sequence[RunTask], chosen: Sequence[RunTask], estimates: Sequence[str] = ()
) -> int:
    """Print the status of each run, or that it is due, then the sizes of their data, and return exit code 0.

    estimates: further lines for the end.
    """
    due = {task.key for task in chosen}
    for task in tasks:
        status = recorded_status(task)
        state = "to do" if task.key in due and status != UNREADABLE else str(status)
        note = f" (will be skipped: {task.skip})" if task.skip and task.key in due else ""
        say(console, f"{state}: {task.label}{note}")
    for line in (*dict.fromkeys(line for task in tasks for line in task.sizes), *estimates):
        say(console, line)
    return 0


def _announcement(total: int, due: int, jobs: int, results: Path) -> str:
    if not total:
        return "There is nothing to compute."
    if not due:
        return f"All runs ({total}) are already in {results}. There is nothing to compute."
    there = f"{total - due} of {total} runs are already in {results}; " if due < total else ""
    return f"{there}{due} to do, {min(jobs, due)} in parallel."


def _summarise(console: Console, tasks: Sequence[RunTask], results: Path, metric: str) -> bool:
    """Print the summary of the finished runs among some; return whether there are any."""
    frame = load_results(results).frame
    made = pd.DataFrame(frame[frame["key"].isin([task.key for task in tasks])])
    own = comparable(made)
    if len(own):
        print_summary(own, metric, console)
        for run in diverged_runs(made):
            say(console, f"diverged: {run_label(run)}: {run['diverged']}")
        for note in fewer_checkpoints(own, tasks):
            say(console, note)
    return len(own) > 0


def fewer_checkpoints(frame: pd.DataFrame, tasks: Sequence[RunTask]) -> list[str]:
    """Return one line for each number of checkpoints that was asked for and that finished runs do not have.

    frame: one row for each run and checkpoint.
    """
    had, least = frame["key"].value_counts(), dict[tuple[str, int], int]()
    for config, key in ((task.config, task.key) for task in tasks if task.key in had):
        group = config.setting, config.checkpoints
        least[group] = min(least.get(group, config.checkpoints), int(had[key]))
    return [
        f"--checkpoints {asked}: some runs have {found}, because checkpoints are at different "
        f"{setting_of(setting).wording.checkpoints}."
        for (setting, asked), found in least.items()
        if found < asked
    ]


def say(console: Console, text: str) -> None:
    """Print one line without markup and wrapping."""
    print_line(console, text)
