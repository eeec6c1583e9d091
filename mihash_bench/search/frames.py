"""What was measured as tables: a row for each run, index and effort, and means over trials."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from mihash_bench.report.data.selection import GROUP
from mihash_bench.report.data.statistics import TITLES

# What is measured of each effort of an index.
QUANTITIES = (
    "code_recall", "feature_recall", "precision", "unanswered", "queries_per_second", "p50_s", "p99_s", "candidates",
    "lookups", "empty", "skew", "build_s", "bytes",
)  # fmt: skip
# What is measured of each index of a run that streams.
REBUILDING = ("build_s", "updates", "rebuild_s", "table_s", "auc", "final", "worst")
# What labels of a chosen run are kept for tables.
NAMED = ("label", "place")
INDEX = ["index", "engine_title"]
ON_OFF = ("on", "off")


def measured_frame(runs: pd.DataFrame, entries: Mapping[str, Sequence[Mapping[str, Any]]]) -> pd.DataFrame:
    """Return a row for each run, index and effort.

    runs: a row for each run. entries: what ``measuring.Measuring.of`` returned, by the run's key.
    """
    rows = []
    for run in runs.to_dict("records"):
        for entry in entries[run["key"]]:
            about = {name: entry[name] for name in ("index", "k", "software", "machine", "pinned", "rows", "queries")}
            about |= {"engine_title": entry["title"]}
            for number, measure in enumerate(entry["measures"]):
                effort = {"number": number, "effort_title": measure["effort"] or "all rows"}
                rows.append({**run, **about, **effort, **measure})
    return pd.DataFrame(rows).astype(dict.fromkeys(QUANTITIES, float)) if rows else pd.DataFrame()


def means(frame: pd.DataFrame, by: Sequence[str], quantities: Sequence[str]) -> pd.DataFrame:
    """Return mean and standard deviation (n - 1) over trials of each quantity, as ``report.data.statistics.summary``.

    The order of the groups is that of their first rows.
    """
    columns = [*GROUP, *by]
    groups = frame.groupby(columns, sort=False)
    values = groups[list(quantities)]
    table = pd.concat([values.mean().add_suffix("_mean"), values.std(ddof=1).add_suffix("_sd")], axis=1)
    kept = [*TITLES, *(name for name in NAMED if name in frame)]
    return table.assign(trials=groups.size()).join(groups[kept].first()).reset_index()


def rebuilding_frame(frame: pd.DataFrame, checkpoints: pd.DataFrame, metric: str, areas: pd.Series) -> pd.DataFrame:
    """Return a row for each streaming run and index: what rebuilding the index at each update takes and gives.

    frame: a result of ``measured_frame`` whose runs have their final ``updates``, ``table_s`` and metric. checkpoints:
    all checkpoints of these runs. areas: the area under the curve of each run, by its key. ``rebuild_s`` is the number
    of updates times the seconds of building the index from the codes at the end of the run. ``worst`` is the largest
    amount, over checkpoints, by which the metric of the run lies below that of the same run with the trigger off.
    """
    if frame.empty:
        return frame
    streaming = frame[frame["trigger"].isin(ON_OFF)].drop_duplicates(["key", "index"])
    return streaming.assign(
        rebuild_s=streaming["updates"].astype(float) * streaming["build_s"],
        auc=streaming["key"].map(areas),
        final=streaming[metric],
        worst=streaming["key"].map(_worst(checkpoints, metric)),
    )


def _worst(checkpoints: pd.DataFrame, metric: str) -> pd.Series:
    """Return the largest loss of each run with the trigger on that has its like with the trigger off."""
    same = [name for name in [*GROUP, "trial", "examples"] if name != "trigger"]
    by_trigger = {name: checkpoints[checkpoints["trigger"] == name] for name in ON_OFF}
    pairs = by_trigger["on"].merge(by_trigger["off"][[*same, metric]], on=same, suffixes=("", " off"))
    losses = pairs[f"{metric} off"] - pairs[metric]
    return losses.groupby(pairs["key"]).max() if len(pairs) else pd.Series(dtype=float)


def frontier(frame: pd.DataFrame, x: str, y: str) -> pd.DataFrame:
    """Return the rows of the efforts that no other effort of the same index beats, by their means over trials.

    An effort is beaten by one that is at least as good in x and y, larger values being better, and better in one.
    """
    by = [*GROUP, "index", "number"]
    mean = frame.groupby(by, sort=False)[[x, y]].mean().reset_index()
    kept = []
    for _, group in mean.groupby([*GROUP, "index"], sort=False):
        values = group[[x, y]].to_numpy(float)
        at_least = np.all(values[None] >= values[:, None], axis=2)
        better = np.any(values[None] > values[:, None], axis=2)
        kept.append(group[~np.any(at_least & better, axis=1)])
    return frame.merge(pd.concat(kept)[by], on=by) if kept else frame


def known(frame: pd.DataFrame, quantity: str) -> bool:
    """Return whether a quantity has a value in some row."""
    return not frame.empty and bool(frame[quantity].notna().any())
