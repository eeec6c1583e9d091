"""The figures and tables of the paper's experiments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from mihash_bench.report.batch_tables import batch_latex, batch_tables
from mihash_bench.report.curves import epoch_grid, epoch_note, objective_grid
from mihash_bench.report.figure import Grid, Panel, draw_figure
from mihash_bench.report.panel import panel_curves
from mihash_bench.report.paper_tables import online_table, updates_table
from mihash_bench.report.published import beside
from mihash_bench.report.selection import measured
from mihash_bench.report.statistics import summary
from mihash_bench.report.style import KNOWN
from mihash_bench.report.titles import series_title
from mihash_bench.report.together import write_together

METRIC = "mAP"
PARTS = ("cifar10", "places205", "labelme")
BATCH = "batch-1"
PANELS_A_ROW = 4


@dataclass(frozen=True)
class PaperRuns:
    """The runs to report and what must be said with every figure and table made from them.

    frame: ``comparable`` rows with one more column, ``part``: the paper's dataset, or ``published`` for runs in the
    protocol of a published figure, or a batch setting. notes: what must be said of a part, such as that it is a
    stand-in. quick, quick_batch: what must be said of all online parts, and of the batch setting.
    """

    frame: pd.DataFrame
    notes: Mapping[str, str]
    quick: str = ""
    quick_batch: str = ""

    def of(self, *parts: str) -> pd.DataFrame:
        """Return the rows of some parts."""
        return self.frame[self.frame["part"].isin(parts)]

    def said_of(self, *parts: str) -> list[str]:
        """Return the notes that concern some parts."""
        quick = self.quick_batch if BATCH in parts else self.quick
        return [note for note in [*(self.notes.get(part, "") for part in parts), quick] if note]


def write_paper(runs: PaperRuns, folder: Path) -> list[Path]:
    """Write the paper's figures (PDF, PNG, CSV) and tables (tex), none before all are made, and return their paths.

    ``fig-trigger-cifar10``: each method with the trigger on and off on CIFAR-10. ``fig-online``: all methods with the
    trigger on, a panel a dataset. ``fig-cost``: all, over bit recomputations and training time.
    ``table-updates.tex``, ``table-online.tex``: updates and mAP. ``fig-batch-setting1``, and the same with
    ``-objective``: mAP and objective by epoch of the batch methods, ``table-batch-setting1.tex``: their mAP with
    published figures beside, seconds and memory. Raises InputError when ``folder`` cannot be written.
    """
    return write_together(folder, lambda workshop: _render(runs, workshop))


def _render(runs: PaperRuns, folder: Path) -> list[Path]:
    figures = {
        "fig-trigger-cifar10": (_trigger(runs), PARTS[:1]),
        "fig-online": (_online(runs), PARTS),
        "fig-cost": (_cost(runs), PARTS),
        "fig-batch-setting1": (epoch_grid(_batch(runs), METRIC), (BATCH,)),
        "fig-batch-setting1-objective": (objective_grid(_batch(runs)), (BATCH,)),
    }
    paths = []
    for name, (grid, parts) in figures.items():
        epochs = [epoch_note(runs.of(BATCH), "epoch")] if BATCH in parts else []
        paths += draw_figure(grid, folder / name, "\n".join([*epochs, *runs.said_of(*parts)]))
        points = _points(grid).assign(note=" ".join(runs.said_of(*parts)))
        paths.append(_write(folder / f"{name}.csv", points.to_csv(index=False)))
    return paths + _tables(runs, folder)


def _tables(runs: PaperRuns, folder: Path) -> list[Path]:
    rows, notes = runs.of(*PARTS), runs.said_of(*PARTS)
    updates = updates_table(rows, METRIC, notes)
    online = online_table(rows, runs.of("published"), METRIC, notes, runs.notes.get("published", "").rstrip("."))
    texts = {"table-updates": updates, "table-online": online, "table-batch-setting1": _batch_table(runs)}
    return [_write(folder / f"{name}.tex", text) for name, text in texts.items()]


def _batch(runs: PaperRuns) -> pd.DataFrame:
    """The batch runs whose curves are drawn: not those of a single epoch."""
    rows = runs.of(BATCH)
    return rows[rows.groupby("key")["epoch"].transform("max") > 1]


def _batch_table(runs: PaperRuns) -> str:
    [table] = batch_tables(beside(summary(runs.of(BATCH), METRIC)), METRIC)
    return batch_latex(table, runs.said_of(BATCH), "batch-setting1")


def _write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def _trigger(runs: PaperRuns) -> Grid:
    """A panel a method, and one more for the updates of all."""
    rows = measured(runs.of("cifar10"), METRIC)
    title = rows["dataset_title"].iloc[0]
    series = sorted(
        set(zip(rows["method"], rows["variant"], strict=True)), key=lambda pair: (KNOWN.index(pair[0]), pair[1])
    )
    each = [rows[(rows["method"] == method) & (rows["variant"] == variant)] for method, variant in series]
    names = [series_title(here["method_title"].iloc[0], here["variant"].iloc[0]) for here in each]
    panels = [Panel(f"{name}, {title}", here, "examples", METRIC) for name, here in zip(names, each, strict=True)]
    panels.append(Panel(f"Table updates, {title}", rows, "examples", "updates"))
    return [panels[start : start + PANELS_A_ROW] for start in range(0, len(panels), PANELS_A_ROW)]


def _online(runs: PaperRuns) -> Grid:
    return [[_panel(runs, part, "examples", triggers=("on",)) for part in PARTS]]


def _cost(runs: PaperRuns) -> Grid:
    return [[_panel(runs, part, x) for part in PARTS] for x in ("bit_recomputations", "train_s")]


def _panel(runs: PaperRuns, part: str, x: str, triggers: Sequence[str] = ("on", "off")) -> Panel:
    rows = measured(runs.of(part), METRIC)
    return Panel(rows["dataset_title"].iloc[0], rows[rows["trigger"].isin(triggers)], x, METRIC)


def _points(grid: Grid) -> pd.DataFrame:
    """Return what the figure shows, a row for each point of each line: mean and standard deviation over trials."""
    return pd.concat(
        pd.DataFrame({"x_name": panel.x, "x": curve.x, "y_name": panel.y, "mean": curve.mean, "sd": curve.sd}).assign(
            panel=panel.title, method=method, variant=variant, trigger=trigger, trials=curve.trials
        )
        for line in grid
        for panel in line
        for (method, variant, trigger), curve in panel_curves(panel.rows, panel.x, panel.y)
    )[["panel", "method", "variant", "trigger", "trials", "x_name", "x", "y_name", "mean", "sd"]]
