"""All curves and tables of some runs, written into one folder."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from mihash_bench.errors import InputError, unknown
from mihash_bench.report.data.choice import EVERYTHING, Choice
from mihash_bench.report.data.comparisons import Runs
from mihash_bench.report.data.selection import measured, settings_in
from mihash_bench.report.data.statistics import metric_columns
from mihash_bench.report.data.summary import summary_of
from mihash_bench.report.figures.design import USUAL, Design
from mihash_bench.report.making import Making, write_provenance
from mihash_bench.report.render import FORMATS, render
from mihash_bench.report.titles import file_safe
from mihash_bench.report.together import write_together
from mihash_bench.settings.base import Setting

# The columns of the curves to draw over, by setting.
Axes = Mapping[Setting, Sequence[str]]
TABLE_ENDINGS = tuple(form.ending for form in FORMATS.values())


def check_reportable(frame: pd.DataFrame, metrics: Sequence[str], results: Path, option: str) -> None:
    """Raise InputError if no run is finished, or if none has one of the metrics."""
    if not frame["status"].eq("done").any():
        raise InputError(f"RESULTS: {results} has no finished run (`mihash-bench run -o {results}` makes some)")
    known = metric_columns(frame)
    for metric in metrics:
        if metric not in known:
            raise unknown(option, metric, known)


def write_report(
    frame: pd.DataFrame,
    folder: Path,
    xs: Sequence[str] | None,
    ys: Sequence[str],
    results: Path,
    runs: Runs | None = None,
    making: Making | None = None,
    choice: Choice = EVERYTHING,
    design: Design = USUAL,
) -> list[Path]:
    """Write ``curve-<metric>-<x>`` (PDF, PNG) and ``table-<metric>`` (tex, md, csv) and return their paths.

    For settings other than the default, the name of the setting follows the first word, as in
    ``curve-batch-1-mAP-epoch``. Columns that are only comparable within one method get a figure of their own, such as
    ``curve-batch-1-objective-epoch``. xs: columns to draw over, None for all axes of a setting. making: what
    the files say about how they were made, inside and in ``<stem>.provenance.json``; None for nothing. No file appears
    before all are written. Raises InputError if there is nothing to draw, or if the folder cannot be written.
    """
    check_reportable(frame, ys, results, "--y")
    axes = _axes(settings_in(frame), xs)
    return write_together(
        folder, lambda workshop: _render(frame, workshop, axes, list(dict.fromkeys(ys)), runs, making, choice, design)
    )


def _axes(settings: Sequence[Setting], xs: Sequence[str] | None) -> dict[Setting, list[str]]:
    """Return the columns to draw over that each setting has. Raises InputError for one that none has."""
    if xs is None:
        return {setting: [axis.column for axis in setting.axes if axis.usual] for setting in settings}
    every = {setting: [axis.column for axis in setting.every_axis] for setting in settings}
    known = [column for columns in every.values() for column in columns]
    for x in xs:
        if x not in known:
            raise unknown("--x", x, dict.fromkeys(known))
    return {setting: [x for x in dict.fromkeys(xs) if x in columns] for setting, columns in every.items()}


def _render(
    frame: pd.DataFrame,
    folder: Path,
    axes: Axes,
    ys: Sequence[str],
    runs: Runs | None,
    making: Making | None,
    choice: Choice,
    design: Design,
) -> list[Path]:
    # Imported late because matplotlib complains if it finds no folder for its cache, also to those who draw nothing.
    from mihash_bench.report.figures.curves import plot_curves, plot_own_scale

    paths, curves = [], partial(plot_curves, choice=choice, design=design)
    for setting, xs in axes.items():
        rows, prefix = frame[frame["setting"] == setting.name], setting.file_prefix
        named = choice.named(rows)
        for y in (y for y in ys if rows[y].notna().any()):
            for x in xs:
                stem = folder / f"curve-{prefix}{file_safe(y)}-{x}"
                paths += _made(making, rows, y, stem, design.endings, partial(curves, named, x, y, stem))
            summary, stem = summary_of(rows, [y], runs), folder / f"table-{prefix}{file_safe(y)}"
            summary = choice.named(choice.ordered(summary))
            paths += _made(making, rows, y, stem, TABLE_ENDINGS, partial(_tables, summary, stem))
        for y in _own_scale(rows, setting, xs):
            stem = folder / f"curve-{prefix}{y}-{setting.axes[0].column}"
            paths += _made(
                making, rows, y, stem, design.endings, partial(plot_own_scale, named, y, stem, design=design)
            )
    return paths


def _made(
    making: Making | None,
    rows: pd.DataFrame,
    y: str,
    stem: Path,
    endings: Sequence[str],
    write: Callable[..., list[Path]],
) -> list[Path]:
    """Write files that show ``y``, and beside them what made them, and return their paths."""
    if making is None:
        return write()
    facts = making.facts(measured(rows, y)["key"], [stem.name + ending for ending in endings])
    return [*write(facts), write_provenance(stem, facts)]


def _own_scale(rows: pd.DataFrame, setting: Setting, xs: Sequence[str]) -> Iterator[str]:
    """Yield the columns with a figure of their own, which is drawn over the setting's first axis."""
    if setting.axes[0].column in xs:
        yield from (y for y in setting.own_scale if y in rows and rows[y].notna().any())


def _tables(summary: pd.DataFrame, stem: Path, facts: Mapping[str, Any] | None = None) -> list[Path]:
    paths = []
    for name, form in FORMATS.items():
        path = stem.with_name(stem.name + form.ending)
        path.write_text(render(summary, name, lambda: facts).rstrip("\n") + "\n", encoding="utf-8", newline="\n")
        paths.append(path)
    return paths
