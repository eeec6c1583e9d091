"""Controls that take the information out of the labels: permuting those of all rows, or only those of the stream."""

from dataclasses import replace

import numpy as np

from mihash_bench.experiment.retrieval import Retrieval

NONE, ALL = "none", "all"


def with_permuted_labels(retrieval: Retrieval, which: str, random: np.random.Generator) -> Retrieval:
    """Return a retrieval in which labels say nothing about features.

    which: ``all`` permutes the labels of all rows, so that no codes can be better than chance. ``stream`` permutes the
    labels that methods and triggers see, and queries are still evaluated with the true ones. ``none`` changes nothing.
    """
    if which == NONE:
        return retrieval
    assert retrieval.labels is not None, "there are no labels to permute"
    permuted = np.asarray(retrieval.labels)[random.permutation(len(retrieval.labels))]
    return replace(retrieval, labels=permuted) if which == ALL else replace(retrieval, stream_labels=permuted)
