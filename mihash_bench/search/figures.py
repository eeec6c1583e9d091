"""The figures of search engines: quality against speed, and when to update, in seconds."""

import pandas as pd

from mihash_bench.report.data.selection import GROUP
from mihash_bench.report.figures.figure import Grid, in_rows
from mihash_bench.report.figures.panel import Panel
from mihash_bench.report.titles import series_titles
from mihash_bench.search.frames import frontier
from mihash_bench.settings.base import Axis

SPEED = "queries_per_second"
RECALL = Axis("feature_recall", "Recall of the nearest float neighbors", by_checkpoint=True, numbers="plain")
PRECISION = Axis("precision", "Precision of labels", by_checkpoint=True, numbers="plain")
REBUILDING = Axis("rebuild_s", "Rebuilding the index (s)", by_checkpoint=True, numbers="plain")


def pareto_grid(frame: pd.DataFrame, x: Axis) -> Grid:
    """Return a panel for each group of runs, with a line for each index through the efforts that nothing beats."""
    best = frontier(frame, x.column, SPEED)
    panels = [
        Panel(_titles(rows), _lines_of_indexes(rows), x, SPEED, "Queries per second", own_y=True, prefixed_y=True)
        for _, rows in best.groupby(GROUP, sort=False)
    ]
    return in_rows(panels)


def rebuilding_grid(frame: pd.DataFrame, metric: str) -> Grid:
    """Return a panel for each dataset, code length and index, with a point for each method and trigger.

    Each panel has its own x axis, because one index may take a thousand times longer to build than another one.
    """
    rows = frame.assign(examples=0, key=frame["key"] + " " + frame["index"])
    places = ["setting", "dataset", "bits", "index"]
    panels = [
        Panel(_place_titles(part), part, REBUILDING, "auc", f"{metric} over the stream (AUC)", own_x=True)
        for _, part in rows.groupby(places, sort=False)
    ]
    return in_rows(panels)


def _titles(rows: pd.DataFrame) -> tuple[str, ...]:
    first = rows.iloc[:1]
    trigger = [f"trigger {each}" for each in first["trigger"] if each]
    return (series_titles(first)[0], *trigger, str(first["dataset_title"].iloc[0]), f"{first['bits'].iloc[0]} bits")


def _place_titles(rows: pd.DataFrame) -> tuple[str, ...]:
    first = rows.iloc[0]
    return (str(first["engine_title"]), str(first["dataset_title"]), f"{first['bits']} bits")


def _lines_of_indexes(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows in which an index takes the place of a method, and an effort that of a checkpoint."""
    kept = rows.drop(columns=[name for name in ("label", "place") if name in rows])
    return kept.assign(
        method=rows["index"], method_title=rows["engine_title"], variant="", trigger="", examples=rows["number"],
        key=rows["key"] + " " + rows["index"],
    )  # fmt: skip
