"""One panel: the curves of all methods on one dataset at one code length."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import EngFormatter, FixedLocator, MaxNLocator, NullLocator, StrMethodFormatter

from mihash_bench.report.data.front import FRONT, has_front
from mihash_bench.report.data.mean_curves import Curve, by_checkpoint, over_bits, over_measured
from mihash_bench.report.data.reference_line import reference_line
from mihash_bench.report.figures.decades import set_logarithmic
from mihash_bench.report.figures.legend import FRONT_STYLE, REFERENCE_STYLE, line_style
from mihash_bench.report.figures.style import Look
from mihash_bench.settings.base import Axis

MARKERS_A_LINE = 8
ROUND_STEPS = [1, 2, 2.5, 5, 10]

Appearance = dict[tuple[str, str], Look]


@dataclass(frozen=True)
class Panel:
    """What a panel shows: the column ``y`` of ``rows``, which are checkpoints of finished runs, over the axis ``x``.

    titles: the parts of its title; a figure shows those in which its panels differ. y_title: the name of the y axis, if
    it is not that of the column. own_y: y is comparable only within the panel, and logarithmic where it falls far.
    prefixed_y: the numbers of y have prefixes such as k and M. own_x: the scale and the limits of x are those of the
    panel alone.
    """

    titles: tuple[str, ...]
    rows: pd.DataFrame
    x: Axis
    y: str
    y_title: str = ""
    own_y: bool = False
    prefixed_y: bool = False
    own_x: bool = False

    @property
    def title(self) -> str:
        """All parts of the title."""
        return ", ".join(self.titles)

    @property
    def x_group(self) -> str:
        """What panels with the same scale of x have in common: the column, unless the scale is that of the panel."""
        return f"{self.x.column} {self.title}" if self.own_x else self.x.column


@dataclass(frozen=True)
class Scale:
    """Whether x and y are logarithmic. first, last: the smallest positive and the largest x of all panels."""

    logarithmic: bool = False
    first: float = 1.0
    last: float = 1.0
    logarithmic_y: bool = False


def draw_panel(axes: Axes, panel: Panel, appearance: Appearance, inches: float, scale: Scale) -> list[int]:
    """Draw a line for each method, variant and trigger, and return the number of trials of each line.

    ``inches`` is the width of the panel, which determines the number of labels on its x axis.
    """
    if panel.rows.empty:
        _show_nothing(axes)
        return []
    _scale(axes, panel, inches, scale)
    trials = []
    for (method, variant, trigger), curve in panel_curves(panel, scale):
        draw = _draw_point if len(curve.x) == 1 else _draw_line
        draw(axes, curve, appearance[method, variant], trigger)
        trials.append(curve.trials)
    _draw_reference(axes, panel)
    _draw_front(axes, panel)
    return trials


def panel_curves(panel: Panel, scale: Scale) -> Iterator[tuple[tuple[str, str, str], Curve]]:
    """Yield the curves of one panel, each with its method, variant and trigger."""
    x = panel.x
    for (method, variant, trigger), runs in panel.rows.groupby(["method", "variant", "trigger"], sort=True):
        if x.final:
            curve = over_bits(runs, panel.y)
        elif x.by_checkpoint:
            curve = by_checkpoint(runs, x.column, panel.y)
        else:
            curve = over_measured(runs, x.column, panel.y, linear_to=scale.first if scale.logarithmic else None)
        yield (str(method), str(variant), str(trigger)), curve


def _show_nothing(axes: Axes) -> None:
    axes.set(xticks=[], yticks=[])
    axes.text(0.5, 0.5, "no finished run", transform=axes.transAxes, ha="center", va="center")


def _scale(axes: Axes, panel: Panel, inches: float, scale: Scale) -> None:
    if panel.x.final:
        _mark_values(axes, panel, logarithmic=scale.logarithmic)
    elif scale.logarithmic:
        set_logarithmic(axes, scale.first, scale.last, inches)
    else:
        whole = panel.x.numbers == "whole"
        axes.xaxis.set_major_locator(MaxNLocator(nbins=5, steps=ROUND_STEPS, integer=whole))
    prefixed = panel.x.numbers == "si"
    axes.xaxis.set_major_formatter(EngFormatter(sep="") if prefixed else StrMethodFormatter("{x:g}"))
    if scale.logarithmic_y:
        axes.set_yscale("log")
    else:
        axes.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=ROUND_STEPS))
    if panel.prefixed_y:
        axes.yaxis.set_major_formatter(EngFormatter(sep=""))
    axes.grid(alpha=0.25, linewidth=0.5)
    axes.set_axisbelow(True)


def _mark_values(axes: Axes, panel: Panel, *, logarithmic: bool) -> None:
    """Label each value of x that occurs, such as the code lengths."""
    if logarithmic:
        axes.set_xscale("log")
    axes.xaxis.set_major_locator(FixedLocator(sorted(panel.rows[panel.x.column].unique())))
    axes.xaxis.set_minor_locator(NullLocator())


def _draw_line(axes: Axes, curve: Curve, look: Look, trigger: str) -> None:
    # Each marker is at a measured x. Those of the two triggers are at different ones, so that both are visible where
    # the lines coincide.
    every = max(1, len(curve.x) // MARKERS_A_LINE)
    start = 0 if trigger == "on" else every // 2
    axes.plot(curve.x, curve.mean, markevery=(start, every), **line_style(look, trigger))
    if curve.trials > 1:
        axes.fill_between(curve.x, curve.mean - curve.sd, curve.mean + curve.sd, color=look.colour, alpha=0.15, lw=0)


def _draw_reference(axes: Axes, panel: Panel) -> None:
    """Draw the reference values as one line, across the panel if they are always the same."""
    line = reference_line(panel.rows, panel.x)
    if line is None:
        return
    if len(line) == 1:
        axes.axhline(float(line.iloc[0]), **REFERENCE_STYLE)
    else:
        axes.plot(line.index, line, **REFERENCE_STYLE)


def _draw_front(axes: Axes, panel: Panel) -> None:
    """Draw the best mean that each x can buy, as steps through the means of the rows on the front."""
    if has_front(panel.rows):
        rows = panel.rows[panel.rows[FRONT]]
        means = rows.groupby(["method", "variant", "trigger"])[[panel.x.column, panel.y]].mean()
        points = means.sort_values(panel.x.column)
        axes.plot(points[panel.x.column], points[panel.y], drawstyle="steps-post", zorder=1, **FRONT_STYLE)


def _draw_point(axes: Axes, curve: Curve, look: Look, trigger: str) -> None:
    """Draw a marker with an error bar; at x = 0 also a thin line, for comparison with methods that did spend."""
    style = line_style(look, trigger)
    error = curve.sd if curve.trials > 1 else None
    axes.errorbar(curve.x, curve.mean, yerr=error, capsize=2, zorder=3, **{**style, "linestyle": "none"})
    if curve.x[0] == 0:
        axes.axhline(float(curve.mean[0]), color=look.colour, linestyle=style["linestyle"], linewidth=0.7)
