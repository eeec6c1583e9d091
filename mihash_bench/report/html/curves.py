"""The curves of the page: the same means over trials that figures show."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from mihash_bench.report.data.choice import EVERYTHING, Choice
from mihash_bench.report.data.mean_curves import Curve
from mihash_bench.report.data.reference import Reference
from mihash_bench.report.data.reference_line import reference_line
from mihash_bench.report.data.selection import settings_in
from mihash_bench.report.html.numbers import Numbers
from mihash_bench.report.html.series import Choices
from mihash_bench.settings.base import Axis, Setting

if TYPE_CHECKING:
    from mihash_bench.report.figures.panel import Panel


def views_of(
    frame: pd.DataFrame,
    metrics: Sequence[str],
    choices: Choices,
    numbers: Numbers,
    choice: Choice = EVERYTHING,
    reference: Reference | None = None,
) -> list[dict[str, Any]]:
    """Return the curves of each setting, metric and x axis.

    frame: the checkpoints of comparable runs. ``log_from`` of a view is the smallest positive x of a logarithmic axis,
    or None for a linear one. ``note`` says what an epoch is where it is no pass. The arrays of a line are places in
    ``numbers``: x, mean and standard deviation. reference: adds lines to ``references``, each with its name and the
    panel; a line without x is the same at all x.
    """
    views = []
    for setting in settings_in(frame):
        rows = frame[frame["setting"] == setting.name]
        for metric in (name for name in metrics if rows[name].notna().any()):
            for axis in shown_axes(setting):
                shown = rows if reference is None else reference.beside(rows, metric, axis)
                view, panels = _view(shown, setting, axis, metric, choices, numbers, choice)
                lines = [] if reference is None else _references(panels, reference, choices, numbers)
                views.append({**view, "references": lines})
    return views


def _view(
    rows: pd.DataFrame, setting: Setting, axis: Axis, metric: str, choices: Choices, numbers: Numbers, choice: Choice
) -> "tuple[dict[str, Any], list[Panel]]":
    """Return a view without references, and its panels."""
    # Imported late because matplotlib takes a while.
    from mihash_bench.report.figures.curves import curve_grid, epoch_note
    from mihash_bench.report.figures.panel import panel_curves
    from mihash_bench.report.figures.scale import scales_of

    panels = [panel for line in curve_grid(rows, axis.column, metric, choice) for panel in line]
    scale = scales_of(panels)[axis.column]
    lines = [
        {**where, "series": choices.series_places[setting.name, *series], **_arrays(curve, numbers)}
        for panel in panels
        for where in [_where(panel.rows, axis, choices)]
        for series, curve in panel_curves(panel, scale)
    ]
    return {
        "setting": setting.name, "metric": metric, "x": axis.column, "x_title": axis.title, "final": axis.final,
        "log_from": scale.first if scale.logarithmic else None,
        "note": epoch_note(rows, axis.column), "lines": sorted(lines, key=lambda line: line["series"]),
    }, panels  # fmt: skip


def _references(
    panels: "Sequence[Panel]", reference: Reference, choices: Choices, numbers: Numbers
) -> list[dict[str, Any]]:
    """Return the reference line of each panel that has one."""
    found = []
    for panel in panels:
        line = reference_line(panel.rows, panel.x)
        if line is not None:
            places = {} if len(line) == 1 else {"x": numbers.add(line.index.to_numpy(float), "Float64Array")}
            mean = numbers.add(line.to_numpy(float), "Float32Array")
            found.append({**_where(panel.rows, panel.x, choices), "name": reference.title, "mean": mean, **places})
    return found


def _where(rows: pd.DataFrame, axis: Axis, choices: Choices) -> dict[str, Any]:
    """Return the panel of some rows; over code lengths, it stands for all panels of its dataset."""
    return {"panel": choices.panel_of(rows.iloc[0])}


def _arrays(curve: Curve, numbers: Numbers) -> dict[str, Any]:
    spread = {"sd": numbers.add(curve.sd, "Float32Array")} if curve.trials > 1 else {}
    return {
        "x": numbers.add(curve.x, "Float64Array"),
        "mean": numbers.add(curve.mean, "Float32Array"),
        "trials": curve.trials,
        **spread,
    }


def shown_axes(setting: Setting) -> list[Axis]:
    """Return the axes of a setting, without those that have a panel for each search engine, which the page has not."""
    return [axis for axis in setting.every_axis if not axis.by_engine]


def axes_of(settings: Sequence[Setting]) -> Iterator[dict[str, str]]:
    """Yield the name and the title of each axis of some settings, each once."""
    seen: dict[str, str] = {}
    for setting in settings:
        for axis in shown_axes(setting):
            seen.setdefault(axis.column, axis.title)
    yield from ({"column": column, "title": title} for column, title in seen.items())
