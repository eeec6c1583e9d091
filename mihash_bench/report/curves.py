"""Curves over trials: one column of panels a dataset, one row a code length."""

from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import EngFormatter

from mihash_bench.report.statistics import Curve, on_common_grid
from mihash_bench.report.style import TRIGGERS, Look, looks

AXIS_TITLES = {
    "examples": "Examples seen",
    "train_s": "Training time (s)",
    "bit_recomputations": "Bit recomputations",
}
PANEL_INCHES = (3.5, 2.7)
LEGEND_INCHES = 1.75
MARKERS_A_LINE = 8
PNG_DPI = 200

Series = tuple[str, str]


def plot_curves(frame: pd.DataFrame, x: str, y: str, stem: Path) -> list[Path]:
    """Draw one figure as ``stem.pdf`` and ``stem.png`` and return the two paths.

    A line is the mean over trials of one method, variant and trigger; the band is one standard deviation to either
    side. A method that has a single x (one that never rebuilds its table, over bit recomputations) is one point.
    """
    with rc_context({"font.size": 9, "pdf.fonttype": 42, "axes.spines.top": False, "axes.spines.right": False}):
        figure = _figure(frame, x, y)
        paths = [stem.with_name(f"{stem.name}{ending}") for ending in (".pdf", ".png")]
        figure.savefig(paths[0], metadata={"CreationDate": None}, bbox_inches="tight")
        figure.savefig(paths[1], dpi=PNG_DPI, bbox_inches="tight", metadata={"Software": None})
    return paths


def _figure(frame: pd.DataFrame, x: str, y: str) -> Figure:
    datasets, lengths = frame["dataset"].unique(), sorted(frame["bits"].unique())
    series = list(dict.fromkeys(zip(frame["method"], frame["variant"], strict=True)))
    appearance = looks(series)
    width, height = PANEL_INCHES
    size = (width * len(datasets) + LEGEND_INCHES, height * len(lengths))
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots(len(lengths), len(datasets), squeeze=False)
    trials = 0
    for row, bits in enumerate(lengths):
        for column, dataset in enumerate(datasets):
            panel = frame[(frame["bits"] == bits) & (frame["dataset"] == dataset)]
            trials = max(trials, _draw_panel(axes[row, column], panel, x, y, appearance))
            _label(axes[row, column], panel, x, y, f"{bits} bits")
    figure.legend(**_legend(frame, appearance, trials), loc="outside right center", frameon=False, handlelength=3)
    return figure


def _draw_panel(axes: Axes, panel: pd.DataFrame, x: str, y: str, appearance: dict[Series, Look]) -> int:
    trials = 0
    for names, runs in panel.groupby(["method", "variant", "trigger"], sort=True):
        method, variant, trigger = map(str, names)
        known = runs.dropna(subset=[y])
        if len(known):
            curve = on_common_grid(known, x, y)
            _draw(axes, curve, appearance[method, variant], trigger)
            trials = max(trials, curve.trials)
    return trials


def _draw(axes: Axes, curve: Curve, look: Look, trigger: Any) -> None:
    style = _line_style(look, trigger)
    if len(curve.x) == 1:
        error = None if curve.trials == 1 else curve.sd
        axes.errorbar(curve.x, curve.mean, yerr=error, capsize=2, **{**style, "linestyle": "none"})
        return
    # Markers of the two triggers stand at different places, so that both show where the lines coincide.
    every = max(1, len(curve.x) // MARKERS_A_LINE)
    axes.plot(curve.x, curve.mean, markevery=(0 if trigger == "on" else every // 2, every), **style)
    if curve.trials > 1:
        axes.fill_between(curve.x, curve.mean - curve.sd, curve.mean + curve.sd, color=look.colour, alpha=0.15, lw=0)


def _line_style(look: Look, trigger: Any) -> dict[str, Any]:
    line, filled = TRIGGERS[trigger]
    face = look.colour if filled else "white"
    return {
        "color": look.colour, "linestyle": line, "marker": look.marker, "markerfacecolor": face,
        "markersize": 4.5, "linewidth": 1.4,
    }  # fmt: skip


def _label(axes: Axes, panel: pd.DataFrame, x: str, y: str, length: str) -> None:
    title = panel["dataset_title"].iloc[0] if len(panel) else ""
    axes.set(title=f"{title}, {length}" if title else length, xlabel=AXIS_TITLES[x], ylabel=y)
    axes.grid(alpha=0.25, linewidth=0.5)
    if x != "train_s":
        axes.xaxis.set_major_formatter(EngFormatter(sep=""))
    axes.locator_params(axis="x", nbins=6)
    if not len(panel):
        axes.text(0.5, 0.5, "no finished run", transform=axes.transAxes, ha="center", va="center")


def _legend(frame: pd.DataFrame, appearance: dict[Series, Look], trials: int) -> dict[str, Any]:
    titles = dict(zip(frame["method"], frame["method_title"], strict=True))
    both = sorted(set(zip(frame["method"], frame["variant"], frame["trigger"], strict=True)), key=_reading_order)
    lines: list[Any] = [Line2D([], [], **_line_style(appearance[method, variant], on)) for method, variant, on in both]
    labels = [f"{series_title(titles[method], variant)}, trigger {on}" for method, variant, on in both]
    band = f"mean of {trials} trials,\nband ± 1 standard deviation" if trials > 1 else "one trial"
    return {"handles": [*lines, Line2D([], [], linestyle="none")], "labels": [*labels, band]}


def _reading_order(series: tuple[str, str, str]) -> tuple[str, str, bool]:
    method, variant, trigger = series
    return method, variant, trigger == "off"


def series_title(title: str, variant: str) -> str:
    """Return how a method and its variant are called in figures and tables."""
    return f"{title} ({variant.replace(',', ', ')})" if variant else title
