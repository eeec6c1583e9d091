"""What curves can show over an axis: metrics, costs, and further columns of a setting."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from mihash_bench.report.data.statistics import metric_columns
from mihash_bench.settings.base import Setting
from mihash_bench.store.columns import LAST_COLUMNS

TITLES = {
    "train_s": "Training time (s)",
    "reservoir_s": "Reservoir and trigger (s)",
    "table_s": "Coding the table (s)",
    "eval_s": "Evaluation (s)",
    "train_memory_bytes": "Training memory (bytes)",
}


@dataclass(frozen=True)
class Quantity:
    """A column that curves can show.

    title: the name of its axis. is_metric: it has a table of its own. once: it is known once for each run, so that it
    can only be drawn over the code length. own_scale: it is comparable only within one method. prefixed: its numbers
    have prefixes such as k and M.
    """

    column: str
    title: str
    is_metric: bool = False
    once: bool = False
    own_scale: bool = False
    prefixed: bool = False


def quantity_of(setting: Setting, column: str) -> Quantity:
    """Return what is known about a column of a setting that is not a metric; a metric is named as it is."""
    axis = setting.axis(column)
    once = column in LAST_COLUMNS
    if axis is not None:
        return Quantity(column, axis.title, once=once, prefixed=axis.numbers == "si")
    own_scale = column in setting.own_scale
    title = TITLES.get(column) or (column.capitalize() if own_scale else column)
    return Quantity(column, title, once=once, own_scale=own_scale, prefixed=once)


def drawable(frame: pd.DataFrame, setting: Setting) -> Mapping[str, Quantity]:
    """Return what the finished runs of a setting have, by column: metrics, costs, and the setting's own columns.

    How far a run has come, such as its examples and epochs, is no quantity: it is only an axis.
    """
    rows = frame[(frame["setting"] == setting.name) & (frame["status"] == "done")]
    metrics = metric_columns(rows)
    progress = {"examples", *(axis.column for axis in setting.axes)} - {*setting.costs, *TITLES, "updates"}
    others = dict.fromkeys([*setting.costs, *TITLES, *setting.columns])
    known = [name for name in others if name not in progress and name in rows and rows[name].notna().any()]
    found = {name: Quantity(name, name, is_metric=True) for name in metrics}
    return found | {name: quantity_of(setting, name) for name in known if name not in found}
