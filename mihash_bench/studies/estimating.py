"""What is said about the time that runs will take."""

from collections.abc import Sequence

from mihash_bench.running.time_left import TimeLeft
from mihash_bench.studies.execution import Execution, parallel_jobs
from mihash_bench.sweeps.past import Estimates, estimates_for, names_of
from mihash_bench.sweeps.task import RunTask
from mihash_bench.text import duration


def time_left(tasks: Sequence[RunTask], how: Execution) -> TimeLeft:
    """Return the estimate of the time left, which knows how long past runs of all methods took, if there are any."""
    estimates = estimates_for(tasks, how.results)
    known = len(estimates.seconds) == len(tasks)
    seconds = sum(estimates.seconds.values()) / parallel_jobs(tasks, how) if tasks and known else None
    return TimeLeft(estimates.work, seconds)


def estimate_lines(chosen: Sequence[RunTask], how: Execution) -> list[str]:
    """Return the estimated processor time of the runs that are due, by method and in all, one line each."""
    due = [task for task in chosen if not task.skip]
    if not due:
        return []
    estimates = estimates_for(due, how.results)
    by_method: dict[tuple[str, str], list[RunTask]] = {}
    for task in due:
        by_method.setdefault(names_of(task), []).append(task)
    lines = [f"Estimated processor time, from past runs in {how.results}:"]
    for names, tasks in by_method.items():
        past = estimates.past.get(names, 0)
        took = duration(_processor_seconds(tasks, estimates)) if past else "no past run, so nothing is known"
        of = f" (of {past} past {'run' if past == 1 else 'runs'})" if past else ""
        lines.append(f"  {' '.join(names)}: {_number(len(tasks))}, {took}{of}")
    return [*lines, _estimated_total(due, estimates, how)]


def _processor_seconds(tasks: Sequence[RunTask], estimates: Estimates) -> float:
    return sum(estimates.seconds.get(task.key, 0.0) * task.threads for task in tasks)


def _estimated_total(due: Sequence[RunTask], estimates: Estimates, how: Execution) -> str:
    known = [task for task in due if task.key in estimates.seconds]
    if not known:
        return f"In all: no estimate for {_number(len(due))}."
    jobs = min(parallel_jobs(due, how), len(due))
    wall = duration(sum(estimates.seconds.values()) / jobs)
    unknown = len(due) - len(known)
    without = f", without the {_number(unknown)} of which nothing is known" if unknown else ""
    spent = duration(_processor_seconds(known, estimates))
    return f"In all: {spent}, about {wall} with {jobs} in parallel{without}."


def _number(runs: int) -> str:
    return "1 run" if runs == 1 else f"{runs} runs"
