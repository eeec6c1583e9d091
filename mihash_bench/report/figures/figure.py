"""A figure: a grid of panels and one legend below them, written as PDF and PNG."""

from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from mihash_bench.report.figures.legend import legend_of
from mihash_bench.report.figures.panel import Appearance, Panel, draw_panel
from mihash_bench.report.figures.style import looks, method_order
from mihash_bench.report.figures.wording import name_in
from mihash_bench.report.making import pdf_metadata, png_metadata

# Inches: one column and the full width of a two-column page, and the smallest width of a panel.
COLUMN_WIDTH, PAGE_WIDTH, PANEL_WIDTH = 3.5, 7.0, 2.3
PANEL_HEIGHTS = {1: 2.3, 2: 2.2}
PANEL_HEIGHT = 1.9
LABELS_WIDTH = 0.6
TITLE_CHARACTERS_AN_INCH = 12
TITLE_LINE = 0.15
LABEL_CHARACTERS = 60  # of an axis before it is broken
PNG_DPI = 200
RC = {
    "font.size": 8, "axes.titlesize": 8.5, "axes.labelsize": 8, "xtick.labelsize": 7.5, "ytick.labelsize": 7.5,
    "axes.linewidth": 0.6, "axes.spines.top": False, "axes.spines.right": False, "pdf.fonttype": 42,
}  # fmt: skip

Grid = Sequence[Sequence[Panel]]
Place = tuple[int, int]


def draw_figure(grid: Grid, path_stem: Path, note: str = "", facts: Mapping[str, Any] | None = None) -> list[Path]:
    """Draw a figure as ``path_stem.pdf`` and ``path_stem.png`` and return the two paths.

    ``note`` is printed below the legend. facts: what made the figure, for its metadata (``making.Making.facts``); None
    for no metadata. The same panels give the same bytes, regardless of matplotlib's settings, and
    the settings are left unchanged.
    """
    pdf, png = (path_stem.with_name(path_stem.name + ending) for ending in (".pdf", ".png"))
    with style.context(["default", RC]):
        figure = _figure(grid, note)
        pdf.write_bytes(_drawn(figure, format="pdf", metadata=pdf_metadata(facts)))
        png.write_bytes(_drawn(figure, format="png", dpi=PNG_DPI, metadata=png_metadata(facts)))
    return [pdf, png]


def _drawn(figure: Figure, **how: Any) -> bytes:
    # Drawn in memory because matplotlib cannot close a file cleanly when the disk is full.
    content = BytesIO()
    figure.savefig(content, **how)
    return content.getvalue()


def _figure(grid: Grid, note: str) -> Figure:
    columns = max(map(len, grid))
    width = COLUMN_WIDTH if columns == 1 else max(PAGE_WIDTH, PANEL_WIDTH * columns)
    rows = pd.concat([panel.rows for line in grid for panel in line])
    appearance = _appearance(rows)
    figure = Figure(figsize=(width, width), layout="constrained")
    axes: NDArray[np.object_] = figure.subplots(len(grid), columns, squeeze=False)
    trials = _draw_panels(axes, grid, appearance, width / columns)
    legend = legend_of(rows, appearance, trials, width, note)
    legend.add_to(figure)
    title_breaks = max(axes[place].get_title().count("\n") for place, _ in _places(grid))
    height = PANEL_HEIGHTS.get(columns, PANEL_HEIGHT) + TITLE_LINE * title_breaks
    figure.set_size_inches(width, height * len(grid) + legend.height)
    return figure


def _draw_panels(axes: NDArray[np.object_], grid: Grid, appearance: Appearance, inches: float) -> list[int]:
    """Draw the panels, each ``inches`` wide, and return the number of trials of each curve."""
    trials: list[int] = []
    for place, panel in _places(grid):
        axes[place].set_title(_broken(panel.title, inches))
        trials += draw_panel(axes[place], panel, appearance, inches - LABELS_WIDTH)
    for place in set(np.ndindex(axes.shape)) - {place for place, _ in _places(grid)}:
        axes[place].set_axis_off()
    _name_axes(axes, grid)
    return trials


def _broken(title: str, inches: float) -> str:
    return name_in(int(TITLE_CHARACTERS_AN_INCH * inches), title, break_on_hyphens=False)


def _places(grid: Grid) -> Iterator[tuple[Place, Panel]]:
    for row, line in enumerate(grid):
        for column, panel in enumerate(line):
            yield (row, column), panel


def _name_axes(axes: NDArray[np.object_], grid: Grid) -> None:
    """Name an x axis unless the panel below has the same, and a y axis unless the panel to the left has the same."""
    panels = dict(_places(grid))
    for (row, column), panel in panels.items():
        below, left = panels.get((row + 1, column)), panels.get((row, column - 1))
        here: Axes = axes[row, column]
        if below is None or below.x.column != panel.x.column:
            here.set_xlabel(name_in(LABEL_CHARACTERS, panel.x.title))
        if left is None or left.y != panel.y:
            here.set_ylabel(name_in(LABEL_CHARACTERS, panel.y_title or panel.y))


def _appearance(rows: pd.DataFrame) -> Appearance:
    """Return the styles in the order of the legend: known methods first, then others by name."""
    series = sorted(
        set(zip(rows["method"], rows["variant"], strict=True)), key=lambda each: (method_order(each[0]), each[1])
    )
    return looks(series)
