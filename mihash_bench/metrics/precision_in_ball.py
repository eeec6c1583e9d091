"""Precision within a Hamming ball around the query's code."""

import re
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from mihash_bench.errors import InputError
from mihash_bench.metrics._chance import ball_is_empty
from mihash_bench.metrics._ties import TIES_FORM
from mihash_bench.metrics.base import IndexRanks, LevelCounts, Metric, PerQuery

_FORM = re.compile(r"P@r(?P<radius>\d+)" + TIES_FORM)


@dataclass(frozen=True)
class PrecisionInBall(Metric):
    """Share of relevant items among those within a Hamming radius: ``P@r2``.

    A query whose ball is empty scores 0. The items of a ball have no order, so there are no ties.

    Parameters
    ----------
    radius : the radius R in bits, at most the code length; items at exactly this distance are included.
    """

    name: ClassVar[str] = "precision-in-ball"
    title: ClassVar[str] = "Precision within a Hamming radius"
    higher_is_better: ClassVar[bool] = True
    bounds: ClassVar[tuple[float, float] | None] = (0.0, 1.0)
    needs_distances: ClassVar[bool] = True
    citation: ClassVar[str] = "liu2012ksh"
    forms: ClassVar[tuple[str, ...]] = ("P@r2",)

    radius: int

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read ``P@rR`` with a radius R of 0 or more."""
        match = _FORM.fullmatch(text)
        if match is None:
            return None
        metric = cls(int(match["radius"]))
        if match["ties"] is not None:
            raise InputError(f"--metric: {text!r}: a Hamming ball has no ties (allowed: {metric})")
        return metric

    def __str__(self) -> str:
        return f"P@r{self.radius}"

    def check(self, n_items: int, n_bits: int) -> None:
        """Raise InputError if the radius is larger than the code length."""
        if self.radius > n_bits:
            raise InputError(
                f"--metric: {self} has a radius above the code length of {n_bits} bits (allowed: P@r0 to P@r{n_bits})"
            )

    def per_query(self, counts: LevelCounts, ranks: IndexRanks) -> PerQuery:
        """Return the precision of each query, shape (queries,)."""
        return ball_precision(counts, self.radius)

    def left_empty(self, counts: LevelCounts, ranks: IndexRanks) -> float:
        """Return the share of queries whose ball is empty."""
        return float((counts.items[:, : self.radius + 1].sum(axis=1) == 0).mean())

    def chance(self, n_items: int, relevant: PerQuery, n_bits: int | None = None) -> PerQuery:
        """Return the share of relevant items, times the probability that the ball of a random code is not empty."""
        share = relevant / n_items
        return share if n_bits is None else share * (1 - ball_is_empty(n_items, n_bits, self.radius))


def ball_precision(counts: LevelCounts, radius: int) -> PerQuery:
    """Return ``sum_{d <= radius} r_d / sum_{d <= radius} n_d``, shape (queries,); 0 for an empty ball."""
    items = counts.items[:, : radius + 1].sum(axis=1)
    return np.asarray(counts.hits[:, : radius + 1].sum(axis=1) / np.maximum(items, 1))
