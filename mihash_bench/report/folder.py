"""What the verbs on finished runs do, with everything heavy imported."""

import os
from pathlib import Path
from typing import Any, cast

import click
import pandas as pd

from mihash_bench.errors import InputError
from mihash_bench.experiment.task import run_label
from mihash_bench.experiment.verify import fault_of
from mihash_bench.report.published import beside
from mihash_bench.report.selection import comparable
from mihash_bench.report.statistics import metric_columns
from mihash_bench.report.tables import summary_table, to_csv, to_latex, to_markdown
from mihash_bench.report.write import check_reportable, write_report
from mihash_bench.store.layout import run_paths
from mihash_bench.store.results import Results, load_results
from mihash_bench.store.run_file import read_run

TRACEBACK_LINES = 3


def load(results: Path, *, strict: bool = False) -> Results:
    """Read a results folder, saying in one line each which files are left out; strict: raise InputError instead."""
    loaded = load_results(results)
    if strict and loaded.refused:
        raise InputError(f"--strict: {len(loaded.refused)} files cannot be used, the first: {loaded.refused[0]}")
    for line in loaded.refused:
        click.echo(f"left out: {line}", err=True)
    return loaded


def first_metric(frame: pd.DataFrame) -> tuple[str, ...]:
    """Return the metric that comes first, which is the default of every verb."""
    return tuple(metric_columns(frame)[:1])


def render_table(
    results: Path, metrics: tuple[str, ...] | None, form: str, *, strict: bool, published: bool = False
) -> str:
    """Return the summary as text."""
    loaded = load(results, strict=strict)
    frame = comparable(loaded.frame)
    chosen = metrics or first_metric(frame)
    check_reportable(frame, chosen, results, "--metric")
    render = {"markdown": to_markdown, "latex": to_latex, "csv": to_csv}[form]
    table = summary_table(frame, chosen, loaded.average_precisions)
    return render(beside(table) if published else table)


def write_figures(
    results: Path, output: Path, xs: tuple[str, ...] | None, ys: tuple[str, ...] | None, *, strict: bool
) -> list[Path]:
    """Write curves and tables of a results folder, and return their paths."""
    loaded = load(results, strict=strict)
    frame = comparable(loaded.frame)
    return write_report(frame, output, xs, ys or first_metric(frame), results, loaded.average_precisions)


def write_export(results: Path, output: Path, *, strict: bool) -> int:
    """Write the tidy CSV, whole or not at all, and return its number of rows."""
    frame = load(results, strict=strict).frame
    if frame.empty:
        raise InputError(f"RESULTS: {results} has no run (allowed: the folder that `mihash-bench run -o` names)")
    temporary = output.with_name(f".{output.name}.{os.getpid()}.tmp")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        frame.to_csv(temporary, index=False)
        temporary.replace(output)
    except OSError as error:
        raise InputError(f"-o: cannot write {output} ({error.strerror})") from None
    finally:
        temporary.unlink(missing_ok=True)
    return len(frame)


def print_status(results: Path) -> None:
    """Print a count for each status, then each run that is not done."""
    loaded = load(results)
    runs = loaded.frame.drop_duplicates("key")
    counts = runs["status"].value_counts()
    click.echo(", ".join(f"{count} {status}" for status, count in counts.items()) or f"no runs in {results}")
    for run in runs[runs["status"] != "done"].to_dict("records"):
        click.echo(f"{run['status']}: {run_label(cast(dict[str, Any], run))}: {run['reason']}")
        trace = str(read_run(loaded.paths[run["key"]]).attributes["traceback"]).splitlines()
        for line in trace[-TRACEBACK_LINES:]:
            click.echo(f"    {line}")


def print_faults(results: Path) -> int:
    """Print one line for each run file that is not whole, and how many are; return exit code 0 or 1."""
    paths = list(run_paths(results))
    faults = [fault for path in paths if (fault := fault_of(path, results))]
    for fault in faults:
        click.echo(fault)
    click.echo(f"{len(paths) - len(faults)} of {len(paths)} run files in {results} are whole")
    return 1 if faults else 0
