"""Precision among the first k ranks, with ties averaged over all orders or in database order."""

import re
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from mihash_bench.errors import InputError
from mihash_bench.metrics._ties import TIES_FORM, TIES_NOTES, Ties, print_ties, read_cutoff, read_ties
from mihash_bench.metrics.base import IndexRanks, LevelCounts, Metric, PerQuery

_FORM = re.compile(r"P@(?P<cutoff>\d+)" + TIES_FORM)
_DEFAULT_TIES: Ties = "expected"


@dataclass(frozen=True)
class PrecisionAtK(Metric):
    """Share of relevant items among the first k ranks: ``P@100``, ``P@100[ties=index]``.

    Queries without a relevant item score 0.

    Parameters
    ----------
    cutoff : the number k of ranks, at most the number of database items.
    ties : ``expected`` averages over all orders of items at equal distance and is the default, ``index`` keeps the
        database order.
    """

    name: ClassVar[str] = "precision-at-k"
    title: ClassVar[str] = "Precision at k"
    higher_is_better: ClassVar[bool] = True
    bounds: ClassVar[tuple[float, float] | None] = (0.0, 1.0)
    citation: ClassVar[str] = "manning2008introduction, mcsherry2008computing"
    forms: ClassVar[tuple[str, ...]] = ("P@100", "P@100[ties=index]")

    cutoff: int
    ties: Ties = _DEFAULT_TIES

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read ``P@k``, which may be followed by ``[ties=expected]`` or ``[ties=index]``."""
        match = _FORM.fullmatch(text)
        if match is None:
            return None
        return cls(read_cutoff(text, match["cutoff"]), read_ties(text, match["ties"], _DEFAULT_TIES))

    def __str__(self) -> str:
        return f"P@{self.cutoff}{print_ties(self.ties, _DEFAULT_TIES)}"

    def cutoffs(self, n_items: int) -> tuple[int, ...]:
        """Return k, or nothing for expected ties."""
        return (self.cutoff,) if self.ties == "index" else ()

    def check(self, n_items: int, n_bits: int) -> None:
        """Raise InputError if the database has fewer than k items."""
        if self.cutoff > n_items:
            raise InputError(
                f"--metric: {self} needs {self.cutoff} items, but the database has {n_items} (allowed: at most "
                f"P@{n_items})"
            )

    def per_query(self, counts: LevelCounts, ranks: IndexRanks) -> PerQuery:
        """Return the precision of each query, shape (queries,)."""
        if self.ties == "expected":
            return expected_precision(counts, self.cutoff)
        return index_precision(ranks, self.cutoff)

    def chance(self, n_items: int, relevant: PerQuery, n_bits: int | None = None) -> PerQuery:
        """Return the share of relevant items, for constant and random codes alike."""
        return relevant / n_items

    @property
    def ties_note(self) -> str:
        """What captions say about items at equal distance."""
        return TIES_NOTES[self.ties]


def expected_precision(counts: LevelCounts, k: int) -> PerQuery:
    """Return the mean precision at k over all orders of the ties, shape (queries,).

    This is ``(R_d + (k - N_d) r_d/n_d) / k`` at the level d that reaches rank k.
    """
    taken = np.clip(k - counts.items_before, 0, counts.items)
    share = counts.hits / np.maximum(counts.items, 1)
    return np.asarray((share * taken).sum(axis=1) / k)


def index_precision(ranks: IndexRanks, k: int) -> PerQuery:
    """Return the precision at k with ties in database order, shape (queries,)."""
    return ranks.found_at(k) / k
