"""How long runs take, estimated from the finished runs of a results folder."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import fmean, median
from typing import Any

from mihash_bench.datasets.base import Shape
from mihash_bench.errors import InputError
from mihash_bench.settings.base import read_config
from mihash_bench.sweeps.results import SHAPE, load_results
from mihash_bench.sweeps.shard import cost_of
from mihash_bench.sweeps.task import RunTask

# A run and its past runs are compared by these, in the order of their importance.
Likeness = tuple[bool, ...]


@dataclass(frozen=True)
class PastRun:
    """A finished run. names: setting and method. alike: what makes its rate that of similar runs.

    rate: its seconds for each unit of ``Setting.cost``.
    """

    names: tuple[str, str]
    alike: tuple[Any, ...]
    rate: float


@dataclass(frozen=True)
class Estimates:
    """What is known about the time of some runs.

    seconds: the estimated seconds of each run by its key; runs of methods without a past run are missing. past: the
    number of past runs from which that of each method was estimated. costs: the cost of each run by the fixed formula.
    """

    seconds: Mapping[str, float]
    past: Mapping[tuple[str, str], int]
    costs: Mapping[str, int]

    @property
    def work(self) -> dict[str, float]:
        """How much each run counts in the progress of the sweep: its seconds, or its cost in the same proportion."""
        known = [self.seconds[key] / self.costs[key] for key in self.seconds]
        rate = fmean(known) if known else 1.0
        return {key: self.seconds.get(key, rate * cost) for key, cost in self.costs.items()}


def estimates_for(tasks: Sequence[RunTask], results: Path) -> Estimates:
    """Estimate the time of runs from finished runs of the same setting and method in a results folder.

    Of these, the ones count that are most similar: data of the same shape first, then the same code length, trigger and
    variant. A run takes the median of their seconds for each unit of cost, times its own cost (``Setting.cost``).
    """
    costs = {task.key: cost_of(task) for task in tasks}
    past = past_runs(results) if tasks else {}
    seconds: dict[str, float] = {}
    counts: dict[tuple[str, str], int] = {}
    rates: dict[tuple[Any, ...], float] = {}
    for task in tasks:
        names = names_of(task)
        if names not in past:
            continue
        alike = _alike(task.attributes(), task.shape)
        if (*names, *alike) not in rates:
            rates[*names, *alike] = _rate(past[names], alike)
        seconds[task.key] = rates[*names, *alike] * costs[task.key]
        counts[names] = len(past[names])
    return Estimates(seconds, counts, costs)


def names_of(task: RunTask) -> tuple[str, str]:
    """Return setting and method of a run."""
    return task.config.setting, task.config.method


def past_runs(results: Path) -> dict[tuple[str, str], list[PastRun]]:
    """Return the finished runs of a results folder by setting and method; none if there is no such folder."""
    if not (results / "runs").is_dir():
        return {}
    runs = load_results(results).runs
    found: dict[tuple[str, str], list[PastRun]] = defaultdict(list)
    for about in runs[runs["status"] == "done"].to_dict("records"):
        if (run := _past_run(about)) is not None:
            found[run.names].append(run)
    return dict(found)


def _past_run(about: Mapping[Any, Any]) -> PastRun | None:
    """Return a finished run; None if its cost cannot be known, as that of a method that is not installed."""
    try:
        shape = Shape(*(int(about[name]) for name in SHAPE))
        setting, config = read_config(str(about["config"]))
        cost = setting.cost(config, shape)
        took = datetime.fromisoformat(str(about["ended"])) - datetime.fromisoformat(str(about["started"]))
    except (InputError, ValueError, TypeError, LookupError):
        return None
    seconds = took.total_seconds()
    if seconds <= 0 or cost <= 0:
        return None
    return PastRun((config.setting, config.method), _alike(about, shape), seconds / cost)


def _alike(about: Mapping[Any, Any], shape: Shape | None) -> tuple[Any, ...]:
    size = (0, 0) if shape is None else (shape.rows, shape.columns)
    return size, about["bits"], about["trigger"], about["variant"]


def _rate(past: Sequence[PastRun], alike: tuple[Any, ...]) -> float:
    """Return the median rate of the past runs that are most similar."""

    def likeness(run: PastRun) -> Likeness:
        return tuple(one == other for one, other in zip(run.alike, alike, strict=True))

    best = max(map(likeness, past))
    return median(run.rate for run in past if likeness(run) == best)
