"""One panel: the curves of all methods on one dataset at one code length."""

from collections.abc import Iterator

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import EngFormatter, MaxNLocator, StrMethodFormatter

from mihash_bench.report.decades import is_logarithmic, set_logarithmic
from mihash_bench.report.legend import line_style
from mihash_bench.report.selection import ONLINE
from mihash_bench.report.statistics import Curve, by_epoch, on_common_grid
from mihash_bench.report.style import Look

MARKERS_A_LINE = 8
MOST_TIMES = 50  # by which an objective may fall on a linear axis
ROUND_STEPS = [1, 2, 2.5, 5, 10]


def draw_panel(
    axes: Axes, rows: pd.DataFrame, x: str, y: str, appearance: dict[tuple[str, str], Look], inches: float
) -> list[int]:
    """Draw a line for each method, variant and trigger, and return how many trials each is the mean of.

    ``inches``: how wide the panel is, which says how many labels its axis holds.
    """
    if rows.empty:
        _say_nothing_to_draw(axes)
        return []
    _scale(axes, rows, x, y, inches)
    trials = []
    for (method, variant, trigger), curve in panel_curves(rows, x, y):
        draw = _draw_point if len(curve.x) == 1 else _draw_line
        draw(axes, curve, appearance[method, variant], trigger)
        trials.append(curve.trials)
    return trials


def panel_curves(rows: pd.DataFrame, x: str, y: str) -> Iterator[tuple[tuple[str, str, str], Curve]]:
    """Yield the curves of one panel, each with its method, variant and trigger."""
    logarithmic = _is_logarithmic(rows, x)
    for (method, variant, trigger), runs in rows.groupby(["method", "variant", "trigger"], sort=True):
        batch = x == "train_s" and runs["setting"].iloc[0] != ONLINE
        curve = by_epoch(runs, x, y) if batch else on_common_grid(runs, x, y, logarithmic=logarithmic)
        yield (str(method), str(variant), str(trigger)), curve


def _is_logarithmic(rows: pd.DataFrame, x: str) -> bool:
    """Say whether x spans decades that matter: batch methods learn in one epoch or a hundred, in a second or forty."""
    positive = rows.loc[rows[x] > 0, x]
    spans = x in ("bit_recomputations", "epoch") or (x == "train_s" and rows["setting"].iloc[0] != ONLINE)
    return spans and len(positive) > 0 and is_logarithmic(positive.min(), positive.max())


def _say_nothing_to_draw(axes: Axes) -> None:
    axes.set(xticks=[], yticks=[])
    axes.text(0.5, 0.5, "no finished run", transform=axes.transAxes, ha="center", va="center")


def _scale(axes: Axes, rows: pd.DataFrame, x: str, y: str, inches: float) -> None:
    if _is_logarithmic(rows, x):
        positive = rows.loc[rows[x] > 0, x]
        set_logarithmic(axes, positive.min(), positive.max(), inches)
    else:
        axes.xaxis.set_major_locator(MaxNLocator(nbins=5, steps=ROUND_STEPS, integer=x == "epoch"))
    if x in ("train_s", "epoch"):
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    else:
        axes.xaxis.set_major_formatter(EngFormatter(sep=""))
    if y == "objective" and rows[y].min() > 0 and rows[y].max() > MOST_TIMES * rows[y].min():
        axes.set_yscale("log")
    else:
        axes.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=ROUND_STEPS))
    axes.grid(alpha=0.25, linewidth=0.5)
    axes.set_axisbelow(True)


def _draw_line(axes: Axes, curve: Curve, look: Look, trigger: str) -> None:
    # Markers of the two triggers stand at different places, so that both show where the lines coincide.
    every = max(1, len(curve.x) // MARKERS_A_LINE)
    start = 0 if trigger == "on" else every // 2
    axes.plot(curve.x, curve.mean, markevery=(start, every), **line_style(look, trigger))
    if curve.trials > 1:
        axes.fill_between(curve.x, curve.mean - curve.sd, curve.mean + curve.sd, color=look.colour, alpha=0.15, lw=0)


def _draw_point(axes: Axes, curve: Curve, look: Look, trigger: str) -> None:
    """Draw a marker with an error bar; at 0 also a thin line to compare others with that did spend something."""
    style = line_style(look, trigger)
    error = curve.sd if curve.trials > 1 else None
    axes.errorbar(curve.x, curve.mean, yerr=error, capsize=2, zorder=3, **{**style, "linestyle": "none"})
    if curve.x[0] == 0:
        axes.axhline(float(curve.mean[0]), color=look.colour, linestyle=style["linestyle"], linewidth=0.7)
