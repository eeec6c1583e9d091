"""A figure: a grid of panels and one legend, written in each of the wanted formats."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.textpath import TextPath
from numpy.typing import NDArray

from mihash_bench.errors import InputError
from mihash_bench.report.data.front import FRONT_TITLE, has_front
from mihash_bench.report.data.reference import TITLES
from mihash_bench.report.data.reference_line import reference_line
from mihash_bench.report.figures.design import SIZES, USUAL, Design
from mihash_bench.report.figures.legend import (
    FRONT_STYLE,
    POINTS_AN_INCH,
    REFERENCE_STYLE,
    Entry,
    Legend,
    legend_of,
)
from mihash_bench.report.figures.look import drawing
from mihash_bench.report.figures.panel import Appearance, Panel, Scale, draw_panel
from mihash_bench.report.figures.scale import scales_of
from mihash_bench.report.figures.style import looks, method_order
from mihash_bench.report.figures.wording import name_in
from mihash_bench.report.making import made_text, pdf_metadata, png_metadata, svg_metadata
from mihash_bench.text import latex_text

COLUMN, PAGE = SIZES["ieee-column"], SIZES["ieee-page"]
# Inches, at 8 points.
PANEL_HEIGHTS = {1: 2.3, 2: 2.2}
PANEL_HEIGHT = 1.9
LABELS_WIDTH = 0.6
TITLE_LINE = 0.15
LEAST_TITLE = 0.75  # of its usual size, before a title is broken
LABEL_CHARACTERS = 60  # of an axis before it is broken
PANELS_A_ROW = 3

Grid = Sequence[Sequence[Panel]]
Place = tuple[int, int]
Facts = Mapping[str, Any] | None


def draw_figure(grid: Grid, path_stem: Path, note: str = "", facts: Facts = None, design: Design = USUAL) -> list[Path]:
    """Draw a figure in each format of the design, as ``path_stem.pdf`` and so on, and return the paths.

    ``note`` is printed below the legend. facts: what made the figure, for its metadata (``making.Making.facts``); None
    for no metadata. The same panels, matplotlibrc and style file give the same bytes, whatever a program has set in
    matplotlib. Those settings are left unchanged. Raises InputError if the style file cannot be read, or if a format
    needs a program that is missing.
    """
    paths = []
    with drawing(design, (design.size or COLUMN).points):
        for name in design.formats:
            path = path_stem.with_name(f"{path_stem.name}.{name}")
            path.write_bytes(_written(figure_of(grid, note, design).figure, name, facts))
            paths.append(path)
    return paths


def _written(figure: Figure, name: str, facts: Facts) -> bytes:
    # Drawn in memory because matplotlib cannot close a file cleanly when the disk is full.
    content = BytesIO()
    if name == "pgf":
        return _pgf(figure, facts)
    metadata = {"pdf": pdf_metadata, "png": png_metadata, "svg": svg_metadata}[name](facts)
    figure.savefig(content, format=name, metadata=metadata)
    return content.getvalue()


def _pgf(figure: Figure, facts: Facts) -> bytes:
    """Return commands for LaTeX, which sets the texts with the fonts of the document."""
    if shutil.which(rcParams["pgf.texsystem"]) is None:
        raise InputError(
            f"--format: pgf needs {rcParams['pgf.texsystem']}, which is not installed (allowed: pdf, png, svg)"
        )
    for text in figure.findobj(Text):
        text.set_parse_math(False)
        text.set_text("\n".join(latex_text(line) for line in text.get_text().replace(r"\$", "$").split("\n")))
    content = BytesIO()
    figure.savefig(content, format="pgf")
    comment = f"% {made_text(facts)}\n" if facts else ""
    return comment.encode() + content.getvalue()


@dataclass(frozen=True)
class Drawn:
    """A figure and what it was drawn from.

    axes: those of the grid, of shape (rows, columns). panels: each with its place among them. rows: the checkpoints of
    all panels. scales: by ``Panel.x_group``.
    """

    figure: Figure
    axes: NDArray[np.object_]
    panels: Sequence[tuple[Place, Panel]]
    rows: pd.DataFrame
    appearance: Appearance
    scales: Mapping[str, Scale]
    legend: Legend


def figure_of(grid: Grid, note: str = "", design: Design = USUAL) -> Drawn:
    """Return the figure, with matplotlib's present parameters."""
    rows = pd.concat([panel.rows for line in grid for panel in line])
    panels, shared = _arranged([panel for line in grid for panel in line], grid, design)
    columns = max(map(len, panels))
    size = design.size or (COLUMN if columns == 1 else PAGE)
    appearance = _appearance(rows)
    figure = Figure(figsize=(size.width, size.height or size.width), layout="constrained")
    axes: NDArray[np.object_] = figure.subplots(len(panels), columns, squeeze=False)
    scales = scales_of([panel for _, panel in _places(panels)], design)
    trials = _draw_panels(axes, panels, appearance, size.width / columns, scales)
    _set_limits(axes, panels, design)
    _name_axes(axes, panels)
    entries, spread = _further_entries([panel for _, panel in _places(panels)]), _spread(rows, grid[0][0])
    legend = legend_of(rows, appearance, trials, size.width, note, shared, entries, spread)
    _add(legend, figure, axes, design)
    if size.height is None:
        breaks = max(axes[place].get_title().count("\n") for place, _ in _places(panels))
        height = PANEL_HEIGHTS.get(columns, PANEL_HEIGHT) * size.points / COLUMN.points + TITLE_LINE * breaks
        below = legend.height if design.legend == "below" else 0
        figure.set_size_inches(size.width, height * len(panels) + below)
    return Drawn(figure, axes, list(_places(panels)), rows, appearance, scales, legend)


def _further_entries(panels: Sequence[Panel]) -> list[Entry]:
    """Return the entries of the lines that are of no method, if some panel has them."""
    shown = [panel for panel in panels if not panel.rows.empty]
    known = (
        (any(reference_line(panel.rows, panel.x) is not None for panel in shown), REFERENCE_STYLE, TITLES["float"]),
        (any(has_front(panel.rows) for panel in shown), FRONT_STYLE, FRONT_TITLE),
    )
    return [(Line2D([], [], **style), title) for there, style, title in known if there]


def _spread(rows: pd.DataFrame, panel: Panel) -> str:
    """Return what shows the standard deviation: a band of a line, or the bar of a point."""
    return "band" if panel.x.final or rows["key"].duplicated().any() else "bar"


def _add(legend: Legend, figure: Figure, axes: NDArray[np.object_], design: Design) -> None:
    if design.legend == "below":
        legend.add_below(figure)
    elif design.legend == "inside":
        legend.add_inside(axes[0, 0])


def _arranged(panels: Sequence[Panel], grid: Grid, design: Design) -> tuple[list[list[Panel]], list[str]]:
    """Return the panels in the rows of the design, with titles of what differs between them, and what does not."""
    shared = _shared(panels) if len(panels) > 1 else []
    own = [replace(panel, titles=tuple(part for part in panel.titles if part not in shared)) for panel in panels]
    if design.layout is None:
        widths = [len(line) for line in grid]
        starts = np.cumsum([0, *widths])
        return [own[start : start + width] for start, width in zip(starts, widths, strict=False)], shared
    rows, columns = design.layout
    if rows * columns < len(panels):
        raise InputError(f"--layout: {rows}x{columns} is too small for {len(panels)} panels")
    return [own[start : start + columns] for start in range(0, len(own), columns)], shared


def _shared(panels: Sequence[Panel]) -> list[str]:
    return [part for part in panels[0].titles if all(part in panel.titles for panel in panels)]


def in_rows(panels: Sequence[Panel]) -> list[list[Panel]]:
    """Return panels in rows of up to three, four panels in two rows of two."""
    columns = 2 if len(panels) == 4 else PANELS_A_ROW
    return [list(panels[start : start + columns]) for start in range(0, len(panels), columns)]


def _draw_panels(
    axes: NDArray[np.object_], grid: Grid, appearance: Appearance, inches: float, scales: Mapping[str, Scale]
) -> list[int]:
    """Draw the panels, each ``inches`` wide, and return the number of trials of each curve."""
    trials: list[int] = []
    for place, panel in _places(grid):
        _set_title(axes[place], panel.title, inches)
        trials += draw_panel(axes[place], panel, appearance, inches - LABELS_WIDTH, scales[panel.x_group])
    for place in set(np.ndindex(axes.shape)) - {place for place, _ in _places(grid)}:
        axes[place].set_axis_off()
    return trials


def _set_title(axes: Axes, title: str, inches: float) -> None:
    """Set a title in the usual size, a smaller one, or broken into lines, whichever first fits the panel."""
    if not title:
        return
    points = float(FontProperties(size=rcParams["axes.titlesize"]).get_size_in_points())
    text = name_in(len(title) + 1, title)
    # A title is centred above the axes, to the right of their labels.
    room = (inches - LABELS_WIDTH) * POINTS_AN_INCH
    width = TextPath((0, 0), text.replace("\n", " ").replace(r"\$", "s"), size=points).get_extents().width
    part = max(LEAST_TITLE, min(1.0, room / max(width, 1)))
    if width * part > room:
        text = name_in(max(8, int(len(title) * room / (width * part))), title, break_on_hyphens=False)
    axes.set_title(text, fontsize=points * part)


def _set_limits(axes: NDArray[np.object_], grid: Grid, design: Design) -> None:
    """Give the same limits to panels of the same data, and to all panels with a logarithmic axis or wanted limits."""
    for way, wanted in (("x", design.xlim), ("y", design.ylim)):
        groups: dict[tuple[Any, ...], list[Axes]] = {}
        for place, panel in _places(grid):
            here: Axes = axes[place]
            if not panel.rows.empty:
                groups.setdefault(_limits_key(here, place, panel, way), []).append(here)
        for members in groups.values():
            limits = [getattr(each, f"get_{way}lim")() for each in members]
            low, high = wanted or (min(low for low, _ in limits), max(high for _, high in limits))
            for each in members:
                getattr(each, f"set_{way}lim")(low, high)


def _limits_key(axes: Axes, place: Place, panel: Panel, way: str) -> tuple[Any, ...]:
    if way == "y":
        return place if panel.own_y else (panel.y, *sorted(set(panel.rows["dataset"])))
    datasets = () if axes.get_xscale() != "linear" else tuple(sorted(set(panel.rows["dataset"])))
    return (panel.x.column, place) if panel.own_y or panel.own_x else (panel.x.column, *datasets)


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
    """Return the styles in the order of the legend: that of the choice, then known methods, then others by name."""
    place = rows["place"] if "place" in rows else [0] * len(rows)
    places: dict[tuple[str, str], int] = {}
    for number, *pair in set(zip(place, rows["method"], rows["variant"], strict=True)):
        places[pair[0], pair[1]] = min(number, places.get((pair[0], pair[1]), number))
    return looks(sorted(places, key=lambda each: (places[each], method_order(each[0]), each[1])))
