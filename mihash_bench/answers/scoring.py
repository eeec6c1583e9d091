"""How good answers are: recall of nearest codes and of nearest feature vectors, and label precision."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mihash_bench.engines.base import Answers, Whole

Relevant = Callable[[int, int], NDArray[np.bool_]]

# The relevance of a group of queries takes about this much memory.
RELEVANCE_BYTES = 1 << 26


@dataclass(frozen=True)
class NearRows:
    """The true neighbors of each query with their ties: row i is near to query j if it is at most as far as the k-th.

    rows: positions in the table, those of query j in ``rows[starts[j]:starts[j + 1]]``, at least k of them.
    """

    rows: Whole
    starts: Whole

    def of(self, query: int) -> Whole:
        """Return the rows that are near to a query."""
        return self.rows[self.starts[query] : self.starts[query + 1]]


def near_rows(similar: NDArray[np.float64], k: int) -> list[Whole]:
    """Return for each query the rows that are at least as similar as the k-th most similar one.

    similar: shape (q, n), larger for nearer rows, with n >= k.
    """
    last = np.partition(similar, -k, axis=1)[:, -k]
    return [np.flatnonzero(each >= least) for each, least in zip(similar, last, strict=True)]


def recall_of_rows(answers: Answers, near: NearRows) -> float:
    """Return the mean over queries of (answers that are near to the query) / k, for answers of shape (q, k).

    As many rows as are tied with the k-th nearest may be answered in place of each other.
    """
    hits = [np.isin(found, near.of(query)).sum() for query, found in enumerate(answers.positions)]
    return float(np.mean(hits) / answers.positions.shape[1])


def recall_of_codes(answers: Answers, farthest: Whole) -> float:
    """Return the mean over queries of (answers at a Hamming distance of at most ``farthest``) / k.

    farthest: the distance of the k-th nearest code of each query, shape (q,). Answers are thus counted by distance, as
    ann-benchmarks does, because many codes are at the same one.
    """
    found = answers.positions >= 0
    return float((found & (answers.distances <= farthest[:, None])).mean())


def label_precision(answers: Answers, relevant: Relevant, n_rows: int) -> float:
    """Return the mean over queries of (relevant answers) / k. What was not found counts as not relevant.

    relevant: gives the relevance of the n_rows rows to the queries start to stop - 1, shape (stop - start, n_rows).
    """
    positions, hits = answers.positions, 0
    step = max(1, RELEVANCE_BYTES // n_rows)
    for start in range(0, len(positions), step):
        here = positions[start : start + step]
        matrix = relevant(start, start + len(here))
        hits += int((np.take_along_axis(matrix, np.maximum(here, 0), axis=1) & (here >= 0)).sum())
    return hits / positions.size


def unanswered(answers: Answers) -> float:
    """Return the share of queries for which nothing was found."""
    return float((answers.positions[:, 0] < 0).mean())
