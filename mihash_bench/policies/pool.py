"""The policy of FOH: an update recodes what is near to some examples of the stream."""

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mihash_bench.codes import Words, pack
from mihash_bench.parameters import Constraint, Integer
from mihash_bench.policies.base import Positions, Relevant, TablePolicy, TableState


class Pool(TablePolicy):
    """An update recodes the rows that are nearest to a random sample of the stream, the query pool of FOH.

    The centres are a uniform sample of ``centres`` examples seen so far (random sort, as the reservoir). At an update
    from the hash functions Ws to Ws', the centres are coded by Ws, the ``nearest`` rows of the table as it is are taken
    for each of them (Hamming distance, ties in database order), and the union C of these rows is recoded by Ws', at the
    cost of ``|C| b`` bits. All other rows keep their older codes. With ``nearest`` of at least the number of rows, this
    is the policy ``full``.

    mAP is measured over the whole table, as under the other policies. FOH ranks for a query only the candidates that a
    search by centres returns. At the end of a run this is measured, too (``candidate_ap``), with the centres coded by
    the last hash functions: the attributes ``mAP_candidates`` and ``candidates_share``, the mean share of the table
    that is searched for a query.

    Parameters
    ----------
    centres : number of centres.
    nearest : number of rows that are taken for each centre.
    probes : number of centres whose rows are the candidates of a query.
    """

    name: ClassVar[str] = "pool"
    citation: ClassVar[str] = "jia2023foh"
    title: ClassVar[str] = "rows near to a sample of the stream"
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "centres": Integer(1),
        "nearest": Integer(1),
        "probes": Integer(1),
    }

    def __init__(self, *, centres: int = 200, nearest: int = 500, probes: int = 10) -> None:
        self.centres = centres
        self.nearest = nearest
        self.probes = probes

    def start(self, n_database: int, random: np.random.Generator) -> None:
        """Begin a run without centres."""
        self.random_ = random
        self.positions_ = np.empty(0, np.int64)
        self.keys_ = np.empty(0)

    def offer(self, positions: Positions) -> None:
        """Keep the examples with the smallest random keys."""
        keys = np.concatenate([self.keys_, self.random_.random(len(positions))])
        seen = np.concatenate([self.positions_, positions])
        kept = np.argsort(keys, kind="stable")[: self.centres]
        self.positions_, self.keys_ = seen[kept], keys[kept]

    def recoded(self, table: TableState) -> Positions:
        """Return the union of the rows that are nearest to each centre."""
        return self.near(table, pack(table.encoder.encode(table.stream[self.positions_])))

    def final_values(self, table: TableState, queries: Words, relevant: Relevant) -> dict[str, float]:
        """Return the mean AP of the queries over their candidates, and the mean share of the table that these are."""
        centres = pack(table.encoder.encode(table.stream[self.positions_]))
        found = candidate_ap(table.words, queries, centres, relevant, nearest=self.nearest, probes=self.probes)
        return {"mAP_candidates": float(np.nanmean(found.ap)), "candidates_share": float(found.share.mean())}

    def near(self, table: TableState, centres: Words) -> Positions:
        """Return the union of the ``nearest`` rows of the table to each of these codes, in ascending order."""
        if self.nearest >= len(table.words):
            return np.arange(len(table.words))
        chosen = np.zeros(len(table.words), np.bool_)
        for centre in centres:
            chosen[nearest_rows(table.words, centre, self.nearest)] = True
        return np.flatnonzero(chosen)


def nearest_rows(words: Words, code: NDArray[np.uint64], count: int) -> Positions:
    """Return the ``count`` rows nearest to a code, in ascending order of position; ties are cut in database order.

    words: packed codes, shape (n, words). code: one packed code, shape (words,).
    """
    distances = np.bitwise_count(words ^ code).sum(axis=1, dtype=np.int64)
    levels = np.bincount(distances).cumsum()
    last = int(np.searchsorted(levels, count))
    within = distances < last
    missing = count - int(within.sum())
    within[np.flatnonzero(distances == last)[:missing]] = True
    return np.flatnonzero(within)


class Candidates(NamedTuple):
    """For each query, the AP over its candidates and the share of the table that these are, both of shape (m,)."""

    ap: NDArray[np.float64]
    share: NDArray[np.float64]


def candidate_ap(
    words: Words, queries: Words, centres: Words, relevant: Relevant, *, nearest: int, probes: int
) -> Candidates:
    """Return the AP of each query over the candidates that a search by centres returns, as in FOH.

    For a query, the candidates are the union of the ``nearest`` rows of each of the ``probes`` centres that are nearest
    to it, ranked by their Hamming distance to the query; ties are in database order. The sum of precisions is divided
    by the number of all relevant rows of the table, so that what is not returned counts as missed. (FOH divides by the
    number of relevant candidates.) NaN for a query without a relevant row.

    words, queries, centres: packed codes, shapes (n, words), (m, words) and (k, words), of which the latter two are by
    the same hash functions. relevant: as in ``TablePolicy.final_values``.
    """
    lists = [nearest_rows(words, centre, min(nearest, len(words))) for centre in centres]
    found = Candidates(np.full(len(queries), np.nan), np.empty(len(queries)))
    for number, query in enumerate(queries):
        probed = nearest_rows(centres, query, min(probes, len(centres)))
        rows = np.unique(np.concatenate([lists[each] for each in probed]))
        distances = np.bitwise_count(words[rows] ^ query).sum(axis=1)
        wanted = relevant(number, number + 1)[0]
        ranks = np.flatnonzero(wanted[rows[np.argsort(distances, kind="stable")]]) + 1
        if wanted.any():
            found.ap[number] = (np.arange(1, len(ranks) + 1) / ranks).sum() / wanted.sum()
        found.share[number] = len(rows) / len(words)
    return found
