"""The figures of the paper study, as grids of panels."""

from collections.abc import Sequence

import pandas as pd

from mihash_bench.report.data.selection import measured, settings_in
from mihash_bench.report.figures.curves import EPOCH, axis_of, curve_grid, own_scale_grid
from mihash_bench.report.figures.figure import Grid, in_rows
from mihash_bench.report.figures.panel import Panel, panel_curves
from mihash_bench.report.figures.scale import scales_of
from mihash_bench.report.figures.style import method_order
from mihash_bench.report.paper.runs import BATCH, METRIC, PARTS, PaperRuns
from mihash_bench.report.titles import series_title


def figures_of(runs: PaperRuns) -> dict[str, tuple[Grid, tuple[str, ...]]]:
    """Return each figure's panels and the parts of the study that it shows, by file name."""
    batch = _of_several_epochs(runs)
    return {
        "fig-trigger-cifar10": (_trigger(runs), PARTS[:1]),
        "fig-trigger-seconds": (in_rows(_by_method(runs, "table_s")), PARTS[:1]),
        "fig-online": ([_row(runs, "examples", triggers=("on",))], PARTS),
        "fig-cost": ([_row(runs, x) for x in ("bit_recomputations", "train_s")], PARTS),
        "fig-batch-setting1": (curve_grid(batch, EPOCH, METRIC), (BATCH,)),
        "fig-batch-setting1-objective": (own_scale_grid(batch, "objective"), (BATCH,)),
    }


def _of_several_epochs(runs: PaperRuns) -> pd.DataFrame:
    """Return the batch runs whose curves are drawn; those of a single epoch have none."""
    rows = runs.of(BATCH)
    return rows[rows.groupby("key")[EPOCH].transform("max") > 1]


def _trigger(runs: PaperRuns) -> Grid:
    """Return a panel for each method, and one for the table updates of all."""
    rows = measured(runs.of(PARTS[0]), METRIC)
    titles = ("Table updates", rows["dataset_title"].iloc[0])
    return in_rows([*_by_method(runs, "examples"), _panel(titles, rows, "examples", "updates", "Hash table updates")])


def _by_method(runs: PaperRuns, x: str) -> list[Panel]:
    """Return a panel for each method, with the trigger on and off."""
    rows = measured(runs.of(PARTS[0]), METRIC)
    title = rows["dataset_title"].iloc[0]
    pairs = set(zip(rows["method"], rows["variant"], strict=True))
    panels = []
    for method, variant in sorted(pairs, key=lambda pair: (method_order(pair[0]), pair[1])):
        here = rows[(rows["method"] == method) & (rows["variant"] == variant)]
        name = series_title(here["method_title"].iloc[0], variant)
        panels.append(_panel((name, title), here, x, METRIC))
    return panels


def _row(runs: PaperRuns, x: str, triggers: Sequence[str] = ("on", "off")) -> list[Panel]:
    """Return a panel for each dataset."""
    panels = []
    for part in PARTS:
        rows = measured(runs.of(part), METRIC)
        shown = rows[rows["trigger"].isin(triggers)]
        panels.append(_panel((rows["dataset_title"].iloc[0],), shown, x, METRIC))
    return panels


def _panel(titles: tuple[str, ...], rows: pd.DataFrame, x: str, y: str, y_title: str = "") -> Panel:
    [setting] = settings_in(rows)
    return Panel(titles, rows, axis_of(setting, x), y, y_title)


def points(grid: Grid) -> pd.DataFrame:
    """Return a row for each point of each line of a figure, with mean and standard deviation over trials."""
    columns = ["panel", "method", "variant", "trigger", "trials", "x_name", "x", "y_name", "mean", "sd"]
    panels = [panel for row in grid for panel in row]
    scales = scales_of(panels)
    lines = [
        pd.DataFrame({"x": curve.x, "mean": curve.mean, "sd": curve.sd}).assign(
            panel=panel.title, method=method, variant=variant, trigger=trigger, trials=curve.trials,
            x_name=panel.x.column, y_name=panel.y,
        )
        for panel in panels
        for (method, variant, trigger), curve in panel_curves(panel, scales[panel.x_group])
    ]  # fmt: skip
    return pd.concat(lines)[columns]
