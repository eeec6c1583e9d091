"""Figures of several trials: final values, area under the curve, means, deviations, curves on a common grid."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mihash_bench.report.selection import GROUP, measured
from mihash_bench.store.results import COST_COLUMNS, LAST_COLUMNS, PROGRESS_COLUMNS, RUN_COLUMNS

GRID_POINTS = 200
TITLES = ["method_title", "dataset_title"]

Floats = NDArray[np.float64]


def metric_columns(frame: pd.DataFrame) -> list[str]:
    """Return the columns that are metrics which some finished run has, in their order."""
    known = {*RUN_COLUMNS, *COST_COLUMNS, *LAST_COLUMNS, *PROGRESS_COLUMNS, "queries_without_relevant"}
    named = [name for name in frame.columns if name not in known and not name.endswith(" empty")]
    done = frame[frame["status"] == "done"]
    return [name for name in named if done[name].notna().any()]


def final(frame: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Return the last checkpoint of each finished run that has the metric."""
    rows = measured(frame, metric)
    return rows.loc[rows.groupby("key", sort=False)["examples"].idxmax()]


def auc(frame: pd.DataFrame, metric: str) -> pd.Series:
    """Return each finished run's mean of the metric over its checkpoints, indexed by key.

    ``AUC = (1/C) sum_c metric_c`` over a run's C checkpoints, in the metric's own unit.
    """
    return measured(frame, metric).groupby("key", sort=False)[metric].mean()


def summary(frame: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Return one row for each setting, dataset, bits, method, variant and trigger, from finished runs alone.

    Columns: ``trials``, and mean and standard deviation (n - 1; NaN for one trial) over trials of the final metric
    (``final_mean``, ``final_sd``) and likewise ``auc``, ``updates``, ``bit_recomputations``, ``train_s``,
    ``train_memory_bytes`` (NaN for online runs).
    Runs without the metric are left out and not counted as trials.
    """
    last = final(frame, metric)
    memory = last.get("train_memory_bytes", pd.Series(np.nan, index=last.index)).astype(float)
    last = last.assign(train_memory_bytes=memory, final=last[metric], auc=last["key"].map(auc(frame, metric)))
    by_group = last.groupby(GROUP, sort=False)
    groups = by_group[["final", "auc", "updates", "bit_recomputations", "train_s", "train_memory_bytes"]]
    table = pd.concat([groups.mean().add_suffix("_mean"), groups.std(ddof=1).add_suffix("_sd")], axis=1)
    table = table.assign(trials=by_group.size(), metric=metric).join(by_group[TITLES].first())
    return table.reset_index().sort_values(GROUP, ignore_index=True)


@dataclass(frozen=True)
class Curve:
    """Mean and standard deviation (n - 1; NaN for one trial) over trials, on a common grid of x."""

    x: Floats
    mean: Floats
    sd: Floats
    trials: int


def by_epoch(frame: pd.DataFrame, x: str, y: str) -> Curve:
    """Put the trials of one group together epoch by epoch: mean x, mean and standard deviation of y over trials.

    So a cost that differs a little from trial to trial is averaged beside what it bought. A trial that has ended stays
    where it ended.
    """
    rows = measured(frame, y)
    wide = rows.pivot(index="epoch", columns="key", values=[x, y]).sort_index().ffill()
    values: NDArray[Any] = np.asarray(wide[y], float)
    trials = values.shape[1]
    sd = values.std(axis=1, ddof=1) if trials > 1 else np.full(len(values), np.nan)
    return Curve(np.asarray(wide[x], float).mean(axis=1), values.mean(axis=1), sd, trials)


def on_common_grid(
    frame: pd.DataFrame, x: str, y: str, points: int = GRID_POINTS, *, logarithmic: bool = False
) -> Curve:
    """Put the trials of one group on one grid, linear between checkpoints.

    Where x repeats (no update between two checkpoints) the last value counts. Beyond a trial's end its last value
    stands, since its table no longer changes; before its first checkpoint the first one does.

    The grid is equally spaced from the smallest to the largest x; with ``logarithmic`` it is so in log(x) from the
    smallest positive x on, after a 0 where there is one. It is a single point where all x are equal.
    """
    rows = measured(frame, y).sort_values("examples")
    trials = [trial.drop_duplicates(x, keep="last") for _, trial in rows.groupby("key", sort=False)]
    grid = _grid(rows[x].to_numpy(float), points, logarithmic)
    values = np.array([np.interp(grid, trial[x], trial[y]) for trial in trials])
    sd = values.std(axis=0, ddof=1) if len(trials) > 1 else np.full(len(grid), np.nan)
    return Curve(grid, values.mean(axis=0), sd, len(trials))


def _grid(x: Floats, points: int, logarithmic: bool) -> Floats:
    low, high = x.min(), x.max()
    if low == high:
        return np.array([low])
    if not logarithmic:
        return np.linspace(low, high, points)
    positive = x[x > 0].min()
    zero = [0.0] if low == 0 else []
    # A single positive x would come out as many equal points.
    steps = np.geomspace(positive, high, points - len(zero)) if positive < high else [high]
    return np.concatenate([zero, steps])
