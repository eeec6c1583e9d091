"""All curves and tables of some runs, written into one folder."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from mihash_bench.errors import InputError, unknown
from mihash_bench.report.curves import plot_curves, plot_objectives
from mihash_bench.report.selection import ONLINE
from mihash_bench.report.significance import AveragePrecisions
from mihash_bench.report.statistics import metric_columns
from mihash_bench.report.tables import summary_table, to_csv, to_latex, to_markdown
from mihash_bench.report.titles import file_safe
from mihash_bench.report.together import write_together

ONLINE_AXES = ("examples", "train_s", "bit_recomputations")
BATCH_AXES = ("epoch", "train_s")


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
    xs: Sequence[str] | None,
    ys: Sequence[str],
    results: Path,
    average_precisions: AveragePrecisions | None = None,
) -> list[Path]:
    """Write ``curve-<metric>-<x>`` (PDF, PNG) and ``table-<metric>`` (tex, md, csv) and return their paths.

    Files of a batch setting have its name after the first word, as ``curve-batch-1-mAP-epoch``, and there is one more
    figure, ``objective-epoch``. xs: None for all that a setting has. None of the files is there before all are made.
    Raises InputError when there is nothing to draw, or when the folder cannot be written, naming ``-o``.
    """
    check_reportable(frame, ys, results, "--y")
    settings = list(dict.fromkeys(frame["setting"]))
    axes = {setting: _axes(setting, xs) for setting in settings}
    for x in xs or ():
        if not any(x in axes_of(setting) for setting in settings):
            raise unknown("--x", x, [x for setting in settings for x in axes_of(setting)])
    chosen = list(dict.fromkeys(ys))
    return write_together(folder, lambda workshop: _render(frame, workshop, axes, chosen, average_precisions))


def axes_of(setting: str) -> tuple[str, ...]:
    """Return what curves of a setting may run over."""
    return ONLINE_AXES if setting == ONLINE else BATCH_AXES


def _axes(setting: str, xs: Sequence[str] | None) -> list[str]:
    return [x for x in dict.fromkeys(axes_of(setting) if xs is None else xs) if x in axes_of(setting)]


def _render(
    frame: pd.DataFrame,
    folder: Path,
    axes: Mapping[str, Sequence[str]],
    ys: Sequence[str],
    average_precisions: AveragePrecisions | None,
) -> list[Path]:
    paths = []
    for setting, xs in axes.items():
        rows, name = frame[frame["setting"] == setting], "" if setting == ONLINE else f"{setting}-"
        for y in (y for y in ys if rows[y].notna().any()):
            for x in xs:
                paths += plot_curves(rows, x, y, folder / f"curve-{name}{file_safe(y)}-{x}")
            table = summary_table(rows, [y], average_precisions)
            paths += _tables(table, folder / f"table-{name}{file_safe(y)}")
        if "epoch" in xs and rows["objective"].notna().any():
            paths += plot_objectives(rows, folder / f"curve-{name}objective-epoch")
    return paths


def _tables(table: pd.DataFrame, stem: Path) -> list[Path]:
    texts = {".tex": to_latex(table), ".md": to_markdown(table) + "\n", ".csv": to_csv(table)}
    paths = [stem.with_name(stem.name + ending) for ending in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        path.write_text(text, encoding="utf-8", newline="\n")
    return paths
