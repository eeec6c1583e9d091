"""All curves and tables of some runs, written into one folder."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from mihash_bench.errors import InputError, unknown
from mihash_bench.report.curves import plot_curves
from mihash_bench.report.statistics import metric_columns
from mihash_bench.report.tables import summary_table, to_csv, to_latex, to_markdown


def check_reportable(frame: pd.DataFrame, metrics: Sequence[str], results: Path, option: str) -> None:
    """Raise InputError when no run is finished, or when none has one of the metrics."""
    if frame.empty:
        raise InputError(f"RESULTS: {results} has no finished run (`mihash-bench run -o {results}` makes some)")
    for metric in metrics:
        if metric not in metric_columns(frame):
            raise unknown(option, metric, metric_columns(frame))


def write_report(frame: pd.DataFrame, folder: Path, xs: Sequence[str], ys: Sequence[str], results: Path) -> list[Path]:
    """Write ``curve-<metric>-<x>`` (PDF, PNG) and ``table-<metric>`` (tex, md, csv) and return their paths.

    Each file is complete when it has its name. Raises InputError when there is nothing to draw, or when the folder
    cannot be written, naming ``-o``.
    """
    check_reportable(frame, ys, results, "--y")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        curves = [path for y in ys for x in xs for path in _curve(frame, x, y, folder)]
        return curves + [path for y in ys for path in _tables(frame, y, folder)]
    except OSError as error:
        raise InputError(f"-o: cannot write to {folder} ({error.strerror})") from None


def _file_safe(metric: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", metric).strip("-")


def _curve(frame: pd.DataFrame, x: str, y: str, folder: Path) -> list[Path]:
    stem = f"curve-{_file_safe(y)}-{x}"
    made = plot_curves(frame, x, y, folder / f".{os.getpid()}-{stem}")
    return [path.replace(folder / f"{stem}{path.suffix}") for path in made]


def _tables(frame: pd.DataFrame, metric: str, folder: Path) -> list[Path]:
    table = summary_table(frame, [metric])
    texts = {".tex": to_latex(table), ".md": to_markdown(table) + "\n", ".csv": to_csv(table)}
    paths = []
    for ending, text in texts.items():
        path = folder / f"table-{_file_safe(metric)}{ending}"
        temporary = path.with_name(f".{os.getpid()}-{path.name}")
        temporary.write_text(text)
        paths.append(temporary.replace(path))
    return paths
