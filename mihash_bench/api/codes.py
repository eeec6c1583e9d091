"""Evaluating codes of the user, and coding new vectors."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from mihash_bench.api.given import PathLike, joined, path_in
from mihash_bench.codes import pack
from mihash_bench.errors import InputError
from mihash_bench.evaluation import GivenRelevance
from mihash_bench.evaluation import evaluate as evaluate_words
from mihash_bench.experiment.raw_encoder import ImageEncoder, RawEncoder, raw_encoder
from mihash_bench.metrics._levels import Relevance
from mihash_bench.metrics.base import parse_metrics
from mihash_bench.neighbors import QueryRelevance, SharedLabels
from mihash_bench.parameters import MAX_BITS, Integer
from mihash_bench.settings.base import read_config
from mihash_bench.store.run_file import read_run
from mihash_bench.sweeps.verify import record_fault


def evaluate(
    codes: ArrayLike,
    queries: ArrayLike,
    *,
    labels: ArrayLike | None = None,
    query_labels: ArrayLike | None = None,
    relevant: ArrayLike | None = None,
    metric: str | Sequence[str] = "mAP",
    threads: int = 1,
) -> dict[str, float]:
    """Return the value of each metric for the codes of a database and of queries.

    codes: booleans (or 0 and 1) of shape (n, bits), the database in the order in which ties are broken; queries: the
    same of shape (q, bits). What is relevant to a query: the items that share a label with it, by labels of shape (n,)
    and query_labels of shape (q,), or by 0/1 matrices of shapes (n, c) and (q, c); or those that the boolean matrix
    ``relevant`` of shape (q, n) marks. metric: such as "mAP,mAP[ties=index],P@r2". Raises InputError for arrays that do
    not fit together.
    """
    table, asked = _bits("codes", codes), _bits("queries", queries)
    if table.shape[1] != asked.shape[1]:
        raise InputError(f"queries: {asked.shape[1]} bits (allowed: {table.shape[1]}, as the codes have)")
    relevance = _relevance(len(table), len(asked), labels, query_labels, relevant)
    metrics = parse_metrics(joined(metric))
    found = evaluate_words(pack(table), pack(asked), relevance, metrics, table.shape[1], threads=threads)
    if found.queries_without_relevant:
        left = f"{found.queries_without_relevant} of {len(asked)} queries have no relevant item; mAP leaves them out"
        warnings.warn(left, stacklevel=2)
    return {str(each): found.value(each) for each in metrics}


def _bits(name: str, given: ArrayLike) -> NDArray[np.bool_]:
    bits = np.asarray(given)
    if bits.ndim != 2 or not (bits.dtype == np.bool_ or np.isin(bits, (0, 1)).all()):
        raise InputError(f"{name}: {bits.dtype} of shape {bits.shape} (allowed: a matrix of booleans, or of 0 and 1)")
    if not 1 <= bits.shape[1] <= MAX_BITS:
        raise InputError(f"{name}: {bits.shape[1]} bits (allowed: {Integer(1, MAX_BITS)})")
    return bits.astype(np.bool_)


def _labels(name: str, given: ArrayLike) -> NDArray[Any]:
    """Return labels of shape (n,), also from a column (n, 1), or a 0/1 matrix (n, c)."""
    labels = np.asarray(given)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim not in (1, 2) or (labels.ndim == 2 and not np.isin(labels, (0, 1)).all()):
        raise InputError(f"{name}: shape {labels.shape} (allowed: one label per row, or a matrix of 0 and 1)")
    if pd.isna(labels).any():
        raise InputError(f"{name}: a label is missing or NaN (allowed: a label for each row)")
    return labels


def _relevance(
    n: int, q: int, labels: ArrayLike | None, query_labels: ArrayLike | None, relevant: ArrayLike | None
) -> Relevance:
    if relevant is not None:
        if labels is not None or query_labels is not None:
            raise InputError("relevant: given together with labels (allowed: one of the two)")
        matrix = np.asarray(relevant)
        if matrix.shape != (q, n) or matrix.dtype != np.bool_:
            raise InputError(f"relevant: {matrix.dtype} of shape {matrix.shape} (allowed: booleans of shape {(q, n)})")
        return GivenRelevance(matrix)
    if labels is None or query_labels is None:
        raise InputError("labels, query_labels: missing (allowed: both of them, or relevant)")
    ours, theirs = _labels("labels", labels), _labels("query_labels", query_labels)
    if len(ours) != n or len(theirs) != q or ours.shape[1:] != theirs.shape[1:]:
        raise InputError(
            f"labels, query_labels: shapes {ours.shape}, {theirs.shape} (allowed: one row for each of {n} codes and "
            f"of {q} queries)"
        )
    every = np.concatenate([ours, theirs])
    return QueryRelevance(SharedLabels(), every, every, np.arange(n, n + q), np.arange(n))


def load_encoder(run: PathLike) -> RawEncoder | ImageEncoder:
    """Return the hash functions that a run had learned at its end; ``encode(X)`` codes new raw vectors with them.

    Those of a run that learned from images code images, uint8 of shape (n, height, width, 3).

    run: a run file, such as one of the column ``path`` of ``load_results``. The dataset's preprocessing is applied.
    Raises InputError, naming the file, for a run that is not done.
    """
    path = path_in("run", run)
    record = read_run(path)
    if fault := record_fault(record, path, None):
        raise InputError(f"{path}: {fault}")
    setting, config = read_config(str(record.attributes["config"]))
    return raw_encoder(record, setting.methods.get(config.method), path)
