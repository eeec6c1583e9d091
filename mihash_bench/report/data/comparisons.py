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

BLOCK = ["setting", "dataset", "bits"]
STORED, MISSING = "stored", "missing"


class Memory(Protocol):
    """Keeps values that were computed from runs, given by their keys; see ``store.derived``."""

    def get(self, name: str, keys: Sequence[str]) -> Any:
        """Return the value, or None if it is not known."""
        ...

    def put(self, name: str, keys: Sequence[str], value: Any) -> None:
        """Keep the value."""
        ...


class Runs(Protocol):
    """Finished runs with the values of metrics for each query."""

    @property
    def derived(self) -> Memory:
        """What was computed from these runs before."""
        ...

    def has_values(self, key: str, metric: str) -> bool:
        """Return whether the values of a metric are stored for a run."""
        ...

    def values_of_queries(self, key: str, metric: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the queries of a run and the value of a metric for each."""
        ...


@dataclass(frozen=True)
class _Rows:
    """The rows of one block. rows: numbers in the summary. keys: the runs of each row, by trial. best: a position."""

    rows: Sequence[int]
    keys: Sequence[Mapping[int, str]]
    best: int


def with_comparisons(summary: pd.DataFrame, frame: pd.DataFrame, metric: str, runs: Runs) -> pd.DataFrame:
    """Return a summary with columns for how each row differs from the best of its setting, dataset and code length.

    Columns: ``difference`` of the metric (this row - best); ``ci_low`` and ``ci_high``, its 95 % interval (BCa
    bootstrap over queries, not corrected for the number of pairs); ``effect_size``, mean over standard deviation of the
    differences by query; ``p_value`` of the two-sided paired randomisation test; ``p_adjusted``, corrected by Holm's
    method over all ``pairs``, which keeps the level although the best is chosen from the same data; ``queries``;
    ``trials_agree``, the number of trials in which the difference has the same sign as overall, out of
    ``trials_compared``. The last two matter because the test is about the codes of these trials, not about further
    trials. All are NaN for the best itself, and for rows with a run that does not store the values of queries; if the
    best is one of them, for all. ``query_values`` says which rows these are: stored or missing.
    """
    differences = np.full((len(summary), len(COLUMNS)), np.nan)
    keys = _keys(frame, metric)
    every = [keys[name] for name in _tuples(summary, GROUP)]
    stored = [all(runs.has_values(key, metric) for key in each.values()) for each in every]
    blocks = _blocks(summary, every, stored, higher=bool(higher_is_better(metric)))
    for block, compared in zip(blocks, _compared(blocks, metric, runs), strict=True):
        for place, values in compared:
            differences[block.rows[place]] = values
    columns = dict(zip(COLUMNS, differences.T, strict=True))
    return summary.assign(**columns, query_values=[STORED if each else MISSING for each in stored])


def _keys(frame: pd.DataFrame, metric: str) -> Mapping[tuple[Any, ...], Mapping[int, str]]:
    """Return the runs of each row of the summary by their trial."""
    keys: dict[tuple[Any, ...], dict[int, str]] = defaultdict(dict)
    for *name, trial, key in _tuples(final(frame, metric), [*GROUP, "trial", "key"]):
        keys[tuple(name)][trial] = key
    return keys


def _blocks(
    summary: pd.DataFrame, keys: Sequence[Mapping[int, str]], stored: Sequence[bool], *, higher: bool
) -> list[_Rows]:
    """Return the rows that are compared, of each block whose best row stores its values."""
    rows: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for number, where in enumerate(_tuples(summary, BLOCK)):
        rows[where].append(number)
    means, find_best, blocks = summary["final_mean"].to_numpy(), np.argmax if higher else np.argmin, []
    for own in rows.values():
        best = own[int(find_best(means[own]))]
        known = [row for row in own if stored[row]]
        if best in known and len(known) > 1:
            blocks.append(_Rows(known, [keys[row] for row in known], known.index(best)))
    return blocks


def _tuples(frame: pd.DataFrame, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """Return the rows of some columns, which takes less time than taking parts of the frame."""
    return zip(*(frame[name].tolist() for name in columns), strict=True)


def _compared(blocks: Sequence[_Rows], metric: str, runs: Runs) -> list[list[tuple[int, list[float]]]]:
    """Return the values of ``COLUMNS`` by position, for each block. Only those that are not yet known are computed."""
    named = [_name_and_keys(block, metric) for block in blocks]
    found = [runs.derived.get(*each) for each in named]
    missing = [number for number, values in enumerate(found) if values is None]
    made = compare(_read(blocks[number], metric, runs) for number in missing)
    for number, by_place in zip(missing, made, strict=True):
        found[number] = [[place, list(map(float, values))] for place, values in by_place.items()]
        runs.derived.put(*named[number], found[number])
    return found


def _name_and_keys(block: _Rows, metric: str) -> tuple[str, list[str]]:
    trials = [list(map(int, keys)) for keys in block.keys]
    name = json.dumps(["compared", metric, trials, block.best])
    return name, [key for keys in block.keys for key in keys.values()]


def _read(block: _Rows, metric: str, runs: Runs) -> Block:
    series = [
        Series({trial: runs.values_of_queries(key, metric) for trial, key in keys.items()}) for keys in block.keys
    ]
    return Block(series, block.best)
