"""Curves over trials: one column of panels a dataset, one row a code length."""

from collections.abc import Sequence
from itertools import product
from pathlib import Path
from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib import style
from matplotlib.figure import Figure
from numpy.typing import NDArray

from mihash_bench.errors import InputError
from mihash_bench.report.legend import legend_of, plain
from mihash_bench.report.panel import draw_panel
from mihash_bench.report.selection import measured
from mihash_bench.report.style import KNOWN, Look, looks

AXIS_TITLES = {
    "examples": "Examples seen",
    "train_s": "Training time (s)",
    "bit_recomputations": "Bit recomputations",
}
# Inches: one column and the full width of a two-column page, and the least that a panel needs.
COLUMN_WIDTH, PAGE_WIDTH, PANEL_WIDTH = 3.5, 7.0, 2.3
PANEL_HEIGHTS = {1: 2.3, 2: 2.2}
PANEL_HEIGHT = 1.9
LABELS_WIDTH = 0.6
TITLE_CHARACTERS_AN_INCH = 13
TITLE_LINE = 0.15
PNG_DPI = 200
RC = {
    "font.size": 8, "axes.titlesize": 8.5, "axes.labelsize": 8, "xtick.labelsize": 7.5, "ytick.labelsize": 7.5,
    "axes.linewidth": 0.6, "axes.spines.top": False, "axes.spines.right": False, "pdf.fonttype": 42,
}  # fmt: skip


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
    pdf, png = (path_stem.with_name(path_stem.name + ending) for ending in (".pdf", ".png"))
    with style.context(["default", RC]):
        figure = _figure(rows, x, y)
        figure.savefig(pdf, metadata={"CreationDate": None})
        figure.savefig(png, dpi=PNG_DPI, metadata={"Software": None})
    return [pdf, png]


def _figure(rows: pd.DataFrame, x: str, y: str) -> Figure:
    places = list(dict.fromkeys(zip(rows["setting"], rows["dataset"], strict=True)))
    lengths = sorted(rows["bits"].unique())
    width = COLUMN_WIDTH if len(places) == 1 else max(PAGE_WIDTH, PANEL_WIDTH * len(places))
    appearance = _appearance(rows)
    figure = Figure(figsize=(width, width), layout="constrained")
    axes = figure.subplots(len(lengths), len(places), squeeze=False)
    trials: list[int] = []
    for (row, bits), (column, place) in product(enumerate(lengths), enumerate(places)):
        here = rows[(rows["setting"] == place[0]) & (rows["dataset"] == place[1])]
        axes[row, column].set_title(_title(here, f"{bits} bits", places, width / len(places)))
        runs = here[here["bits"] == bits]
        trials += draw_panel(axes[row, column], runs, x, y, appearance, width / len(places) - LABELS_WIDTH)
    _name_axes(axes, x, y)
    legend = legend_of(rows, appearance, trials, width)
    legend.add_to(figure)
    broken = max(panel.get_title().count("\n") for panel in axes.flat)
    height = PANEL_HEIGHTS.get(len(places), PANEL_HEIGHT) + TITLE_LINE * broken
    figure.set_size_inches(width, height * len(lengths) + legend.height)
    return figure


def _name_axes(axes: NDArray[np.object_], x: str, y: str) -> None:
    for panel in axes[-1]:
        panel.set_xlabel(AXIS_TITLES[x])
    for panel in axes[:, 0]:
        panel.set_ylabel(plain(y))


def _title(rows: pd.DataFrame, length: str, places: Sequence[tuple[str, str]], inches: float) -> str:
    """Return the panel's title, with the setting where the figure has several, broken to the panel's width."""
    several = len({setting for setting, _ in places}) > 1
    parts = [rows["dataset_title"].iloc[0], *([rows["setting"].iloc[0]] if several else []), length]
    return plain(fill(", ".join(parts), int(TITLE_CHARACTERS_AN_INCH * inches)))


def _appearance(rows: pd.DataFrame) -> dict[tuple[str, str], Look]:
    """Return the looks in the legend's order: known methods first, then others by name."""

    def order(series: tuple[str, str]) -> tuple[int, str, str]:
        method, variant = series
        return KNOWN.index(method) if method in KNOWN else len(KNOWN), method, variant

    return looks(sorted(set(zip(rows["method"], rows["variant"], strict=True)), key=order))
