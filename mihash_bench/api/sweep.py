"""Doing the runs of a sweep."""

import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console

from mihash_bench.api.given import PathLike, path_in, warn_of
from mihash_bench.api.reports import rows_in
from mihash_bench.errors import InputError
from mihash_bench.parameters import Size
from mihash_bench.running.statuses import FINISHED
from mihash_bench.studies.execution import Execution
from mihash_bench.studies.sweeping import do_sweeps
from mihash_bench.sweeps.choose import chosen_sweeps
from mihash_bench.sweeps.made_by import python_facts
from mihash_bench.sweeps.sweep import tasks_of

Sets = Mapping[str, Any] | Sequence[str] | str
EXECUTION = ("jobs", "rerun", "timeout", "max_memory", "shard")
# Options of the command line that concern its terminal, and why a function has no use for them.
TERMINAL = {
    "dry_run": "`mihash-bench run --dry-run` lists the runs; load_results returns those that exist",
    "yes": "run never asks, also not before large sweeps",
}


def run(
    *,
    results: PathLike = "results",
    data_dir: PathLike = "datasets",
    cache_dir: PathLike | None = None,
    preset: str | None = None,
    config: PathLike | None = None,
    set: Sets | None = None,
    progress: bool = True,
    **options: Any,
) -> pd.DataFrame:
    """Do the runs of a sweep that are not done yet and return the results of all its runs.

    options: those of ``mihash-bench run`` by name, with underscores for dashes, such as ``method="mihash"``,
    ``bits=[16, 32]``, ``update_interval=50``, ``setting="batch-1"``; and ``jobs``, ``rerun``, ``timeout`` (seconds),
    ``max_memory`` (bytes, or a text such as "2G") and ``shard`` (such as "2/8"). Lists are swept. ``--dry-run`` and
    ``--yes`` exist on the command line only; a call never asks. set: parameters of methods and datasets, as a mapping
    such as ``{"mihash.step_size": [0.5, 1]}`` or as texts of ``--set``. progress: show progress on a terminal or in a
    notebook.

    Returns the rows of ``load_results`` for the runs of this sweep, or of its shard. A run that failed has one row with
    its ``status`` and ``reason``, and a warning says how many did. Raises InputError for bad input and
    KeyboardInterrupt on Ctrl-C; finished runs are kept.
    """
    how = _execution(results, data_dir, cache_dir, options)
    file = None if config is None else path_in("config", config)
    sweeps = chosen_sweeps({**options, "set": _set_texts(set)}, preset, file, how.data_dir)
    tasks = do_sweeps(sweeps, tasks_of(sweeps, how.folders), how, Console(quiet=not progress))
    frame, refused = rows_in(how.results)
    warn_of(refused)
    own = frame[frame["key"].isin([task.key for task in tasks])].reset_index(drop=True)
    finished = own[own["status"].isin(FINISHED)]["key"].nunique()
    if finished < len(tasks):
        said = f"{len(tasks) - finished} of {len(tasks)} runs are not done: see the columns status and reason"
        warnings.warn(said, stacklevel=2)
    return own


def _execution(results: PathLike, data_dir: PathLike, cache_dir: PathLike | None, options: dict[str, Any]) -> Execution:
    """Take the options that say how to run out of ``options``."""
    for name in TERMINAL.keys() & options.keys():
        raise InputError(f"{name}: is an option of the command line only ({TERMINAL[name]})")
    how = {name: options.pop(name) for name in EXECUTION if options.get(name) is not None}
    how |= {name: int(value) for name, value in how.items() if isinstance(value, np.integer)}
    if isinstance(size := how.get("max_memory"), str):
        with suppress(ValueError):  # other texts are refused with their value
            how["max_memory"] = Size().parse(size)
    how |= {"results": path_in("results", results), "data_dir": path_in("data_dir", data_dir)}
    made_by = python_facts("mihash_bench.run")
    return Execution(
        cache_dir=None if cache_dir is None else path_in("cache_dir", cache_dir), yes=True, made_by=made_by, **how
    )


def _set_texts(given: Sets | None) -> list[str] | None:
    if given is None:
        return None
    if isinstance(given, Mapping):
        return [f"{name}={','.join(map(_set_value, _listed(value)))}" for name, value in given.items()]
    return [given] if isinstance(given, str) else [str(text) for text in given]


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _set_value(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return "none" if value is None else str(value)
