"""The scales of the axes, which are the same in all panels of a figure that show the same column."""

from collections.abc import Sequence

import pandas as pd

from mihash_bench.report.figures.decades import is_logarithmic
from mihash_bench.report.figures.design import USUAL, Design
from mihash_bench.report.figures.panel import Panel, Scale

LARGEST_FALL = 50  # the ratio of largest to smallest value up to which y stays linear


def scales_of(panels: Sequence[Panel], design: Design = USUAL) -> dict[str, Scale]:
    """Return the scale of each x column, or of a panel with a scale of its own, by ``Panel.x_group``."""
    shown = [panel for panel in panels if not panel.rows.empty]
    logarithmic_y = any(map(_falls_far, shown)) and all(panel.rows[panel.y].min() > 0 for panel in shown)
    groups = dict.fromkeys(panel.x_group for panel in panels)
    return {
        group: _scale([panel for panel in shown if panel.x_group == group], design, logarithmic_y=logarithmic_y)
        for group in groups
    }


def _scale(panels: Sequence[Panel], design: Design, *, logarithmic_y: bool) -> Scale:
    if not panels:
        return Scale()
    x = pd.concat([panel.rows[panel.x.column] for panel in panels])
    positive = x[x > 0]
    if positive.empty or design.xscale == "linear":
        return Scale(logarithmic_y=logarithmic_y)
    first, last = float(positive.min()), float(positive.max())
    spread = panels[0].x.decades and is_logarithmic(first, last)
    wanted = last > first if design.xscale == "log" else spread
    return Scale(wanted, first, last, logarithmic_y)


def _falls_far(panel: Panel) -> bool:
    y = panel.rows[panel.y]
    return panel.own_y and bool(y.min() > 0 and y.max() > LARGEST_FALL * y.min())
