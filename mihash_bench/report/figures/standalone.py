"""Drawing a figure from plain values and a CSV file, with matplotlib alone.

The source of this file is a part of the scripts that ``plot --script`` writes, so it imports nothing of this package.
"""

import csv
from pathlib import Path
from typing import Any

from matplotlib import rcParams, style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.ticker import EngFormatter, FixedLocator, MaxNLocator, NullLocator, StrMethodFormatter


def read_curves(path: Path) -> dict[tuple[int, int, str], dict[str, Any]]:
    """Return the curves of a CSV file by panel, look and trigger: x, mean, sd (empty for one trial) and trials."""
    curves: dict[tuple[int, int, str], dict[str, Any]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            key = int(row["panel"]), int(row["look"]), row["trigger"]
            curve = curves.setdefault(key, {"x": [], "mean": [], "sd": [], "trials": int(row["trials"])})
            for name in ("x", "mean", "sd"):
                curve[name].append(float(row[name] or "nan"))
    return curves


def line_style(look: dict[str, Any], trigger: dict[str, Any]) -> dict[str, Any]:
    """Return matplotlib's properties of a line: colour and marker show the method, dashes and filling the trigger."""
    return {
        "color": look["color"], "linestyle": look["linestyle"] or trigger["linestyle"], "marker": look["marker"],
        "markerfacecolor": look["color"] if trigger["filled"] else "white",
    }  # fmt: skip


def draw(spec: dict[str, Any], data: Path) -> Figure:
    """Return the figure that a specification and its CSV file describe."""
    figure, curves = Figure(figsize=spec["size"], layout="constrained"), read_curves(data)
    every = figure.subplots(*spec["grid"], squeeze=False)
    for axes in every.flat[len(spec["panels"]) :]:
        axes.set_axis_off()
    for number, panel in enumerate(spec["panels"]):
        axes = every[tuple(panel["place"])]
        axes.set_axis_on()
        draw_panel(axes, panel)
        for (place, look, trigger), curve in curves.items():
            if place == number + 1:
                draw_curve(axes, curve, line_style(spec["looks"][look], spec["triggers"][trigger]), trigger)
        set_limits(axes, panel)
    add_legend(figure, every, spec)
    return figure


def draw_panel(axes: Axes, panel: dict[str, Any]) -> None:
    """Set the texts and the scales of a panel."""
    if panel["title"]:
        axes.set_title(panel["title"], fontsize=panel["title_points"])
    axes.set(xlabel=panel["xlabel"], ylabel=panel["ylabel"])
    if panel["message"]:
        axes.set(xticks=[], yticks=[])
        axes.text(0.5, 0.5, panel["message"], transform=axes.transAxes, ha="center", va="center")
        return
    set_x_axis(axes, panel["x"])
    if panel["y"]["scale"] == "log":
        axes.set_yscale("log")
    else:
        axes.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
    if panel["y"]["prefixed"]:
        axes.yaxis.set_major_formatter(EngFormatter(sep=""))
    axes.grid(alpha=0.25, linewidth=0.5)
    axes.set_axisbelow(True)


def set_x_axis(axes: Axes, x: dict[str, Any]) -> None:
    """Set the scale of the x axis, and the places and the format of its labels."""
    if x["scale"] != "linear":
        axes.set_xscale(x["scale"], **x["options"])
    if x["ticks"] is None:
        axes.xaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10], integer=x["whole"]))
    else:
        axes.xaxis.set_major_locator(FixedLocator(x["ticks"]))
        axes.xaxis.set_minor_locator(FixedLocator(x["minor"]) if x["minor"] else NullLocator())
    axes.xaxis.set_major_formatter(EngFormatter(sep="") if x["prefixed"] else StrMethodFormatter("{x:g}"))


def draw_curve(axes: Axes, curve: dict[str, Any], look: dict[str, Any], trigger: str) -> None:
    """Draw a line with its band, or a curve of one x as a point with an error bar."""
    x, mean, sd = curve["x"], curve["mean"], curve["sd"]
    if len(x) > 1:
        every = max(1, len(x) // 8)
        axes.plot(x, mean, markevery=(0 if trigger == "on" else every // 2, every), **look)
        if curve["trials"] > 1:
            low, high = ([m + sign * s for m, s in zip(mean, sd)] for sign in (-1, 1))  # noqa: B905 - Python 3.9
            axes.fill_between(x, low, high, color=look["color"], alpha=0.15, lw=0)
        return
    error = sd if curve["trials"] > 1 else None
    axes.errorbar(x, mean, yerr=error, capsize=2, zorder=3, **{**look, "linestyle": "none"})
    if x[0] == 0:
        axes.axhline(mean[0], color=look["color"], linestyle=look["linestyle"], linewidth=0.7)


def set_limits(axes: Axes, panel: dict[str, Any]) -> None:
    """Set the limits of a panel that shows something."""
    if not panel["message"]:
        axes.set(xlim=panel["x"]["limits"], ylim=panel["y"]["limits"])


def add_legend(figure: Figure, every: Any, spec: dict[str, Any]) -> None:
    """Add the legend. Its entries are numbers of looks, names of triggers, and None for a blank one."""
    legend, entries = spec["legend"], []
    for entry in legend["entries"]:
        if entry is None:
            entries.append((Line2D([], [], linestyle="none"), ""))
        elif isinstance(entry, str):
            line = Line2D([], [], **line_style(spec["neutral"], spec["triggers"][entry]))
            entries.append((line, f"trigger {entry}"))
        else:
            look = spec["looks"][entry]
            entries.append((Line2D([], [], **line_style(look, spec["triggers"]["on"])), look["label"]))
    below = legend["where"] == "below"
    shown = [entry for entry in entries if entry[1] or below]
    if legend["where"] == "none" or not (shown or below):
        return
    target, options = (figure, legend["below"]) if below else (every[0, 0], legend["inside"])
    target.legend([handle for handle, _ in shown], [label for _, label in shown], **options)


def write_as_latex(figure: Figure, latex: dict[str, str]) -> None:
    """Change the texts so that LaTeX sets them as they are. latex: what stands for a character that it does not."""
    for text in figure.findobj(Text):
        text.set_parse_math(False)
        plain = text.get_text().replace(r"\$", "$")
        text.set_text("".join(latex.get(character, character) for character in plain))


def save(spec: dict[str, Any], script: Path) -> None:
    """Draw the figure of a script, from the CSV file beside it, and write a file in each format beside it."""
    style.use("default")
    rcParams.update(spec["parameters"])
    for name in spec["formats"]:
        figure = draw(spec, script.with_suffix(".csv"))
        if name == "pgf":
            write_as_latex(figure, spec["latex"])
        figure.savefig(script.with_suffix(f".{name}"))
        print(script.with_suffix(f".{name}"))
