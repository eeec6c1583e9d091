"""Curves over trials: one column of panels a dataset, one row a code length."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from mihash_bench.errors import InputError
from mihash_bench.report.figure import Grid, Panel, draw_figure
from mihash_bench.report.selection import ONLINE, measured
from mihash_bench.report.style import PLACES

# Where an epoch is no pass through the training points.
EPOCHS_ARE = {
    "shk": "An epoch of SHK is one bit.",
    "sdh": "An epoch of SDH is a round of codes, classifier and projection; it ends when nothing changes.",
}
# Of a batch setting on one dataset.
LENGTHS_A_ROW = 2
# A title that no panel may leave out.
STAND_IN = "STAND-IN"


def plot_curves(frame: pd.DataFrame, x: str, y: str, path_stem: Path) -> list[Path]:
    """Draw one figure as ``path_stem.pdf`` and ``path_stem.png`` and return the two paths.

    A line is the mean over trials of one method, variant and trigger; the band is one standard deviation to either
    side. A method that has a single x (one that never rebuilds its table, over bit recomputations) is one point, with
    a thin line across where that x is 0. Bit recomputations are on a logarithmic axis that begins with 0, unless they
    differ by less than ten times; so are epochs, and the training time of batch methods, which have two panels a row.

    The same runs give the same bytes, whatever matplotlib's settings are; they are left as they were. Raises
    InputError when no finished run has ``y``.
    """
    rows = measured(frame, y)
    if rows.empty:
        raise InputError(f"no finished run has {y}")
    return draw_figure(_grid(rows, x, y), path_stem, epoch_note(rows, x))


def epoch_note(rows: pd.DataFrame, x: str) -> str:
    """Return what must be said of epochs that are none."""
    said = [text for method, text in EPOCHS_ARE.items() if x == "epoch" and method in set(rows["method"])]
    return " ".join(said)


def plot_objectives(frame: pd.DataFrame, path_stem: Path) -> list[Path]:
    """Draw what each method minimises over its epochs: a column of panels a method, a row a code length and dataset.

    Each panel has a scale of its own: objectives of two methods have nothing to do with each other.
    """
    return draw_figure(objective_grid(frame), path_stem, epoch_note(frame, "epoch"))


def objective_grid(frame: pd.DataFrame) -> Grid:
    """Return the panels of what each method minimises over its epochs."""
    rows = measured(frame, "objective")
    methods = sorted(set(rows["method"]), key=lambda name: (PLACES.get(name, len(PLACES)), name))
    places = sorted(set(zip(rows["bits"], rows["dataset"], strict=True)))
    return [[_objective(rows, *place, name) for name in methods] for place in places]


def epoch_grid(frame: pd.DataFrame, y: str) -> Grid:
    """Return a panel a code length of ``y`` over epochs."""
    return _grid(measured(frame, y), "epoch", y)


def _objective(rows: pd.DataFrame, bits: int, dataset: str, method: str) -> Panel:
    here = rows[(rows["bits"] == bits) & (rows["dataset"] == dataset) & (rows["method"] == method)]
    named = rows[rows["method"] == method]["method_title"].iloc[0]
    title = rows[rows["dataset"] == dataset]["dataset_title"].iloc[0]
    which = f"{title}, " if rows["dataset"].nunique() > 1 or STAND_IN in title else ""
    return Panel(f"{named}, {which}{bits} bits", here, "epoch", "objective")


def _grid(rows: pd.DataFrame, x: str, y: str) -> Grid:
    places = list(dict.fromkeys(zip(rows["setting"], rows["dataset"], strict=True)))
    if len(places) == 1 and places[0][0] != ONLINE:
        panels = [_panel(rows, places[0], bits, x, y, places) for bits in sorted(rows["bits"].unique())]
        return [panels[start : start + LENGTHS_A_ROW] for start in range(0, len(panels), LENGTHS_A_ROW)]
    return [[_panel(rows, place, bits, x, y, places) for place in places] for bits in sorted(rows["bits"].unique())]


def _panel(
    rows: pd.DataFrame, place: tuple[str, str], bits: int, x: str, y: str, places: Sequence[tuple[str, str]]
) -> Panel:
    here = rows[(rows["setting"] == place[0]) & (rows["dataset"] == place[1])]
    return Panel(_title(here, f"{bits} bits", places), here[here["bits"] == bits], x, y)


def _title(rows: pd.DataFrame, length: str, places: Sequence[tuple[str, str]]) -> str:
    """Return the panel's title, with the setting where the figure has several."""
    several = len({setting for setting, _ in places}) > 1
    return ", ".join([rows["dataset_title"].iloc[0], *([rows["setting"].iloc[0]] if several else []), length])
