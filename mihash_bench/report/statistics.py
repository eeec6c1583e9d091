"""Figures of several trials: final values, area under the curve, means, deviations, curves on a common grid."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mihash_bench.store.results import COST_COLUMNS, LAST_COLUMNS, RUN_COLUMNS

GROUP = ["setting", "dataset", "bits", "method", "variant", "trigger"]
GRID_POINTS = 200

Floats = NDArray[np.float64]


def metric_columns(frame: pd.DataFrame) -> list[str]:
    """Return the columns that are metrics, in their order."""
    known = {*RUN_COLUMNS, *COST_COLUMNS, *LAST_COLUMNS, "queries_without_relevant"}
    return [name for name in frame.columns if name not in known and not name.endswith(" empty")]


def final(frame: pd.DataFrame) -> pd.DataFrame:
    """Return each run's last checkpoint."""
    return frame.sort_values("examples").groupby("key", sort=False).tail(1)


def auc(frame: pd.DataFrame, metric: str) -> pd.Series:
    """Return each run's mean of the metric over its checkpoints, indexed by key."""
    return frame.groupby("key", sort=False)[metric].mean()


def summary(frame: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Return one row for each setting, dataset, bits, method, variant and trigger.

    Columns: ``trials``, and mean and standard deviation (n - 1; NaN for one trial) over trials of the final metric
    (``final_mean``, ``final_sd``) and likewise ``auc``, ``updates``, ``bit_recomputations``, ``train_s``.
    """
    last = final(frame).assign(final=lambda rows: rows[metric])
    last["auc"] = last["key"].map(auc(frame, metric))
    measured = ["final", "auc", "updates", "bit_recomputations", "train_s"]
    groups = last.groupby(GROUP, sort=False)[measured]
    table = pd.concat([groups.mean().add_suffix("_mean"), groups.std(ddof=1).add_suffix("_sd")], axis=1)
    titles = last.groupby(GROUP, sort=False)[["method_title", "dataset_title"]].first()
    table = table.assign(trials=groups.size(), metric=metric).join(titles).reset_index()
    return table.sort_values(["setting", "dataset", "bits", "method", "variant", "trigger"], ignore_index=True)


@dataclass(frozen=True)
class Curve:
    """Mean and standard deviation (n - 1; NaN for one trial) over trials, on a common grid of x."""

    x: Floats
    mean: Floats
    sd: Floats
    trials: int


def on_common_grid(runs: pd.DataFrame, x: str, y: str, points: int = GRID_POINTS) -> Curve:
    """Put the trials of one group on one grid, linear between checkpoints.

    Where x repeats (no update between two checkpoints) the last value counts. Beyond a trial's end its last value
    stands, since its table no longer changes; before its first checkpoint the first one does.
    """
    trials = [trial.drop_duplicates(x, keep="last") for _, trial in runs.sort_values("examples").groupby("key")]
    low = min(float(trial[x].min()) for trial in trials)
    high = max(float(trial[x].max()) for trial in trials)
    grid = np.linspace(low, high, points) if high > low else np.array([low])
    values = np.array([np.interp(grid, trial[x], trial[y]) for trial in trials])
    sd = values.std(axis=0, ddof=1) if len(trials) > 1 else np.full(len(grid), np.nan)
    return Curve(grid, values.mean(axis=0), sd, len(trials))
