"""Removing the runs of a results folder that a filter selects, with a preview."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from mihash_bench.errors import InputError, unknown
from mihash_bench.registry import BATCH_METHODS, DATASETS, DEEP_METHODS, METHODS
from mihash_bench.report.data.code_versions import is_current
from mihash_bench.report.data.selection import of_known_settings
from mihash_bench.report.folder import Complain, load
from mihash_bench.report.state import label_of
from mihash_bench.store.removal import is_behind_link, remove_derived, remove_run, size_of
from mihash_bench.sweeps.found import is_in_use

# The classes that may have the names in a column.
_REGISTRIES = {"method": (METHODS, BATCH_METHODS, DEEP_METHODS), "dataset": (DATASETS,)}
_UNITS = ("bytes", "kB", "MB", "GB", "TB")


@dataclass(frozen=True)
class Filter:
    """Which runs are meant: those that have one of the values in each of the named columns.

    code_older: only runs of another code than the present one, or of an older version of their method.
    """

    values: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    code_older: bool = False

    def of(self, runs: pd.DataFrame) -> "pd.Series[bool]":
        """Return which rows are meant.

        Raises InputError for a filter that would leave out nothing, and for a name that neither a run nor a class has.
        """
        if not self.values and not self.code_older:
            raise InputError("remove: no runs are chosen (allowed: at least one of the options that choose runs)")
        chosen = pd.Series(data=True, index=runs.index)
        for name, allowed in self.values.items():
            _check_names(name, allowed, runs[name])
            chosen &= runs[name].isin(list(allowed))
        return chosen & is_older(runs) if self.code_older else chosen


def _check_names(column: str, names: Sequence[Any], present: "pd.Series[Any]") -> None:
    classes = {name for registry in _REGISTRIES.get(column, ()) for name in registry.names()}
    for name in names if classes else ():
        if name not in classes and name not in set(present):
            raise unknown(f"--{column}", str(name), set(map(str, present)) or classes)


def is_older(runs: pd.DataFrame) -> "pd.Series[bool]":
    """Return which runs are of another code than the present one, or of an older version of their method.

    The version counts as older if another run of the folder has a newer one. Of runs whose setting is not installed,
    nothing is known, so they are never older.
    """
    known, _ = of_known_settings(runs)
    newest = runs.groupby(["setting", "method"])["method_version"].transform("max")
    current = is_current(runs[known]).reindex(runs.index, fill_value=True)
    return known & (~current | (runs["method_version"] < newest))


def remove_runs(results: Path, chosen: Filter, complain: Complain, *, yes: bool) -> tuple[list[str], int]:
    """Remove runs with their companions, or only list them, and return lines for the user and the exit code.

    yes: remove. The exit code is 1 if a run that was to be removed is still there: because a sweep is running in the
    folder, because it is reached through a link, or because its file cannot be removed.
    """
    runs = load(results, complain).runs
    meant = runs[chosen.of(runs)].to_dict("records")
    if not meant:
        return [f"no run in {results} is chosen by these options"], 0
    if yes and is_in_use(results):
        return [f"{results}: a sweep is running in it; nothing was removed"], 1
    linked = [run for run in meant if is_behind_link(run["path"], results)]
    own = [run for run in meant if run not in linked]
    lines = [f"left: {label_of(run)}: {run['path']} is reached through a link" for run in linked]
    size = _size(sum(size_of(run["path"]) for run in own))
    if not yes:
        lines += [f"{run['status']}: {label_of(run)}" for run in own]
        return [*lines, f"{_number(own)} in {results} ({size}) would be removed; --yes removes them"], 0
    failures = [line for run in own if (line := _removed(run, results))]
    remove_derived(results)
    left = [*lines, *failures]
    return [*left, f"{_number(own[len(failures) :])} removed from {results}"], 1 if left else 0


def _removed(run: Mapping[Any, Any], results: Path) -> str:
    """Remove a run and return "", or why it is still there."""
    try:
        done = remove_run(run["path"], str(run["key"]), results)
    except OSError as error:
        return f"left: {label_of(run)}: {error.filename or run['path']} cannot be removed ({error.strerror})"
    return "" if done else f"left: {label_of(run)}: a sweep is performing this run"


def _number(runs: Sequence[Any]) -> str:
    return "1 run" if len(runs) == 1 else f"{len(runs)} runs"


def _size(count: float) -> str:
    unit = 0
    while count >= 1000 and unit < len(_UNITS) - 1:
        count, unit = count / 1000, unit + 1
    return f"{count:.3g} {_UNITS[unit]}"
