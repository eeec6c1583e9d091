"""The result of a run, and the assembly of its columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihash_bench.store.record import Kept, Observer

__all__ = ["Columns", "Decision", "Observer", "RunResult", "curve_columns", "decision_columns", "unobserved"]

Columns = dict[str, NDArray[Any]]
Decision = tuple[int, float, float, bool]

WHOLE_NUMBERS = frozenset({"examples", "epoch", "updates", "bit_recomputations", "queries_without_relevant"})
DECISION_COLUMNS = {"examples": np.int64, "q_current": np.float64, "q_snapshot": np.float64, "updated": np.bool_}


@dataclass(frozen=True)
class RunResult:
    """The columns of a run file.

    curve: columns with one entry for each checkpoint. trigger: columns with one entry for each table decision. final:
    arrays from the end of the run. preprocessing: arrays that convert a raw vector to a row for the final encoder.
    per_query: the values of ``measuring.values_of_queries``, without which the metrics of the run are not tested for
    significance. costs: further costs and values of the run, stored as attributes of its file. kept: the
    hash functions at the checkpoints, or None. table_seconds: how ``table_s`` was measured, "" for the usual way of the
    setting. diverged: why the run diverges, or "" (``experiment.divergence``).
    """

    curve: Columns
    trigger: Columns
    final: Columns
    preprocessing: Columns = field(default_factory=dict)
    per_query: Columns = field(default_factory=dict)
    costs: Mapping[str, float] = field(default_factory=dict)
    kept: Kept | None = None
    table_seconds: str = ""
    diverged: str = ""


def unobserved(done: int, total: int, values: dict[str, float], unit: str = "checkpoint") -> None:
    """Ignore the progress of a run."""


def curve_columns(rows: Sequence[Mapping[str, float]]) -> Columns:
    """Return one column for each name from one mapping for each checkpoint. Counts are int64, other values float64."""
    return {
        name: np.array([row[name] for row in rows], np.int64 if name in WHOLE_NUMBERS else np.float64)
        for name in rows[0]
    }


def decision_columns(decisions: Sequence[Decision]) -> Columns:
    """Return the columns of table decisions: examples seen, both qualities in bits, and whether there was a rebuild."""
    values = zip(*decisions, strict=True) if decisions else ((),) * len(DECISION_COLUMNS)
    return {name: np.array(column, kind) for (name, kind), column in zip(DECISION_COLUMNS.items(), values, strict=True)}
