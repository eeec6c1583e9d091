"""Comparison of each row of a summary with the best row of its setting, dataset and code length."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mihash_bench.metrics.base import higher_is_better
from mihash_bench.report.data.selection import GROUP
from mihash_bench.report.data.significance import COLUMNS, Block, Series, compare
from mihash_bench.report.data.statistics import final
from mihash_bench.store.results import AP_ARRAYS

BLOCK = ["setting", "dataset", "bits"]


class Memory(Protocol):
    """Keeps values that were computed from runs, given by their keys; see ``store.derived``."""

    def get(self, name: str, keys: Sequence[str]) -> Any:
        """Return the value, or None if it is not known."""
        ...

    def put(self, name: str, keys: Sequence[str], value: Any) -> None:
        """Keep the value."""
        ...


class Runs(Protocol):
    """Finished runs with the AP of each query."""

    @property
    def derived(self) -> Memory:
        """What was computed from these runs before."""
        ...

    def average_precisions(self, key: str, array: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the queries of a run and the AP of each. array: one of ``AP_ARRAYS``."""
        ...


@dataclass(frozen=True)
class _Rows:
    """The rows of one block. rows: numbers in the summary. keys: the runs of each row, by trial. best: a position."""

    rows: Sequence[int]
    keys: Sequence[Mapping[int, str]]
    best: int


def with_comparisons(summary: pd.DataFrame, frame: pd.DataFrame, metric: str, runs: Runs) -> pd.DataFrame:
    """Return a summary with columns for how each row differs from the best of its setting, dataset and code length.

    Columns: ``difference`` of mAP (this row - best); ``ci_low`` and ``ci_high``, its 95 % interval (BCa bootstrap over
    queries, not corrected for the number of pairs); ``effect_size``, mean over standard deviation of the differences by
    query; ``p_value`` of the two-sided paired randomisation test; ``p_adjusted``, corrected by Holm's method over all
    ``pairs``, which keeps the level although the best is chosen from the same data; ``queries``; ``trials_agree``, the
    number of trials in which the difference has the same sign as overall, out of ``trials_compared``. The last two
    matter because the test is about the codes of these trials, not about further trials. All are NaN for the best
    itself, and for a metric that is not stored for each query.
    """
    differences = np.full((len(summary), len(COLUMNS)), np.nan)
    if metric in AP_ARRAYS:
        _fill(differences, summary, frame, metric, runs)
    return summary.assign(**dict(zip(COLUMNS, differences.T, strict=True)))


def _fill(
    differences: NDArray[np.float64], summary: pd.DataFrame, frame: pd.DataFrame, metric: str, runs: Runs
) -> None:
    """Write the values of ``COLUMNS`` of each row that is compared."""
    keys: dict[tuple[Any, ...], dict[int, str]] = defaultdict(dict)
    for *name, trial, key in _tuples(final(frame, metric), [*GROUP, "trial", "key"]):
        keys[tuple(name)][trial] = key
    rows: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for number, where in enumerate(_tuples(summary, BLOCK)):
        rows[where].append(number)
    find_best = np.argmax if higher_is_better(metric) else np.argmin
    names, means = list(_tuples(summary, GROUP)), summary["final_mean"].to_numpy()
    blocks = [_Rows(own, [keys[names[row]] for row in own], int(find_best(means[own]))) for own in rows.values()]
    for block, compared in zip(blocks, _compared(blocks, metric, runs), strict=True):
        for place, values in compared:
            differences[block.rows[place]] = values


def _tuples(frame: pd.DataFrame, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """Return the rows of some columns, which takes less time than taking parts of the frame."""
    return zip(*(frame[name].tolist() for name in columns), strict=True)


def _compared(blocks: Sequence[_Rows], metric: str, runs: Runs) -> list[list[tuple[int, list[float]]]]:
    """Return the values of ``COLUMNS`` by position, for each block. Only those that are not yet known are computed."""
    named = [_name_and_keys(block, metric) for block in blocks]
    found = [runs.derived.get(*each) for each in named]
    missing = [number for number, values in enumerate(found) if values is None]
    made = compare(_read(blocks[number], AP_ARRAYS[metric], runs) for number in missing)
    for number, by_place in zip(missing, made, strict=True):
        found[number] = [[place, list(map(float, values))] for place, values in by_place.items()]
        runs.derived.put(*named[number], found[number])
    return found


def _name_and_keys(block: _Rows, metric: str) -> tuple[str, list[str]]:
    trials = [list(map(int, keys)) for keys in block.keys]
    name = json.dumps(["compared", metric, trials, block.best])
    return name, [key for keys in block.keys for key in keys.values()]


def _read(block: _Rows, array: str, runs: Runs) -> Block:
    series = [
        Series({trial: runs.average_precisions(key, array) for trial, key in keys.items()}) for keys in block.keys
    ]
    return Block(series, block.best)
