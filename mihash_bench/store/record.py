"""The content of one run file as plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Columns = Mapping[str, NDArray[Any]]


class Observer(Protocol):
    """Is told how far a run is."""

    def __call__(self, done: int, total: int, values: dict[str, float], unit: str = "checkpoint") -> None:
        """Take note of the latest values by name.

        unit: what is counted. Values at a checkpoint are results; those at any other unit, such as a step, only say how
        far the run is.
        """


GROUPS = ("curve", "trigger", "final", "preprocessing", "origin", "per_query")


@dataclass(frozen=True)
class RunRecord:
    """The content of one run file.

    attributes: texts and numbers about the run (config, key, status, provenance). curve: columns with one entry for
    each checkpoint. trigger: columns with one entry for each table decision. final: arrays from the end of the run.
    preprocessing: arrays that convert a raw vector to a row for the final encoder (``mean``). origin: what made the
    run, beyond what is in the attributes; see ``store.origin``. per_query: for metrics other than those whose values
    are in ``final``, the value of each query at the end of the run, by the metric's text. kept: what is stored beside
    the file of the run; see ``store.companions``. places: of a record that was read from a file, where its AP values
    are in it; see ``store.ap_places``.
    """

    attributes: Mapping[str, str | int | float | bool]
    curve: Columns = field(default_factory=dict)
    trigger: Columns = field(default_factory=dict)
    final: Columns = field(default_factory=dict)
    preprocessing: Columns = field(default_factory=dict)
    origin: Columns = field(default_factory=dict)
    per_query: Columns = field(default_factory=dict)
    kept: "Kept | None" = None
    places: NDArray[Any] | None = None


@dataclass(frozen=True)
class Kept:
    """The hash functions that a run had at its checkpoints, in order, without those at its end.

    arrays: the arrays of each. which: for each checkpoint the number of its hash functions in ``arrays``;
    ``len(arrays)`` stands for those at the end of the run, which are in the run's own file.
    """

    arrays: Sequence[Columns]
    which: NDArray[np.int64]
