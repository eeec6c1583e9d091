"""Mean curves: the trials of one method put together on common x."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mihash_bench.report.data.selection import measured
from mihash_bench.report.data.statistics import final

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """Mean and standard deviation (n - 1; NaN for one trial) over trials, at common x."""

    x: Floats
    mean: Floats
    sd: Floats
    trials: int


def by_checkpoint(frame: pd.DataFrame, x: str, y: str) -> Curve:
    """Average the trials of one group checkpoint by checkpoint: mean x, mean and standard deviation of y over trials.

    If x is a cost that varies slightly between trials, x and y are thus averaged at the same checkpoints. Checkpoints
    correspond by their number of examples. A trial that ended early keeps its last values.
    """
    rows = measured(frame, y)
    wide = rows.pivot(index="examples", columns="key", values=[x, y]).sort_index().ffill()
    values: NDArray[Any] = np.asarray(wide[y], float)
    trials = values.shape[1]
    sd = values.std(axis=1, ddof=1) if trials > 1 else np.full(len(values), np.nan)
    return Curve(np.asarray(wide[x], float).mean(axis=1), values.mean(axis=1), sd, trials)


def over_measured(frame: pd.DataFrame, x: str, y: str, *, linear_to: float | None = None) -> Curve:
    """Average the trials of one group at every x that was measured in one of them.

    Between its own checkpoints a trial is interpolated linearly, along the axis on which the curve is drawn. Where x
    repeats (no update between two checkpoints), the last value counts. Beyond a trial's last checkpoint its last value
    holds, since its table no longer changes; before its first checkpoint its first value does.

    linear_to: the axis is linear from 0 to this positive x and logarithmic from there; None for a linear axis.
    """
    rows = measured(frame, y).sort_values("examples")
    trials = [trial.drop_duplicates(x, keep="last") for _, trial in rows.groupby("key", sort=False)]
    grid = np.unique(rows[x].to_numpy(float))
    places = _places(grid, linear_to)
    values = np.array([np.interp(places, _places(trial[x].to_numpy(float), linear_to), trial[y]) for trial in trials])
    sd = values.std(axis=0, ddof=1) if len(trials) > 1 else np.full(len(grid), np.nan)
    return Curve(grid, values.mean(axis=0), sd, len(trials))


def _places(x: Floats, linear_to: float | None) -> Floats:
    """Return where x is on the axis, in decades; 0 and ``linear_to`` are one unit apart."""
    if linear_to is None:
        return x
    return np.where(x < linear_to, x / linear_to, 1 + np.log10(np.maximum(x, linear_to) / linear_to))


def over_bits(frame: pd.DataFrame, y: str) -> Curve:
    """Average the last value of each trial of one group, at each code length; ``trials`` is the largest number."""
    last = final(frame, y).groupby("bits", sort=True)[y]
    counts = last.size()
    mean, sd = (np.asarray(each, float) for each in (last.mean(), last.std(ddof=1)))
    return Curve(counts.index.to_numpy(float), mean, sd, int(counts.max()))
