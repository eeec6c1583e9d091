"""The state of a results folder: the status of its runs, those that are missing, and faults of files."""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mihash_bench.errors import InputError
from mihash_bench.report.data.code_versions import of_current_code, older_code
from mihash_bench.report.data.selection import diverged_runs, of_known_settings
from mihash_bench.report.folder import Complain, load
from mihash_bench.store.companions import training_path
from mihash_bench.store.layout import check_is_folder, run_path, run_paths
from mihash_bench.store.plan import forget_plan, plan_path, read_plan
from mihash_bench.sweeps.task import run_label
from mihash_bench.sweeps.verify import fault_of

if TYPE_CHECKING:
    from mihash_bench.sweeps.recompute import Recomputation

TRACEBACK_LINES = 3


def status_lines(results: Path, complain: Complain, *, every_code: bool = False) -> list[str]:
    """Return the number of runs of each status, then each run that is not done, with the end of its traceback.

    Runs that are done but have diverged follow. Runs that were planned and have no usable file are missing; those whose
    training was saved say so.
    every_code: count finished runs of older code of plug-ins, which otherwise have a line of their own.
    """
    loaded = load(results, complain)
    known, _ = of_known_settings(loaded.runs)
    older = [] if every_code else older_code(loaded.runs[known])
    runs = loaded.runs if every_code else loaded.runs[of_current_code(loaded.runs, known)]
    counts = runs["status"].value_counts()
    missing = missing_runs(results, set(loaded.runs["key"]), complain)
    parts = [
        f"{count} {status}" for status, count in [*counts.items(), *([("missing", len(missing))] if missing else [])]
    ]
    lines = [", ".join(parts) or f"no runs in {results}"]
    for run in runs[runs["status"] != "done"].to_dict("records"):
        lines.append(f"{run['status']}: {label_of(run)}: {run['reason']}")
        trace = str(run["traceback"]).splitlines()
        lines += [f"    {line}" for line in trace[-TRACEBACK_LINES:]]
    lines += [f"diverged: {label_of(run)}: {run['diverged']}" for run in diverged_runs(runs)]
    absent = (f"missing: {label_of(run)}{_state_of(results, run)}" for run in missing)
    return [*lines, *absent, *(f"not counted: {line}" for line in older)]


def _state_of(results: Path, run: Mapping[str, Any]) -> str:
    """Return that the training of a missing run was saved, with which the next sweep goes on, or ""."""
    names = {name: run[name] for name in ("setting", "dataset", "method", "bits", "trigger", "trial", "key")}
    return " (goes on from a saved state)" if training_path(run_path(results, **names)).is_file() else ""


def missing_runs(results: Path, keys: Collection[str], complain: Complain) -> list[dict[str, Any]]:
    """Return the runs of the plan that have no usable file. keys: those of the runs that have one."""
    try:
        planned = read_plan(results)
    except InputError as error:
        complain(f"ignored: {error}")
        return []
    return [asdict(run) for run in planned if run.key not in keys]


def forget_line(results: Path) -> str:
    """Remove the plan of a results folder and return one line that says so. Raises InputError if that fails."""
    check_is_folder(results)
    try:
        gone = forget_plan(results)
    except OSError as error:
        raise InputError(f"--forget: {plan_path(results)} cannot be removed ({error.strerror})") from None
    return f"{results}: its plan is forgotten" if gone else f"{results}: it has no plan"


def label_of(run: Mapping[Any, Any]) -> str:
    """Return a short description of a run, also if its setting belongs to a package that is not installed."""
    try:
        return run_label(run)
    except InputError:  # the setting belongs to a package that is not installed
        return f"{run['dataset']} {run['method']} {run['bits']} bits, {run['setting']}, trial {run['trial']}"


def fault_lines(results: Path, recomputation: "Recomputation | None" = None) -> tuple[list[str], int]:
    """Return one line for each fault and one with the counts, and the exit code: 1 if there is any fault.

    A fault is that of a run file, or a folder that cannot be read. recomputation: with it, the codes and AP values of
    finished runs are computed again from their snapshots. A dataset that cannot be loaded for that is one line, and the
    exit code is then 1 as well.
    """
    # Imported late so that other reports load no compiled code.
    from mihash_bench.sweeps.recompute import fault_of_snapshot

    paths, complaints = run_paths(results)
    further = None if recomputation is None else partial(fault_of_snapshot, recomputation=recomputation)
    faults = [fault for path in paths if (fault := fault_of(path, results, further))]
    missing = {} if recomputation is None else recomputation.without_data
    lines = [*complaints, *faults, *(f"{name}: not recomputed: {reason}" for name, reason in missing)]
    how = "intact" if recomputation is None else "intact, and their snapshots give the values of those that are done"
    mixed = {} if recomputation is None else recomputation.mixed
    notes = [f"policy {name}: the codes of a table cannot be recomputed from one snapshot" for name in mixed]
    left = sum(missing.values()) + sum(mixed.values())
    counts = f"{len(paths) - len(faults) - left} of {len(paths)} run files in {results} are {how}"
    more = f"; {left} more {'is' if left == 1 else 'are'} intact but not recomputed" if left else ""
    return [*lines, *notes, counts + more], 1 if lines else 0
