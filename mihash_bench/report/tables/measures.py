"""Measures: the possible columns of a table. Each one reads its cell from the summary of ``data/statistics.py``."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from mihash_bench.report.data.published import OTHER
from mihash_bench.report.tables.model import Cell

# The rows of a summary that belong to one line of a table, each by the names of its columns. There are several only
# where the line has several triggers.
Line = Sequence[Mapping[str, Any]]
# Reads a cell from a line.
Reader = Callable[[Line], Cell]

MIB = 2**20
LEAST_P = 0.0001


@dataclass(frozen=True)
class Measure:
    """One column of a table, or one for each group.

    title: ``{metric}`` is replaced by the metric. metric: of which metric's rows of the summary it reads, "" for the
    only metric of the table. follows_decimals: a user can choose the number of decimals. read: takes a cell from a row
    of the summary. decimals, signed, least, brief: see ``model.Column``. marks_best: the best of a section is marked.
    marks_differences: significant differences from the best are marked. marks_equal: so are tested cells without one.
    marks_diverged: cells with runs that diverged are marked. optional: the column is left out if it would be empty.
    caption: a part of the caption. note: a sentence for the reader of the table, without its full stop.
    """

    title: str
    read: Reader
    decimals: int | None = 0
    signed: bool = False
    least: float | None = None
    brief: bool = False
    marks_best: bool = False
    marks_differences: bool = False
    marks_equal: bool = False
    marks_diverged: bool = False
    optional: bool = False
    follows_decimals: bool = False
    caption: str = ""
    note: str = ""
    metric: str = ""


def statistic(name: str, *, unit: float = 1.0, trigger: str | None = None) -> Reader:
    """Read mean and standard deviation of a summary's statistic, divided by ``unit``, with one trigger or any."""

    def read(line: Line) -> Cell:
        mean, sd = _number(line, f"{name}_mean", trigger), _number(line, f"{name}_sd", trigger)
        return Cell(None if mean is None else mean / unit, None if sd is None else sd / unit)

    return read


def plain(name: str) -> Reader:
    """Read a column of a summary that has no spread."""
    return lambda line: Cell(_number(line, name))


def published(line: Line) -> Cell:
    """Read the published figure, with a mark if it is of other features."""
    other = any(row.get("published_features") == OTHER for row in line)
    cell = plain("published")(line)
    return replace(cell, other_features=other and cell.value is not None)


def ratio(name: str, above: str, below: str, *, least: float) -> Reader:
    """Read the ratio of a statistic's mean with two triggers; none if the divisor is below ``least``."""

    def read(line: Line) -> Cell:
        numerator, divisor = (_number(line, f"{name}_mean", trigger) for trigger in (above, below))
        return Cell(None if numerator is None or divisor is None or divisor < least else numerator / divisor)

    return read


def _number(line: Line, name: str, trigger: str | None = None) -> float | None:
    rows = [row for row in line if trigger is None or row["trigger"] == trigger]
    if len(rows) > 1:
        raise ValueError(f"{name}: {len(rows)} rows of the summary for one cell (allowed: one)")
    if not rows or pd.isna(value := rows[0].get(name, float("nan"))):
        return None
    return int(value) if isinstance(value, int) else float(value)


def without_spread(measure: Measure) -> Measure:
    """Return a measure whose cells have no spread."""
    return replace(measure, read=lambda line: replace(measure.read(line), spread=None))


FINAL = Measure(
    "{metric}", statistic("final"), decimals=3, brief=True, marks_best=True, marks_differences=True,
    marks_diverged=True, follows_decimals=True,
)  # fmt: skip
AUC = Measure(
    "AUC", statistic("auc"), decimals=3, brief=True, marks_best=True, follows_decimals=True,
    caption="AUC: area under the curve of {metric} over examples, divided by the range of examples",
)  # fmt: skip
TRIALS = Measure("Trials", plain("trials"))
OURS = replace(FINAL, title="ours")
PUBLISHED = Measure("published", published, decimals=3, brief=True, optional=True, follows_decimals=True)
COSTS = {
    "updates": Measure("Updates", statistic("updates"), decimals=1, brief=True),
    "bit_recomputations": Measure("Bit recomputations", statistic("bit_recomputations")),
    "train_s": Measure("Training time (s)", statistic("train_s"), decimals=2),
    "train_memory_bytes": Measure(
        "Training memory (MiB)", statistic("train_memory_bytes", unit=MIB),
        note="Training memory is what training added to the memory of its process, including the training points and "
        "the stored snapshot of each epoch after which codes are evaluated",
    ),
}  # fmt: skip
DIFFERENCES = (
    Measure("Difference to the best", plain("difference"), decimals=4, signed=True),
    Measure("95 % CI from", plain("ci_low"), decimals=4, signed=True),
    Measure("95 % CI to", plain("ci_high"), decimals=4, signed=True),
    Measure("Effect size", plain("effect_size"), decimals=2, signed=True),
    Measure("p", plain("p_value"), decimals=4, least=LEAST_P),
    Measure("p (Holm)", plain("p_adjusted"), decimals=4, least=LEAST_P),
    Measure("Trials that agree", plain("trials_agree")),
    Measure("Trials compared", plain("trials_compared")),
)
COMPARED = (
    Measure("{metric} of A", statistic("a"), decimals=3, brief=True),
    Measure("{metric} of B", statistic("b"), decimals=3, brief=True),
    replace(DIFFERENCES[0], title="B - A"),
    *(replace(each, optional=True) for each in DIFFERENCES[1:6]),
    replace(DIFFERENCES[6], optional=True),
    TRIALS,
    Measure("Queries", plain("queries"), optional=True),
)


def cost(name: str) -> Measure:
    """Return the measure of a setting's cost column; one that is not known here has its name for a title."""
    return COSTS.get(name) or Measure(name, statistic(name), decimals=2)
