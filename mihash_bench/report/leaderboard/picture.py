"""The figure of a leaderboard: the final metric over bit recomputations, with the Pareto front."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from mihash_bench.report.data.front import FRONT
from mihash_bench.report.data.selection import GROUP
from mihash_bench.report.figures.design import Design
from mihash_bench.report.figures.figure import draw_figure, in_rows
from mihash_bench.report.figures.panel import Panel
from mihash_bench.report.leaderboard.entries import COST
from mihash_bench.report.leaderboard.roles import ROLE, TUNED
from mihash_bench.report.titles import series_titles
from mihash_bench.settings.base import setting_of

ENDING = ".svg"
NOTE = "Final values. The line is the best mean that so many bit recomputations can buy."
# Code lengths differ in their costs, so that each panel has its own limits, and one scale that shows all of them.
DESIGN = Design(formats=(ENDING[1:],), xscale="linear")


def draw_front(last: pd.DataFrame, metric: str, path_stem: Path, facts: Mapping[str, Any] | None = None) -> Path:
    """Draw the entries of one setting and dataset, a panel for each code length, as SVG, and return its path.

    last: the last checkpoint of each run, with the column ``FRONT``. A point is the mean over trials of an entry, and
    its bar one standard deviation of the metric. Raises InputError as ``draw_figure`` does.
    """
    [name] = last["setting"].unique()
    axis = setting_of(str(name)).axis(COST)
    if axis is None:
        raise ValueError(f"{name} has no axis {COST} (allowed: settings that have one)")
    by_run = replace(axis, by_checkpoint=True)
    title = str(last["dataset_title"].iloc[0])
    lengths = list(dict.fromkeys(last["bits"]))
    panels = [
        Panel((title, f"{bits} bits"), last[last["bits"] == bits], by_run, metric, own_x=True) for bits in lengths
    ]
    [path] = draw_figure(in_rows(panels), path_stem, NOTE, facts, DESIGN)
    return path


def with_front_of(last: pd.DataFrame, summary: pd.DataFrame) -> pd.DataFrame:
    """Return the last checkpoints of the entries of a summary, with ``FRONT`` and names that say what is tuned.

    Code lengths are in the order of the summary.
    """
    places = {bits: place for place, bits in enumerate(dict.fromkeys(summary["bits"]))}
    facts = summary[[*GROUP, FRONT]]
    rows = last.merge(facts, on=GROUP, how="inner", validate="many_to_one")
    rows = rows.sort_values("bits", key=lambda bits: bits.map(places), kind="stable", ignore_index=True)
    names = zip(series_titles(rows), rows[ROLE], strict=True)
    return rows.assign(label=[f"{name}, {role}" if role == TUNED else name for name, role in names])
