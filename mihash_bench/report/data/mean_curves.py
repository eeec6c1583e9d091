"""Mean curves: the trials of one method put together on common x."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mihash_bench.report.data.selection import measured

GRID_POINTS = 200

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


def on_common_grid(
    frame: pd.DataFrame, x: str, y: str, points: int = GRID_POINTS, *, logarithmic: bool = False
) -> Curve:
    """Interpolate the trials of one group linearly on one grid, and average them there.

    Where x repeats (no update between two checkpoints), the last value counts. Beyond a trial's last checkpoint its
    last value holds, since its table no longer changes; before its first checkpoint its first value does.

    The grid is equally spaced from the smallest to the largest x. With ``logarithmic`` it is equally spaced in log(x)
    from the smallest positive x on, after a 0 if there is one. It is a single point where all x are equal.
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
    # A single positive x would otherwise become many equal points.
    steps = np.geomspace(positive, high, points - len(zero)) if positive < high else [high]
    return np.concatenate([zero, steps])
