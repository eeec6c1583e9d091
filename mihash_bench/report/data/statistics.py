"""Statistics over trials: final values, areas under the curve, costs."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mihash_bench.report.data.selection import GROUP, measured, settings_in
from mihash_bench.store.columns import ADDED_COLUMNS, COST_COLUMNS, LAST_COLUMNS, RUN_COLUMNS, SEARCHED
from mihash_bench.store.curves import Curves

TITLES = ["method_title", "dataset_title"]
COSTS = ("updates", "bit_recomputations", "train_s", "train_memory_bytes")

Floats = NDArray[np.float64]


def metric_columns(frame: pd.DataFrame) -> list[str]:
    """Return the metrics that some finished run has, in the order of their columns."""
    known = {*RUN_COLUMNS, *COST_COLUMNS, *LAST_COLUMNS, *ADDED_COLUMNS, "queries_without_relevant"}
    own = {name for setting in settings_in(frame) for name in (*setting.columns, *setting.costs)}
    named = [name for name in frame.columns if name not in known | own and not name.endswith(" empty")]
    named = [name for name in named if not name.startswith(SEARCHED)]
    done = frame[frame["status"] == "done"]
    return [name for name in named if done[name].notna().any()]


def final(frame: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Return the last checkpoint of each finished run that has the metric there."""
    run = ["key"] if "key" in frame else [*GROUP, "trial"]
    ends = frame.groupby(run, sort=False, dropna=False)["examples"].transform("max")
    rows = measured(frame.assign(ends_at=ends), metric)
    return rows[rows["examples"] == rows.pop("ends_at")]


def auc(frame: pd.DataFrame, metric: str) -> pd.Series:
    """Return the normalised area under each finished run's curve of the metric over examples, indexed by key.

    ``AUC = sum_c (n_{c+1} - n_c) (m_c + m_{c+1}) / 2 / (n_C - n_1)`` for the metric m_c at the examples n_c of the C
    checkpoints: the trapezoid area divided by the range of examples, in the unit of the metric. It is the metric itself
    for a run with one checkpoint.
    """
    rows = measured(frame, metric)
    number, keys = pd.factorize(rows["key"])
    return pd.Series(_areas(number, rows["examples"].to_numpy(float), rows[metric].to_numpy(float)), keys, float)


def auc_of_curves(keys: Sequence[str], curves: Curves, metric: str) -> pd.Series:
    """Return ``auc`` from the curves of some finished runs, without a table of all their checkpoints."""
    known = ~np.isnan(curves.columns[metric])
    number = np.repeat(np.arange(len(keys)), curves.lengths)[known]
    x, y = (curves.columns[name][known].astype(float) for name in ("examples", metric))
    return pd.Series(_areas(number, x, y), [keys[each] for each in np.unique(number)], float)


def _areas(number: NDArray[np.intp], x: Floats, y: Floats) -> Floats:
    """Return the area of each run, in the order of their numbers. number: the run of each row."""
    order = np.lexsort([x, number])
    x, y, starts = x[order], y[order], np.flatnonzero(np.diff(number[order], prepend=-1))
    ends = np.append(starts[1:], len(x)) - 1
    pieces = np.diff(x, append=0) * (y + np.append(y[1:], 0)) / 2
    # No piece leads from a run to the next one.
    pieces[ends] = 0
    width = x[ends] - x[starts]
    several = width > 0
    return np.where(several, np.add.reduceat(pieces, starts) / np.where(several, width, 1), y[starts])


def _diverged(last: pd.DataFrame, trials: pd.Series) -> pd.Series:
    """Return a text for each group about its runs that diverged. trials: the number of runs, indexed by group."""
    reasons = last.assign(diverged=last["diverged"].astype(object).mask(last["diverged"] == "", None))
    groups = reasons.groupby(GROUP, sort=False)["diverged"]
    count, first = groups.count(), groups.first()
    return (count.astype(str) + " of " + trials.astype(str) + " trials, " + first.astype(str)).where(count > 0, "")


def summary(
    frame: pd.DataFrame, metric: str, areas: pd.Series | None = None, *, further: Sequence[str] = ()
) -> pd.DataFrame:
    """Return one row for each setting, dataset, code length, method, variant and trigger, from finished runs alone.

    Columns: ``trials``, the number of trials; ``metric``; ``final_mean`` and ``final_sd``, mean and standard deviation
    (n - 1; NaN for one trial) over trials of the metric at the last checkpoint; likewise ``auc`` and the costs, which
    are NaN where a setting does not measure them. Runs without the metric are not counted as trials. ``diverged`` says
    how many runs diverged, and why the first of them did; it is empty if none did.

    areas: the ``auc`` of each run, for a frame that does not have all checkpoints. further: cost columns besides those
    that every summary has, such as ``table_s``.
    """
    last = final(frame, metric)
    costs = list(dict.fromkeys([*COSTS, *(name for setting in settings_in(last) for name in setting.costs), *further]))
    values = {name: last.get(name, pd.Series(np.nan, index=last.index)).astype(float) for name in costs}
    areas = auc(frame, metric) if areas is None else areas
    last = last.assign(**values, final=last[metric], auc=last["key"].map(areas))
    by_group = last.groupby(GROUP, sort=False)
    groups = by_group[["final", "auc", *costs]]
    table = pd.concat([groups.mean().add_suffix("_mean"), groups.std(ddof=1).add_suffix("_sd")], axis=1)
    table = table.assign(trials=by_group.size(), metric=metric).join(by_group[TITLES].first())
    table = table.assign(diverged=_diverged(last, table["trials"]))
    return table.reset_index().sort_values(GROUP, ignore_index=True)
