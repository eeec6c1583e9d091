"""All curves and tables of some runs, written into one folder."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from mihash_bench.errors import InputError, unknown
from mihash_bench.report.data.choice import EVERYTHING, Choice
from mihash_bench.report.data.comparisons import Runs
from mihash_bench.report.data.reference import Reference
from mihash_bench.report.data.selection import measured
from mihash_bench.report.data.statistics import final, metric_columns
from mihash_bench.report.data.summary import summary_of
from mihash_bench.report.figures.design import USUAL, Design
from mihash_bench.report.figures.plan import Planned, planned_figures
from mihash_bench.report.making import Making, write_provenance
from mihash_bench.report.render import FORMATS, render
from mihash_bench.report.titles import file_safe
from mihash_bench.report.together import write_together
from mihash_bench.settings.base import Setting

SCRIPT_ENDINGS = (".py", ".csv")
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
    reference: Reference | None = None,
) -> list[Path]:
    """Write ``curve-<metric>-<x>`` (PDF, PNG) and ``table-<metric>`` (tex, md, csv) and return their paths.

    For settings other than the default, the name of the setting follows the first word, as in
    ``curve-batch-1-mAP-epoch``. Columns that are only comparable within one method get a figure of their own, such as
    ``curve-batch-1-objective-epoch``, and quantities that are no metric have no table. xs: columns to draw over, None
    for the usual axes of a setting. ys: metrics, costs, and further columns of a setting. making: what the files say
    about how they were made, inside and in ``<stem>.provenance.json``; None for nothing. reference: a line in each
    panel, and a note of each table; None for none. No file appears before all are written. Raises InputError if there
    is nothing to draw, or if the folder cannot be written.
    """
    check_reportable(frame, (), results, "--y")
    plans = planned_figures(frame, xs, ys)
    return write_together(folder, lambda at: _render(frame, at, plans, runs, making, choice, design, reference))


def _render(
    frame: pd.DataFrame,
    folder: Path,
    plans: Sequence[Planned],
    runs: Runs | None,
    making: Making | None,
    choice: Choice,
    design: Design,
    reference: Reference | None,
) -> list[Path]:
    # Imported late because matplotlib complains if it finds no folder for its cache, also to those who draw nothing.
    from mihash_bench.report.figures.curves import axis_of, content_of
    from mihash_bench.report.figures.figure import draw_figure

    paths: list[Path] = []
    for plan in plans:
        rows, y, stem = plan.rows_of(frame), plan.y.column, folder / plan.name
        axis = axis_of(plan.setting, plan.x)
        shown = reference.beside(rows, y, axis) if reference and plan.y.is_metric else rows
        grid, note = content_of(plan, choice.named(shown), choice)
        draw = partial(draw_figure, grid, stem, note, design=design)
        paths += _made(making, rows, y, stem, design.endings, draw)
    for setting, y in dict.fromkeys((plan.setting, plan.y.column) for plan in plans if plan.y.is_metric):
        rows, stem = _rows_of(frame, setting), folder / f"table-{setting.file_prefix}{file_safe(y)}"
        summary = summary_of(rows, [y], runs)
        if reference:
            summary = reference.of_groups(summary, final(rows, y))
        summary = choice.named(choice.ordered(summary))
        paths += _made(making, rows, y, stem, TABLE_ENDINGS, partial(_tables, summary, stem))
    return paths


def write_script(
    frame: pd.DataFrame,
    path: Path,
    xs: Sequence[str] | None,
    ys: Sequence[str],
    making: Making | None = None,
    choice: Choice = EVERYTHING,
    design: Design = USUAL,
) -> list[Path]:
    """Write a script that draws the only figure of ``ys`` over ``xs``, and its CSV beside it, and return their paths.

    Raises InputError, naming ``--script``, if there are several figures, or if the files cannot be written.
    """
    plans = [plan for plan in planned_figures(frame, xs, ys) if plan.y.column in ys]
    if path.suffix != ".py":
        raise InputError(f"--script: {path} (allowed: a name that ends in .py)")
    if len(plans) > 1:
        names = ", ".join(plan.name for plan in plans)
        raise InputError(f"--script: {len(plans)} figures, {names} (allowed: one, by --setting, --x and --y)")
    return write_together(path.parent, partial(_script, frame, path.stem, plans[0], making, choice, design), "--script")


def _script(
    frame: pd.DataFrame,
    name: str,
    plan: Planned,
    making: Making | None,
    choice: Choice,
    design: Design,
    folder: Path,
) -> list[Path]:
    # Imported late because they import matplotlib.
    from mihash_bench.report.figures.curves import content_of
    from mihash_bench.report.figures.script import script_of

    rows, stem = plan.rows_of(frame), folder / name
    grid, note = content_of(plan, choice.named(rows), choice)

    def write(facts: Mapping[str, Any] | None = None) -> list[Path]:
        paths = [stem.with_name(name + ending) for ending in SCRIPT_ENDINGS]
        for path, text in zip(paths, script_of(grid, name, note, facts, design), strict=True):
            path.write_text(text, encoding="utf-8", newline="\n")
        return paths

    return _made(making, rows, plan.y.column, stem, SCRIPT_ENDINGS, write)


def _rows_of(frame: pd.DataFrame, setting: Setting) -> pd.DataFrame:
    return frame[frame["setting"] == setting.name]


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


def _tables(summary: pd.DataFrame, stem: Path, facts: Mapping[str, Any] | None = None) -> list[Path]:
    paths = []
    for name, form in FORMATS.items():
        path = stem.with_name(stem.name + form.ending)
        path.write_text(render(summary, name, lambda: facts).rstrip("\n") + "\n", encoding="utf-8", newline="\n")
        paths.append(path)
    return paths
