"""All curves and tables of some runs, written into one folder."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from mihash_bench.errors import InputError, unknown
from mihash_bench.report.curves import plot_curves
from mihash_bench.report.figure import AXIS_TITLES
from mihash_bench.report.significance import AveragePrecisions
from mihash_bench.report.statistics import metric_columns
from mihash_bench.report.tables import summary_table, to_csv, to_latex, to_markdown
from mihash_bench.report.titles import file_safe
from mihash_bench.report.together import write_together


def check_reportable(frame: pd.DataFrame, metrics: Sequence[str], results: Path, option: str) -> None:
    """Raise InputError when no run is finished, or when none has one of the metrics."""
    if not frame["status"].eq("done").any():
        raise InputError(f"RESULTS: {results} has no finished run (`mihash-bench run -o {results}` makes some)")
    for metric in metrics:
        if metric not in metric_columns(frame):
            raise unknown(option, metric, metric_columns(frame))


def write_report(
    frame: pd.DataFrame,
    folder: Path,
    xs: Sequence[str],
    ys: Sequence[str],
    results: Path,
    average_precisions: AveragePrecisions | None = None,
) -> list[Path]:
    """Write ``curve-<metric>-<x>`` (PDF, PNG) and ``table-<metric>`` (tex, md, csv) and return their paths.

    None is there before all are made. Raises InputError when there is nothing to draw, or when the folder cannot be
    written, naming ``-o``.
    """
    check_reportable(frame, ys, results, "--y")
    for x in xs:
        if x not in AXIS_TITLES:
            raise unknown("--x", x, AXIS_TITLES)
    chosen_xs, chosen_ys = list(dict.fromkeys(xs)), list(dict.fromkeys(ys))
    return write_together(folder, lambda workshop: _render(frame, workshop, chosen_xs, chosen_ys, average_precisions))


def _render(
    frame: pd.DataFrame,
    folder: Path,
    xs: Sequence[str],
    ys: Sequence[str],
    average_precisions: AveragePrecisions | None,
) -> list[Path]:
    stems = [(x, y, folder / f"curve-{file_safe(y)}-{x}") for y in ys for x in xs]
    curves = [path for x, y, stem in stems for path in plot_curves(frame, x, y, stem)]
    tables = {folder / f"table-{file_safe(y)}": summary_table(frame, [y], average_precisions) for y in ys}
    return curves + [path for stem, table in tables.items() for path in _tables(table, stem)]


def _tables(table: pd.DataFrame, stem: Path) -> list[Path]:
    texts = {".tex": to_latex(table), ".md": to_markdown(table) + "\n", ".csv": to_csv(table)}
    paths = [stem.with_name(stem.name + ending) for ending in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        path.write_text(text, encoding="utf-8", newline="\n")
    return paths
