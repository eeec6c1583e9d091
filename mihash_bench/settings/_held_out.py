"""What is measured on held-out training images after each epoch: loss, mAP, and the number of distinct codes."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mihash_bench.batch.base import Floats
from mihash_bench.codes import Words, pack
from mihash_bench.deep.methods.base import DeepHasher
from mihash_bench.evaluation import evaluate
from mihash_bench.metrics.average_precision import MAP_EXPECTED
from mihash_bench.neighbors import QueryRelevance, SharedLabels


class Measured(NamedTuple):
    """The objective of the loss, mAP, and the number of distinct codes."""

    objective: float
    mean_ap: float
    distinct: int


NOTHING = Measured(float("nan"), float("nan"), 0)


def measure(method: DeepHasher, U: Floats, labels: NDArray[np.int64], threads: int) -> Measured:
    """Measure the outputs U, shape (n, bits), of held-out images with the given labels, ordered by class.

    mAP is the mean over two halves with the same number of images of each class: each half is once the queries and once
    the database, so that no image is compared with itself.
    """
    if not len(U):
        return NOTHING
    y = np.unique(labels, return_inverse=True)[1].astype(np.int64)
    words = pack(U > 0)
    first = np.arange(len(U)) % 2 == 0
    halves = np.flatnonzero(first), np.flatnonzero(~first)
    values = [_map(words, y, *order, bits=U.shape[1], threads=threads) for order in (halves, halves[::-1])]
    with np.errstate(over="ignore", invalid="ignore"):  # an infinite objective is reported as it is
        objective = method.single_layer().begin(y).objective_of(U)
    return Measured(objective, float(np.mean(values)), distinct_codes(words))


def _map(
    words: Words, y: NDArray[np.int64], queries: NDArray[np.int64], database: NDArray[np.int64], *, bits: int,
    threads: int,
) -> float:  # fmt: skip
    relevance = QueryRelevance(SharedLabels(), np.empty((len(y), 1)), y, queries, database)
    found = evaluate(words[database], words[queries], relevance, [MAP_EXPECTED], bits, threads=threads)
    return found.value(MAP_EXPECTED)


def distinct_codes(words: Words) -> int:
    """Return the number of distinct codes."""
    return len(np.unique(words, axis=0))


def collapse(distinct: int, classes: int, bits: int) -> str:
    """Return why codes have collapsed, or "": there are at most half as many as classes that they could tell apart."""
    most = min(classes, 2**bits)
    if distinct > most / 2:
        return ""
    return f"its codes collapse: {distinct} distinct code{'' if distinct == 1 else 's'} for {classes} classes"
