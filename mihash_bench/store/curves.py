"""The curves of many runs, stored one after another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from mihash_bench.store.record import Columns


@dataclass(frozen=True)
class Curves:
    """Columns of several runs, one run after another.

    lengths: the number of checkpoints of each run, shape (runs,). columns: for each name the values of all runs, shape
    (sum of lengths,); NaN for runs that do not have the column.
    """

    lengths: NDArray[np.int64]
    columns: Mapping[str, NDArray[Any]]

    @classmethod
    def of(cls, curves: Sequence[Columns]) -> Self:
        """Put the curves of several runs together."""
        lengths = np.array([len(next(iter(curve.values()), ())) for curve in curves], np.int64)
        names = dict.fromkeys(name for curve in curves for name in curve)
        return cls(lengths, {name: _concatenated(name, curves, lengths) for name in names})

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Put several of these objects together, in order."""
        lengths = np.concatenate([part.lengths for part in parts])
        names = dict.fromkeys(name for part in parts for name in part.columns)
        totals = np.array([part.lengths.sum() for part in parts], np.int64)
        columns = [part.columns for part in parts]
        return cls(lengths, {name: _concatenated(name, columns, totals) for name in names})

    def take(self, runs: NDArray[np.int64]) -> "Curves":
        """Return the curves of some of the runs, given by their positions, in the given order."""
        rows = self.rows(runs)
        return Curves(self.lengths[runs], {name: column[rows] for name, column in self.columns.items()})

    def rows(self, runs: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the positions of the rows of some of the runs."""
        starts = np.cumsum(self.lengths) - self.lengths
        lengths = self.lengths[runs]
        before = np.cumsum(lengths) - lengths
        return np.repeat(starts[runs] - before, lengths) + np.arange(lengths.sum())


def _concatenated(name: str, parts: Sequence[Columns], lengths: NDArray[np.int64]) -> NDArray[Any]:
    pieces = [part[name] if name in part else np.full(n, np.nan) for part, n in zip(parts, lengths, strict=True) if n]
    return np.concatenate(pieces) if pieces else np.empty(0)
