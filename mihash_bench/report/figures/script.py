"""Scripts that draw a figure with matplotlib alone, from a CSV file beside them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from pprint import pformat
from typing import Any

import pandas as pd
from matplotlib import rcParams, rcParamsDefault
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator

from mihash_bench.report.figures import standalone
from mihash_bench.report.figures.decades import ZERO_TO_FIRST
from mihash_bench.report.figures.design import Design
from mihash_bench.report.figures.figure import COLUMN, Drawn, Facts, Grid, figure_of
from mihash_bench.report.figures.legend import NEUTRAL, labels_of
from mihash_bench.report.figures.look import NOT_STYLE, drawing
from mihash_bench.report.figures.panel import Panel, panel_curves
from mihash_bench.report.figures.style import TRIGGERS, Look
from mihash_bench.report.formats.csv_cells import with_text_cells
from mihash_bench.report.making import made_text
from mihash_bench.settings.base import Axis
from mihash_bench.text import LATEX, one_line

WIDTH = 116
CSV_COLUMNS = ("panel", "title", "look", "method", "variant", "trigger", "trials", "x", "mean", "sd")
START = '''"""Draws {name} with matplotlib; the numbers are in {data}.

The columns x, mean and sd of the CSV are what a figure shows: mean and standard deviation over trials.{made}
"""

# ruff: noqa
FIGURE = {spec}

'''
END = """

if __name__ == "__main__":
    save(FIGURE, Path(__file__))
"""


def script_of(grid: Grid, name: str, note: str, facts: Facts, design: Design) -> tuple[str, str]:
    """Return a script and its CSV, which draw what ``figure.draw_figure`` draws, without this package.

    name: that of the script without its ending. The figure is drawn in the formats of the design.
    """
    with drawing(design, (design.size or COLUMN).points):
        drawn = figure_of(grid, note, design)
        spec = _spec(drawn, design)
    made = f"\n\n{one_line(made_text(facts))}" if facts else ""
    texts = {"name": name, "data": f"{name}.csv", "made": made}
    plain = {key: text.replace("\\", "\\\\").replace('"""', "'''") for key, text in texts.items()}
    start = START.format(**plain, spec=pformat(spec, width=WIDTH, sort_dicts=False))
    return start + _drawing_code() + END, with_text_cells(_points(drawn)).to_csv(index=False)


def _drawing_code() -> str:
    """Return the source of ``standalone`` without its docstring."""
    source = Path(standalone.__file__).read_text(encoding="utf-8")
    return source.split('"""', 2)[2].lstrip()


def _spec(drawn: Drawn, design: Design) -> dict[str, Any]:
    """Return all that the figure shows besides the numbers of its curves, as plain values."""
    labels = labels_of(drawn.rows, drawn.appearance)
    pairs = enumerate(drawn.appearance.items(), start=1)
    return {
        "size": tuple(map(float, drawn.figure.get_size_inches())),
        "formats": list(design.formats),
        "latex": LATEX if "pgf" in design.formats else {},
        "grid": drawn.axes.shape,
        "looks": {number: {"label": labels[pair], **_look(look)} for number, (pair, look) in pairs},
        "triggers": {name: {"linestyle": line, "filled": filled} for name, (line, filled) in TRIGGERS.items()},
        "neutral": _look(NEUTRAL),
        "panels": [_panel(drawn.axes[place], place, panel, drawn) for place, panel in drawn.panels],
        "legend": _legend(drawn, design),
        "parameters": _parameters(),
    }


def _look(look: Look) -> dict[str, Any]:
    return {"color": look.colour, "marker": look.marker, "linestyle": look.line}


def _panel(axes: Axes, place: tuple[int, int], panel: Panel, drawn: Drawn) -> dict[str, Any]:
    shown = {
        "place": place, "title": axes.get_title(), "title_points": float(axes.title.get_fontsize()),
        "xlabel": axes.get_xlabel(), "ylabel": axes.get_ylabel(), "message": "",
    }  # fmt: skip
    if panel.rows.empty:
        return {**shown, "message": "no finished run"}
    options = {"linthresh": drawn.scales[panel.x_group].first, "linscale": ZERO_TO_FIRST}
    return {
        **shown,
        "x": {**_x_axis(axes, panel.x), "options": options if axes.get_xscale() == "symlog" else {}},
        "y": {"scale": axes.get_yscale(), "limits": _limits(axes.get_ylim()), "prefixed": panel.prefixed_y},
    }


def _x_axis(axes: Axes, x: Axis) -> dict[str, Any]:
    return {
        "scale": axes.get_xscale(), "limits": _limits(axes.get_xlim()), "ticks": _fixed(axes.xaxis.get_major_locator()),
        "minor": _fixed(axes.xaxis.get_minor_locator()), "whole": x.numbers == "whole", "prefixed": x.numbers == "si",
    }  # fmt: skip


def _limits(limits: Sequence[float]) -> tuple[float, float]:
    return float(limits[0]), float(limits[1])


def _fixed(locator: Any) -> list[float] | None:
    return [float(place) for place in locator.tick_values(0, 1)] if isinstance(locator, FixedLocator) else None


def _legend(drawn: Drawn, design: Design) -> dict[str, Any]:
    """Return the legend. Its first entries are the looks, if there are several, and then come the triggers."""
    looks = list(range(1, len(drawn.appearance) + 1)) if len(drawn.appearance) > 1 else []
    entries: list[int | str | None] = []
    for _, label in drawn.legend.entries:
        named = sum(entry is not None for entry in entries)
        entries.append((looks[named] if named < len(looks) else label.removeprefix("trigger ")) if label else None)
    return {
        "where": design.legend, "entries": entries, "below": drawn.legend.options_below,
        "inside": drawn.legend.options_inside,
    }  # fmt: skip


def _parameters() -> dict[str, Any]:
    """Return matplotlib's present parameters that are not its defaults."""
    changed = {name: value for name, value in rcParams.items() if name not in NOT_STYLE}
    return {
        # A cycler is read from its text.
        name: value if isinstance(value, str | int | float | list | tuple | None) else str(value)
        for name, value in changed.items()
        if value != rcParamsDefault[name]
    }


def _points(drawn: Drawn) -> pd.DataFrame:
    """Return a row for each point of each curve, in the order in which they are drawn."""
    numbers = {pair: number for number, pair in enumerate(drawn.appearance, start=1)}
    parts: list[Mapping[str, Any]] = []
    for place, (_, panel) in enumerate(drawn.panels, start=1):
        for (method, variant, trigger), curve in panel_curves(panel, drawn.scales[panel.x_group]):
            about = {"panel": place, "title": panel.title, "look": numbers[method, variant], "method": method,
                     "variant": variant, "trigger": trigger, "trials": curve.trials}  # fmt: skip
            points = zip(curve.x, curve.mean, curve.sd, strict=True)
            parts += [{**about, "x": x, "mean": mean, "sd": sd} for x, mean, sd in points]
    return pd.DataFrame(parts, columns=list(CSV_COLUMNS))
