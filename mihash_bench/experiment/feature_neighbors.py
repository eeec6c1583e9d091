"""The nearest neighbors of queries in feature space, which the codes are to find."""

import numpy as np

from mihash_bench.answers.scoring import NearRows, near_rows
from mihash_bench.experiment.float_ranking import SIMILARITY_BYTES, first_equal_rows, similarities
from mihash_bench.experiment.retrieval import Retrieval


def feature_neighbors(retrieval: Retrieval, k: int) -> NearRows:
    """Return the rows of the database whose cosine with a query is at least that of the k-th nearest row.

    Cosines are computed as in ``float_ranking``, in double precision, and equal rows have exactly the same. For rows of
    unit length the order is that of Euclidean distances.
    """
    rows, queries = retrieval.database_rows, retrieval.queries
    first = first_equal_rows(rows)
    group = max(1, SIMILARITY_BYTES // (8 * len(rows)))
    near = []
    for start in range(0, len(queries), group):
        asked = np.asarray(retrieval.features[queries[start : start + group]], np.float64)
        near += near_rows(similarities(asked, rows)[:, first], k)
    starts = np.cumsum([0, *map(len, near)], dtype=np.int64)
    return NearRows(np.concatenate(near), starts)
