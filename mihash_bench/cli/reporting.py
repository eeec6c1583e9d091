"""What the verbs on finished runs do, with everything heavy imported."""

import os
from pathlib import Path

import click
import pandas as pd

from mihash_bench.errors import InputError
from mihash_bench.report.selection import comparable
from mihash_bench.report.statistics import metric_columns
from mihash_bench.report.tables import summary_table, to_csv, to_latex, to_markdown
from mihash_bench.report.write import check_reportable, write_report
from mihash_bench.store.results import Results, load_results


def load(results: Path) -> Results:
    """Read a results folder, saying in one line each which files are left out."""
    loaded = load_results(results)
    for line in loaded.refused:
        click.echo(f"left out: {line}", err=True)
    return loaded


def first_metric(frame: pd.DataFrame) -> tuple[str, ...]:
    """Return the metric that comes first, which is the default of every verb."""
    return tuple(metric_columns(frame)[:1])


def render_table(results: Path, metrics: tuple[str, ...] | None, form: str) -> str:
    """Return the summary as text."""
    loaded = load(results)
    frame = comparable(loaded.frame)
    chosen = metrics or first_metric(frame)
    check_reportable(frame, chosen, results, "--metric")
    render = {"markdown": to_markdown, "latex": to_latex, "csv": to_csv}[form]
    return render(summary_table(frame, chosen, loaded.average_precisions))


def write_figures(results: Path, output: Path, xs: tuple[str, ...], ys: tuple[str, ...] | None) -> list[Path]:
    """Write curves and tables of a results folder, and return their paths."""
    loaded = load(results)
    frame = comparable(loaded.frame)
    return write_report(frame, output, xs, ys or first_metric(frame), results, loaded.average_precisions)


def write_export(results: Path, output: Path) -> int:
    """Write the tidy CSV, whole or not at all, and return its number of rows."""
    frame = load(results).frame
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
    runs = load(results).frame.drop_duplicates("key")
    counts = runs["status"].value_counts()
    click.echo(", ".join(f"{count} {status}" for status, count in counts.items()) or f"no runs in {results}")
    for run in runs[runs["status"] != "done"].to_dict("records"):
        method = run["method"] + (f"[{run['variant']}]" if run["variant"] else "")
        where = f"{run['dataset']} {method} {run['bits']} bits, trigger {run['trigger']}, trial {run['trial']}"
        click.echo(f"{run['status']}: {where}: {run['reason']}")
