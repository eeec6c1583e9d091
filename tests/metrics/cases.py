"""Random codes, and AP the textbook way, which tests of several metrics use."""

import numpy as np

from mihash_bench.codes import pack
from mihash_bench.evaluation import GivenRelevance, evaluate
from mihash_bench.metrics.base import parse_metric


def per_query(table, queries, near, *texts):
    metrics = [parse_metric(text) for text in texts]
    evaluation = evaluate(pack(table), pack(queries), GivenRelevance(near), metrics, table.shape[1])
    return [evaluation.per_query[metric] for metric in metrics]


def textbook_ap(relevant_in_order, cutoff=None):
    hits = np.flatnonzero(relevant_in_order[:cutoff])
    return float(np.mean((np.arange(len(hits)) + 1) / (hits + 1))) if len(hits) else 0.0


def random_case(seed, n=60, q=5, bits=6, share=0.2):
    rng = np.random.default_rng(seed)
    return rng.random((n, bits)) < 0.5, rng.random((q, bits)) < 0.5, rng.random((q, n)) < share
