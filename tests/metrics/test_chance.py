"""Codes without information have the values that metrics state, and codes that are the label score 1."""

from itertools import permutations

import numpy as np
import pytest

from mihash_bench.codes import pack
from mihash_bench.evaluation import GivenRelevance, evaluate
from mihash_bench.metrics._chance import mean_precision_of_found, none_found, precision_sum
from mihash_bench.metrics.base import parse_metric

SPECS = ["mAP", "mAP[ties=index]", "mAP@30", "mAP@30[ties=expected]", "P@10", "P@10[ties=index]", "P@r2"]


def every_ranking(items, relevant):
    """All rankings of a small database, each a row of relevance."""
    return np.array(sorted(set(permutations([1] * relevant + [0] * (items - relevant)))), float)


@pytest.mark.parametrize(
    ("items", "relevant", "ranks"), [(6, 2, 6), (6, 2, 3), (7, 5, 4), (5, 1, 2), (4, 4, 2), (1, 1, 1)]
)
def test_expectations_are_the_means_over_all_rankings(items, relevant, ranks):
    rows = every_ranking(items, relevant)
    precisions = rows.cumsum(axis=1) / np.arange(1, items + 1)
    sums = (rows * precisions)[:, :ranks].sum(axis=1)
    found = rows[:, :ranks].sum(axis=1)
    r = np.array([float(relevant)])
    assert precision_sum(items, r, ranks)[0] == pytest.approx(sums.mean())
    assert none_found(items, r, ranks)[0] == pytest.approx((found == 0).mean())
    assert mean_precision_of_found(items, r, ranks)[0] == pytest.approx((sums / np.maximum(found, 1)).mean())


@pytest.mark.parametrize("spec", ["mAP", "P@10", "P@r2", "mAP@30[ties=expected]"])
def test_constant_codes_have_exactly_the_stated_value(spec):
    near = np.random.default_rng(0).random((20, 200)) < 0.2
    metric = parse_metric(spec)
    zeros = pack(np.zeros((200, 8), bool))
    found = evaluate(zeros, pack(np.zeros((20, 8), bool)), GivenRelevance(near), [metric], 8).per_query[metric]
    np.testing.assert_allclose(found, metric.chance(200, near.sum(axis=1).astype(float)), rtol=1e-12)


@pytest.mark.parametrize("spec", SPECS)
def test_codes_that_are_the_label_score_one(spec):
    rng = np.random.default_rng(0)
    labels, asked = np.repeat(np.arange(10), 40), np.arange(10)
    codewords = np.zeros((10, 40), bool)
    codewords[asked[:, None], 4 * asked[:, None] + np.arange(4)] = True
    order = rng.permutation(400)
    near = asked[:, None] == labels[order][None]
    metric = parse_metric(spec)
    table, queries = pack(codewords[labels[order]]), pack(codewords)
    assert evaluate(table, queries, GivenRelevance(near), [metric], 40).value(metric) == pytest.approx(1)
