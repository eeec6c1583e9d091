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
        if np.array_equal(runs, np.arange(len(self.lengths))):
            return self
        rows = self.rows(runs)
        return Curves(self.lengths[runs], {name: column[rows] for name, column in self.columns.items()})

    def last(self, whole: NDArray[np.bool_]) -> "Curves":
        """Return the last checkpoint of each run, and all checkpoints of some runs. whole: shape (runs,)."""
        kept = np.repeat(whole, self.lengths)
        kept[np.cumsum(self.lengths)[self.lengths > 0] - 1] = True
        lengths = np.where(whole, self.lengths, np.minimum(self.lengths, 1))
        return Curves(lengths, {name: column[kept] for name, column in self.columns.items()})

    def partly_known(self) -> NDArray[np.bool_]:
        """Return which runs have a column that is NaN at some of their checkpoints, but not at all; shape (runs,)."""
        partly = np.zeros(len(self.lengths), bool)
        several = np.flatnonzero(self.lengths)
        starts = (np.cumsum(self.lengths) - self.lengths)[several]
        for column in self.columns.values():
            unknown = np.isnan(column)
            if len(several) and unknown.any():
                count = np.add.reduceat(unknown, starts, dtype=np.int64)
                partly[several] |= (count > 0) & (count < self.lengths[several])
        return partly

    def rows(self, runs: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the positions of the rows of some of the runs."""
        starts = np.cumsum(self.lengths) - self.lengths
        lengths = self.lengths[runs]
        before = np.cumsum(lengths) - lengths
        return np.repeat(starts[runs] - before, lengths) + np.arange(lengths.sum())


def _concatenated(name: str, parts: Sequence[Columns], lengths: NDArray[np.int64]) -> NDArray[Any]:
    pieces = [part[name] if name in part else np.full(n, np.nan) for part, n in zip(parts, lengths, strict=True) if n]
    return np.concatenate(pieces) if pieces else np.empty(0)
