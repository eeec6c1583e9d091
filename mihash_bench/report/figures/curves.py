"""Figures of curves over trials: a panel for each dataset and code length."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from mihash_bench.errors import InputError, unknown
from mihash_bench.report.data.choice import EVERYTHING, Choice
from mihash_bench.report.data.searched import not_measured
from mihash_bench.report.data.selection import has_own_splits, how_measured, measured, remarks_on, settings_in
from mihash_bench.report.figures.design import USUAL, Design
from mihash_bench.report.figures.engines import engine_panels
from mihash_bench.report.figures.figure import PANELS_A_ROW, Facts, Grid, draw_figure, in_rows
from mihash_bench.report.figures.panel import Panel
from mihash_bench.report.figures.plan import Planned
from mihash_bench.report.figures.quantities import quantity_of
from mihash_bench.report.figures.style import method_order
from mihash_bench.settings.base import Axis, Setting, setting_of

EPOCH = "epoch"
OWN_SPLITS = "split=trial: each trial has its own queries and database, so the band includes the spread over splits."


def plot_curves(
    frame: pd.DataFrame,
    x: str,
    y: str,
    path_stem: Path,
    facts: Facts = None,
    *,
    choice: Choice = EVERYTHING,
    design: Design = USUAL,
) -> list[Path]:
    """Draw one figure in each format of the design, as ``path_stem.pdf`` and so on, and return the paths.

    A line is the mean over the trials of one method, variant and trigger; the band is one standard deviation to either
    side. A method with a single x, such as one that never rebuilds its table, over bit recomputations, is one point,
    with a thin line across the panel where that x is 0. Whether an axis may be logarithmic, and how trials are
    averaged, is up to the setting's ``axes``. facts, design: as for ``draw_figure``. choice: the order of code lengths
    and of datasets.

    ``y`` is a metric or any other column that runs have, such as a cost.

    Raises InputError if no finished run has ``y``, if a setting has no axis ``x``, or as ``draw_figure`` does.
    """
    grid, note = _curves(frame, x, y, choice)
    return draw_figure(grid, path_stem, note, facts, design)


def plot_own_scale(
    frame: pd.DataFrame, y: str, path_stem: Path, facts: Facts = None, *, design: Design = USUAL
) -> list[Path]:
    """Draw a column that is only comparable within one method, such as the objective, and return the paths.

    There is a panel for each method, and the rows of another code length or dataset follow. Each panel has its own
    limits. The x axis is the first of the setting's ``axes``. facts, design: as for ``draw_figure``.
    """
    grid, note = _own_scale(frame, y)
    return draw_figure(grid, path_stem, note, facts, design)


def content_of(plan: Planned, frame: pd.DataFrame, choice: Choice) -> tuple[Grid, str]:
    """Return the panels of a planned figure, and the notes below its legend. Raises InputError as ``plot_curves``."""
    return _own_scale(frame, plan.y.column) if plan.y.own_scale else _curves(frame, plan.x, plan.y.column, choice)


def _curves(frame: pd.DataFrame, x: str, y: str, choice: Choice) -> tuple[Grid, str]:
    rows = measured(frame, y)
    if rows.empty:
        raise InputError(f"no finished run has {y}")
    return curve_grid(rows, x, y, choice), _notes(rows, x)


def _own_scale(frame: pd.DataFrame, y: str) -> tuple[Grid, str]:
    grid = own_scale_grid(frame, y)
    return grid, _notes(frame, grid[0][0].x.column)


def _notes(rows: pd.DataFrame, x: str) -> str:
    """Return the notes below the legend, one line each."""
    own_splits = OWN_SPLITS if rows["dataset"].map(has_own_splits).any() else ""
    titles = sorted(set(rows.loc[rows["diverged"] != "", "method_title"])) if "diverged" in rows else []
    diverged = f"Some runs diverged: {', '.join(titles)}." if titles else ""
    remarks = [f"{text}." for text in remarks_on(rows)]
    return "\n".join(filter(None, [*remarks, epoch_note(rows, x), *how_measured(rows, x), own_splits, diverged]))


def epoch_note(rows: pd.DataFrame, x: str) -> str:
    """Return the meaning of an epoch for methods whose epoch is no pass over the training points; empty for other x."""
    if x != EPOCH:
        return ""
    pairs = [(setting, name) for setting in settings_in(rows) for name in _methods(rows, setting)]
    return " ".join(filter(None, dict.fromkeys(_epoch_note(*pair) for pair in pairs)))


def _methods(rows: pd.DataFrame, setting: Setting) -> list[str]:
    return sorted(set(rows[rows["setting"] == setting.name]["method"]), key=method_order)


def _epoch_note(setting: Setting, method: str) -> str:
    try:
        return str(getattr(setting.methods.get(method), "epoch_note", ""))
    except InputError:  # the method's package is not installed
        return ""


def own_scale_grid(frame: pd.DataFrame, y: str) -> Grid:
    """Return the panels of ``plot_own_scale``, for runs of one setting."""
    rows = measured(frame, y)
    methods = sorted(set(rows["method"]), key=method_order)
    places = sorted(set(zip(rows["bits"], rows["dataset"], strict=True)))
    lines = [in_rows([_own_scale_panel(rows, *place, name, y) for name in methods]) for place in places]
    return [row for line in lines for row in line]


def _own_scale_panel(rows: pd.DataFrame, bits: int, dataset: str, method: str, y: str) -> Panel:
    here = rows[(rows["bits"] == bits) & (rows["dataset"] == dataset) & (rows["method"] == method)]
    named = rows[rows["method"] == method]["method_title"].iloc[0]
    title = rows[rows["dataset"] == dataset]["dataset_title"].iloc[0]
    [setting] = settings_in(rows)
    return Panel((named, title, f"{bits} bits"), here, setting.axes[0], y, quantity_of(setting, y).title, own_y=True)


def curve_grid(frame: pd.DataFrame, x: str, y: str, choice: Choice = EVERYTHING) -> Grid:
    """Return the panels of ``y`` over ``x``.

    Several datasets at several code lengths have a column and a row for each, as long as the columns fit a page.
    Otherwise the panels follow each other in rows of up to three.
    """
    rows = measured(frame, y)
    settings = {setting.name: setting for setting in settings_in(rows)}
    places = list(dict.fromkeys(zip(rows["setting"], rows["dataset"], strict=True)))
    lengths = choice.order("bits", rows["bits"])
    axes = {name: axis_of(setting, x) for name, setting in settings.items()}
    if any(axis.by_engine for axis in axes.values()):
        return _of_engines(rows, [(*place, bits) for place in places for bits in lengths], axes, y)
    if any(axis.final for axis in axes.values()):
        return in_rows([_panel(rows, place, None, axes[place[0]], y) for place in places])
    grid = [[_panel(rows, place, bits, axes[place[0]], y) for place in places] for bits in lengths]
    if len(places) == 1 or len(lengths) == 1 or len(places) > PANELS_A_ROW:
        return in_rows([panel for line in grid for panel in line])
    return grid


def _of_engines(rows: pd.DataFrame, places: Sequence[tuple[str, str, int]], axes: Mapping[str, Axis], y: str) -> Grid:
    """Return a panel for each engine, with rows of their own for each dataset and code length if that leaves few gaps.

    Raises InputError if no run has measured the axis.
    """
    lines = [engine_panels(rows, place, axes[place[0]], y) for place in places]
    panels = [panel for line in lines for panel in line]
    if not panels:
        raise not_measured(next(iter(axes.values())).column)
    if max(map(len, lines)) == 1:
        return in_rows(panels)
    return [part for line in lines for part in in_rows(line)]


def axis_of(setting: Setting, x: str) -> Axis:
    """Return a setting's axis. Raises InputError, naming ``--x``, if it has none of that name."""
    axis = setting.axis(x)
    if axis is None:
        raise unknown("--x", x, [each.column for each in setting.every_axis])
    return axis


def _panel(rows: pd.DataFrame, place: tuple[str, str], bits: int | None, axis: Axis, y: str) -> Panel:
    """Return the panel of a setting and a dataset, and of one code length or all of them."""
    setting, dataset = place
    here = rows[(rows["setting"] == setting) & (rows["dataset"] == dataset)]
    several = [setting] if rows["setting"].nunique() > 1 else []
    lengths = [] if bits is None else [f"{bits} bits"]
    titles = (here["dataset_title"].iloc[0], *several, *lengths)
    shown, quantity = here if bits is None else here[here["bits"] == bits], quantity_of(setting_of(setting), y)
    return Panel(titles, shown, axis, y, quantity.title, prefixed_y=quantity.prefixed)
