"""Figures of curves over trials: a column of panels for each dataset, a row for each code length."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from mihash_bench.errors import InputError, unknown
from mihash_bench.report.data.selection import has_own_splits, measured, settings_in
from mihash_bench.report.figures.figure import Grid, draw_figure
from mihash_bench.report.figures.panel import Panel
from mihash_bench.report.figures.style import method_order
from mihash_bench.settings.base import Axis, Setting

# How many code lengths are in a row, in settings that put them side by side.
LENGTHS_A_ROW = 2
# The part of a dataset's title that no panel may leave out.
STAND_IN = "STAND-IN"
EPOCH = "epoch"
Facts = Mapping[str, Any] | None
OWN_SPLITS = "split=trial: each trial has its own queries and database, so the band includes the spread over splits."


def plot_curves(frame: pd.DataFrame, x: str, y: str, path_stem: Path, facts: Facts = None) -> list[Path]:
    """Draw one figure as ``path_stem.pdf`` and ``path_stem.png`` and return the two paths.

    A line is the mean over the trials of one method, variant and trigger; the band is one standard deviation to either
    side. A method with a single x, such as one that never rebuilds its table, over bit recomputations, is one point,
    with a thin line across the panel where that x is 0. Whether an axis may be logarithmic, and how trials are
    averaged, is up to the setting's ``axes``. facts: as for ``draw_figure``.

    The same runs give the same bytes, regardless of matplotlib's settings, which are left unchanged. Raises
    InputError if no finished run has ``y``, or if a setting has no axis ``x``.
    """
    rows = measured(frame, y)
    if rows.empty:
        raise InputError(f"no finished run has {y}")
    return draw_figure(curve_grid(rows, x, y), path_stem, _notes(rows, x), facts)


def plot_own_scale(frame: pd.DataFrame, y: str, path_stem: Path, facts: Facts = None) -> list[Path]:
    """Draw a column that is only comparable within one method, such as the objective, and return the two paths.

    There is a column of panels for each method, and a row for each code length and dataset. Each panel has its own
    scale. The x axis is the first of the setting's ``axes``. facts: as for ``draw_figure``.
    """
    grid = own_scale_grid(frame, y)
    return draw_figure(grid, path_stem, _notes(frame, grid[0][0].x.column), facts)


def _notes(rows: pd.DataFrame, x: str) -> str:
    """Return the notes below the legend, one line each."""
    own_splits = OWN_SPLITS if rows["dataset"].map(has_own_splits).any() else ""
    titles = sorted(set(rows.loc[rows["diverged"] != "", "method_title"])) if "diverged" in rows else []
    diverged = f"Some runs diverged: {', '.join(titles)}." if titles else ""
    return "\n".join(filter(None, [epoch_note(rows, x), own_splits, diverged]))


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
    return [[_own_scale_panel(rows, *place, name, y) for name in methods] for place in places]


def _own_scale_panel(rows: pd.DataFrame, bits: int, dataset: str, method: str, y: str) -> Panel:
    here = rows[(rows["bits"] == bits) & (rows["dataset"] == dataset) & (rows["method"] == method)]
    named = rows[rows["method"] == method]["method_title"].iloc[0]
    title = rows[rows["dataset"] == dataset]["dataset_title"].iloc[0]
    which = f"{title}, " if rows["dataset"].nunique() > 1 or STAND_IN in title else ""
    [setting] = settings_in(rows)
    return Panel(f"{named}, {which}{bits} bits", here, setting.axes[0], y, y.capitalize(), log_y=True)


def curve_grid(frame: pd.DataFrame, x: str, y: str) -> Grid:
    """Return the panels of ``y`` over ``x``: datasets side by side, or code lengths if the one setting says so."""
    rows = measured(frame, y)
    settings = {setting.name: setting for setting in settings_in(rows)}
    pairs = list(dict.fromkeys(zip(rows["setting"], rows["dataset"], strict=True)))
    places = [(settings[name], dataset) for name, dataset in pairs]
    lengths = sorted(rows["bits"].unique())
    if len(places) == 1 and places[0][0].side_by_side:
        panels = [_panel(rows, places[0], bits, x, y, places) for bits in lengths]
        return [panels[start : start + LENGTHS_A_ROW] for start in range(0, len(panels), LENGTHS_A_ROW)]
    return [[_panel(rows, place, bits, x, y, places) for place in places] for bits in lengths]


def axis_of(setting: Setting, x: str) -> Axis:
    """Return a setting's axis. Raises InputError, naming ``--x``, if it has none of that name."""
    axis = setting.axis(x)
    if axis is None:
        raise unknown("--x", x, [each.column for each in setting.axes])
    return axis


def _panel(
    rows: pd.DataFrame, place: tuple[Setting, str], bits: int, x: str, y: str, places: Sequence[tuple[Setting, str]]
) -> Panel:
    setting, dataset = place
    here = rows[(rows["setting"] == setting.name) & (rows["dataset"] == dataset)]
    several = len({each.name for each, _ in places}) > 1
    title = [here["dataset_title"].iloc[0], *([setting.name] if several else []), f"{bits} bits"]
    return Panel(", ".join(title), here[here["bits"] == bits], axis_of(setting, x), y)
