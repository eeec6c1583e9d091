"""Curves over trials: one column of panels a dataset, one row a code length."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from mihash_bench.errors import InputError
from mihash_bench.report.figure import Grid, Panel, draw_figure
from mihash_bench.report.selection import measured


def plot_curves(frame: pd.DataFrame, x: str, y: str, path_stem: Path) -> list[Path]:
    """Draw one figure as ``path_stem.pdf`` and ``path_stem.png`` and return the two paths.

    A line is the mean over trials of one method, variant and trigger; the band is one standard deviation to either
    side. A method that has a single x (one that never rebuilds its table, over bit recomputations) is one point, with
    a thin line across where that x is 0. Bit recomputations are on a logarithmic axis that begins with 0, unless they
    differ by less than ten times.

    The same runs give the same bytes, whatever matplotlib's settings are; they are left as they were. Raises
    InputError when no finished run has ``y``.
    """
    rows = measured(frame, y)
    if rows.empty:
        raise InputError(f"no finished run has {y}")
    return draw_figure(_grid(rows, x, y), path_stem)


def _grid(rows: pd.DataFrame, x: str, y: str) -> Grid:
    places = list(dict.fromkeys(zip(rows["setting"], rows["dataset"], strict=True)))
    return [[_panel(rows, place, bits, x, y, places) for place in places] for bits in sorted(rows["bits"].unique())]


def _panel(
    rows: pd.DataFrame, place: tuple[str, str], bits: int, x: str, y: str, places: Sequence[tuple[str, str]]
) -> Panel:
    here = rows[(rows["setting"] == place[0]) & (rows["dataset"] == place[1])]
    return Panel(_title(here, f"{bits} bits", places), here[here["bits"] == bits], x, y)


def _title(rows: pd.DataFrame, length: str, places: Sequence[tuple[str, str]]) -> str:
    """Return the panel's title, with the setting where the figure has several."""
    several = len({setting for setting, _ in places}) > 1
    return ", ".join([rows["dataset_title"].iloc[0], *([rows["setting"].iloc[0]] if several else []), length])
