"""What queries reach without hash codes: rows ranked by the cosine of their features."""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mihash_bench.encoders import CHUNK_ROWS
from mihash_bench.experiment.retrieval import DatabaseRows, Retrieval
from mihash_bench.metrics.base import IndexRanks, LevelCounts, Metric

Floats = NDArray[np.float64]
Positions = NDArray[np.int64]

# The similarities of a group of queries take about this much memory.
SIMILARITY_BYTES = 1 << 26
# So many (query, row) pairs are sorted at once.
SORTED_PAIRS = 1 << 20


def float_values(retrieval: Retrieval, metrics: Sequence[Metric]) -> dict[str, float]:
    """Return the value of each metric for the database ranked by cosine, by the metric's text.

    The rank of a row x for a query q follows from ``<q, x> / |x|``, computed in double precision; rows that are zero
    have similarity 0. Rows of equal similarity, which equal rows have exactly, are ties, and each metric treats them as
    it treats items at equal Hamming distance. Metrics of distances (``needs_distances``) mean nothing here and must not
    be given. Memory does not grow with the number of queries.
    """
    rows, queries = retrieval.database_rows, retrieval.queries
    first = first_equal_rows(rows)
    group = max(1, SIMILARITY_BYTES // (8 * len(rows)))
    block = max(1, SORTED_PAIRS // len(rows))
    cutoffs = tuple(sorted({cutoff for metric in metrics for cutoff in metric.cutoffs(len(rows))}))
    parts: dict[Metric, list[Floats]] = {metric: [] for metric in metrics}
    for start in range(0, len(queries), group):
        asked = np.asarray(retrieval.features[queries[start : start + group]], np.float64)
        similar = similarities(asked, rows)[:, first]
        for low in range(0, len(similar), block):
            part = similar[low : low + block]
            relevant = retrieval.relevance.block(start + low, start + low + len(part))
            counts, ranks = ranked(part, relevant, cutoffs)
            for metric, values in parts.items():
                values.append(metric.per_query(counts, ranks))
    return {str(metric): _mean(np.concatenate(values)) for metric, values in parts.items()}


def _mean(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")


def first_equal_rows(rows: DatabaseRows) -> Positions:
    """Return for each row the position of the first row that is equal to it, shape (n,).

    A product of matrices may round equal rows differently, which would decide their order by chance.
    """
    seen: dict[bytes, int] = {}
    first = np.empty(len(rows), np.int64)
    for start in range(0, len(rows), CHUNK_ROWS):
        # Adding zero makes -0.0 equal to 0.0.
        for position, row in enumerate(rows[start : start + CHUNK_ROWS] + np.float32(0), start):
            digest = hashlib.blake2b(np.ascontiguousarray(row).data, digest_size=16).digest()
            first[position] = seen.setdefault(digest, position)
    return first


def similarities(queries: Floats, rows: DatabaseRows) -> Floats:
    """Return ``<q, x> / |x|`` for each query and row, 0 for rows that are zero, shape (queries, n)."""
    found = np.zeros((len(queries), len(rows)))
    for start in range(0, len(rows), CHUNK_ROWS):
        chunk = np.asarray(rows[start : start + CHUNK_ROWS], np.float64)
        lengths = np.linalg.norm(chunk, axis=1)
        here = found[:, start : start + CHUNK_ROWS]
        np.divide(queries @ chunk.T, lengths, out=here, where=lengths > 0)
    return found


def ranked(similar: Floats, relevant: NDArray[np.bool_], cutoffs: tuple[int, ...]) -> tuple[LevelCounts, IndexRanks]:
    """Return the counts of a ranking by falling similarity, as metrics need them; both matrices have a row a query.

    A level is a set of rows of equal similarity, which takes the place of a Hamming distance. Ties in index order are
    in database order.
    """
    order = np.argsort(-similar, axis=1, kind="stable")
    values, hits = np.take_along_axis(similar, order, 1), np.take_along_axis(relevant, order, 1)
    level = np.zeros(order.shape, np.int64)
    level[:, 1:] = np.cumsum(values[:, 1:] != values[:, :-1], axis=1)
    # All queries have as many levels; some are empty.
    count = int(level.max()) + 1
    level += np.arange(len(level))[:, None] * count
    shape = len(level), count
    items = np.bincount(level.ravel(), minlength=count * len(level)).reshape(shape)
    found = np.bincount(level[hits], minlength=count * len(level)).reshape(shape)
    return LevelCounts(items, found), _index_ranks(hits, cutoffs)


def _index_ranks(hits: NDArray[np.bool_], cutoffs: tuple[int, ...]) -> IndexRanks:
    """Return the sums up to each cutoff. hits: whether the row at each rank is relevant, shape (queries, n)."""
    so_far = np.cumsum(hits, axis=1, dtype=np.int64)
    sums = np.cumsum(np.where(hits, so_far / np.arange(1, hits.shape[1] + 1), 0.0), axis=1)
    places = [min(cutoff, hits.shape[1]) - 1 for cutoff in cutoffs]
    return IndexRanks(cutoffs, sums[:, places], so_far[:, places])
