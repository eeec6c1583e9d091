"""Average precision, with ties averaged over all orders or in database order."""

import re
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from mihash_bench.metrics._chance import mean_precision_of_found, precision_sum
from mihash_bench.metrics._ties import TIES_FORM, TIES_NOTES, Ties, print_ties, read_cutoff, read_ties
from mihash_bench.metrics.base import Counts, IndexRanks, LevelCounts, Metric, PerQuery

_FORM = re.compile(r"mAP(?:@(?P<cutoff>\d+))?" + TIES_FORM)


@dataclass(frozen=True)
class AveragePrecision(Metric):
    """Mean average precision (mAP) over the complete ranking or its first ranks: ``mAP``, ``mAP@1000``.

    The average precision of a query is the mean, over its relevant items, of the precision at their ranks. Queries
    without a relevant item are left out of the mean.

    Parameters
    ----------
    cutoff : the number N of ranks in ``mAP@N``; ``mAP`` uses the complete ranking.
    ties : ``expected`` averages over all orders of items at equal distance, ``index`` keeps the database order. A spec
        that does not state the order of ties means ``expected`` for the complete ranking and ``index`` with a cutoff,
        as mAP@N has been published.
    """

    name: ClassVar[str] = "average-precision"
    title: ClassVar[str] = "Mean average precision"
    higher_is_better: ClassVar[bool] = True
    bounds: ClassVar[tuple[float, float] | None] = (0.0, 1.0)
    citation: ClassVar[str] = "manning2008introduction, mcsherry2008computing"
    forms: ClassVar[tuple[str, ...]] = ("mAP", "mAP[ties=index]", "mAP@1000", "mAP@1000[ties=expected]")

    cutoff: int | None = None
    ties: Ties = "expected"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read ``mAP`` or ``mAP@N``, which may be followed by ``[ties=expected]`` or ``[ties=index]``."""
        match = _FORM.fullmatch(text)
        if match is None:
            return None
        cutoff = None if match["cutoff"] is None else read_cutoff(text, match["cutoff"])
        return cls(cutoff, read_ties(text, match["ties"], _default_ties(cutoff)))

    def __str__(self) -> str:
        cutoff = "" if self.cutoff is None else f"@{self.cutoff}"
        return f"mAP{cutoff}{print_ties(self.ties, _default_ties(self.cutoff))}"

    def cutoffs(self, n_items: int) -> tuple[int, ...]:
        """Return the cutoff, which is the number of items for the complete ranking; nothing for expected ties."""
        if self.ties == "expected":
            return ()
        return (n_items if self.cutoff is None else self.cutoff,)

    def per_query(self, counts: LevelCounts, ranks: IndexRanks) -> PerQuery:
        """Return the average precision of each query, shape (queries,); NaN without a relevant item."""
        if self.ties == "expected":
            return expected_ap(counts, self.cutoff)
        return index_ap(counts, ranks, self.cutoff)

    def left_empty(self, counts: LevelCounts, ranks: IndexRanks) -> float | None:
        """Return how many queries have relevant items but none up to the cutoff, and so score 0.

        None for the complete ranking and for expected ties.
        """
        if self.cutoff is None or self.ties == "expected":
            return None
        return float(((ranks.found_at(self.cutoff) == 0) & (counts.relevant > 0)).sum())

    def chance(self, n_items: int, relevant: PerQuery, n_bits: int | None = None) -> PerQuery:
        """Return the expected AP of a random ranking, for constant and random codes alike; see ``_chance``.

        Without a cutoff, it is ``[(1 - rho) H_n + rho n] / n`` with ``rho = (r - 1)/(n - 1)``.
        """
        if self.cutoff is None or self.ties == "expected":
            ranks = n_items if self.cutoff is None else self.cutoff
            return precision_sum(n_items, relevant, ranks) / np.minimum(relevant, ranks)
        return mean_precision_of_found(n_items, relevant, self.cutoff)

    @property
    def ties_note(self) -> str:
        """What captions say about items at equal distance."""
        return TIES_NOTES[self.ties]


MAP_EXPECTED = AveragePrecision()
MAP_INDEX = AveragePrecision(ties="index")


def expected_ap(counts: LevelCounts, cutoff: int | None = None) -> PerQuery:
    """Return the mean AP over all orders of the ties, shape (queries,); NaN without a relevant item.

    Let n and r be the numbers of items and relevant items at distance d, N and R those at smaller distances, m the
    number of the level's ranks within the cutoff (n without one) and ``rho = (r - 1)/(n - 1)`` (0 if n = 1). A level
    contributes ``(r/n) { [R + 1 - rho (N + 1)] (H_{N+m} - H_N) + rho m }`` with the harmonic numbers H. The sum is
    divided by the number of relevant items, or by the cutoff if that is smaller. This is the definition of McSherry
    and Najork (ECIR 2008) in closed form.
    """
    n, r = counts.items.astype(np.float64), counts.hits.astype(np.float64)
    N, R = counts.items_before, counts.hits_before
    m = counts.items if cutoff is None else np.clip(cutoff - N, 0, counts.items)
    rho = np.divide(r - 1, n - 1, out=np.zeros_like(n), where=n > 1)
    inside = (R + 1 - rho * (N + 1)) * _growth(N, m) + rho * m
    share = np.divide(r, n, out=np.zeros_like(n), where=n > 0)
    total = counts.relevant.astype(np.float64)
    return _ratio((share * inside).sum(axis=1), total if cutoff is None else np.minimum(total, cutoff))


def index_ap(counts: LevelCounts, ranks: IndexRanks, cutoff: int | None = None) -> PerQuery:
    """Return AP with ties in database order, shape (queries,); NaN without a relevant item in the database.

    With a cutoff, this is the mean precision at the relevant items up to that rank, and 0 if there is none.
    """
    rank = int(counts.items[0].sum()) if cutoff is None else cutoff
    values = ranks.sums_at(rank) / np.maximum(ranks.found_at(rank), 1)
    return np.where(counts.relevant > 0, values, np.nan)


def _default_ties(cutoff: int | None) -> Ties:
    return "expected" if cutoff is None else "index"


def _harmonic(n: Counts) -> NDArray[np.float64]:
    """Return ``H_n = 1 + 1/2 + ... + 1/n``, elementwise."""
    # Imported late so that reading a spec does not load SciPy.
    from scipy.special import digamma

    return np.asarray(digamma(n + 1.0) + np.euler_gamma, np.float64)


def _growth(N: Counts, m: Counts) -> NDArray[np.float64]:
    """Return ``H_{N+m} - H_N`` of levels, the columns, each of which mostly ends where the next one begins."""
    begin = _harmonic(N)
    end = np.concatenate([begin[:, 1:], np.empty((len(N), 1))], axis=1)
    other = np.ones(N.shape, np.bool_)
    other[:, :-1] = N[:, :-1] + m[:, :-1] != N[:, 1:]
    end[other] = _harmonic((N + m)[other])
    return end - begin


def _ratio(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide elementwise, with NaN where the divisor is 0."""
    return np.asarray(np.divide(a, b, out=np.full(a.shape, np.nan), where=b > 0))
