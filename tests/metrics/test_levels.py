from types import SimpleNamespace

import numpy as np
import pytest

from mihash_bench.codes import hamming, pack
from mihash_bench.evaluation import GivenRelevance
from mihash_bench.metrics import _levels as levels
from mihash_bench.metrics._distinct import distinct_codes, distinct_queries
from mihash_bench.neighbors import ByLabel
from tests.metrics.cases import random_case


def assert_counts(counts, queries, table, near):
    last = queries.shape[1]
    for q, distance in enumerate(hamming(queries, table)):
        assert (counts.items[q] == np.bincount(distance, minlength=last + 1)).all()
        assert (counts.hits[q] == np.bincount(distance[near[q]], minlength=last + 1)).all()


def of_labels(labels, asked):
    return SimpleNamespace(by_label=ByLabel(labels, asked)), labels == asked[:, None]


@pytest.mark.parametrize("by_label", [True, False])
def test_every_number_of_bits_up_to_256_counts_right(by_label):
    for bits in range(1, 257):
        table, queries, near = random_case(bits, n=80, bits=bits, q=3)
        relevance = GivenRelevance(near)
        if by_label:
            relevance, near = of_labels(np.arange(80) // 30, np.array([2, 0, 5]))
        counts = levels.level_counts(pack(queries), pack(table), relevance, bits)
        assert_counts(counts, queries, table, near)


# Blocks have 256 or 512 items, and 15 of them are counted at once.
@pytest.mark.parametrize("n", [0, 1, 255, 256, 257, 512, 3840, 3841, 7681, 8000])
@pytest.mark.parametrize("by_label", [True, False])
def test_any_number_of_items_counts_right(n, by_label):
    table, queries, near = random_case(n, n=n, bits=33, q=6, share=0.3)
    near[0], near[1] = False, True
    relevance = GivenRelevance(near)
    if by_label:
        # One label has most items, one has few, and the last query has a label without an item.
        labels = np.minimum(np.random.default_rng(n).integers(0, 20, n), 3)
        relevance, near = of_labels(labels, np.array([0, 3, 1, 2, 3, 4]))
    counts = levels.level_counts(pack(queries), pack(table), relevance, 33, threads=2)
    assert_counts(counts, queries, table, near)


@pytest.mark.parametrize("bits", [8, 15, 16, 31, 32, 64, 255, 256])
def test_equal_and_opposite_codes_are_at_the_least_and_the_greatest_distance(bits):
    table = np.zeros((300, bits), np.bool_)
    table[:120] = True
    relevance, near = of_labels(np.arange(300) % 2, np.array([0, 1]))
    queries = np.array([[False], [True]]).repeat(bits, axis=1)
    counts = levels.level_counts(pack(queries), pack(table), relevance, bits)
    assert_counts(counts, queries, table, near)
    assert (counts.items[:, [0, -1]] == [[180, 120], [120, 180]]).all()


@pytest.mark.parametrize(("bits", "repeated"), [(3, True), (40, True), (40, False), (70, True)])
def test_codes_that_many_items_share_count_as_often_as_they_occur(bits, repeated):
    rng = np.random.default_rng(bits)
    table = rng.random((900, bits)) < 0.5
    if repeated:
        table = table[rng.integers(0, 9, 900)]
    queries = rng.random((12, bits)) < 0.5
    # Items have labels 0 to 5, queries also 6, which no item has, and none of them 3.
    relevance, near = of_labels(rng.integers(0, 6, 900), np.array([0, 1, 2, 4, 5, 6] * 2))
    ranges = relevance.by_label.starts, relevance.by_label.stops
    distinct = distinct_codes(pack(table)[relevance.by_label.order], *ranges)
    assert (distinct is not None) == (repeated and bits <= 64)
    counts = levels.level_counts(pack(queries), pack(table), relevance, bits, threads=2)
    assert_counts(counts, queries, table, near)


@pytest.mark.parametrize("by_label", [True, False])
@pytest.mark.parametrize(("n", "bits"), [(0, 5), (1, 64), (300, 256), (3841, 12), (8000, 130)])
def test_relevant_items_are_ranked_as_by_a_stable_sort(by_label, n, bits):
    table, queries, near = random_case(n, n=n, bits=bits, q=20, share=0.3)
    queries[7], near[0], near[1] = queries[6], False, True
    relevance = GivenRelevance(near)
    if by_label:
        relevance, near = of_labels(np.random.default_rng(n).integers(0, 4, n), np.arange(20) // 2 % 5)
    cutoffs = (1, 10, n // 2 + 11, n + 20)
    counts, ranks = levels.index_ranks(pack(queries), pack(table), relevance, bits, cutoffs, threads=2)
    assert_counts(counts, queries, table, near)
    for q, order in enumerate(np.argsort(hamming(queries, table), axis=1, kind="stable")):
        found = np.flatnonzero(near[q][order]) + 1
        precisions = np.append(0, np.cumsum(np.arange(1, len(found) + 1) / found))
        upto = np.searchsorted(found, cutoffs, side="right")
        assert (ranks.found[q] == upto).all()
        np.testing.assert_allclose(ranks.precision_sums[q], precisions[upto], rtol=1e-12)


def test_queries_with_more_relevant_items_than_are_remembered_at_a_time_are_ranked_alike():
    table, queries, _ = random_case(0, n=70_000, bits=8, q=17)
    relevance, _ = of_labels(np.zeros(70_000, np.int64), np.zeros(17, np.int64))
    ranks = levels.index_ranks(pack(queries), pack(table), relevance, 8, (500, 70_000))[1]
    alone, _ = of_labels(np.zeros(70_000, np.int64), np.zeros(1, np.int64))
    for q in (0, 13, 14, 16):
        one = levels.index_ranks(pack(queries[[q]]), pack(table), alone, 8, (500, 70_000))[1]
        assert (one.precision_sums[0] == ranks.precision_sums[q]).all()


def test_queries_of_equal_code_and_label_are_counted_once():
    codes = np.array([[5, 1], [5, 1], [5, 2], [4, 1], [5, 1], [5, 1]], np.uint64)
    once, equal = distinct_queries(codes, np.array([0, 0, 0, 0, 7, 0]))
    assert len(once) == 4
    assert (codes[once][equal] == codes).all()
    assert (once[equal] == [0, 0, 2, 3, 4, 0]).all()


@pytest.mark.parametrize(("bits", "said"), [(64, "words per code"), (0, "0 bits"), (257, "257 bits")])
def test_codes_of_another_length_are_refused(bits, said):
    table, queries, near = random_case(0, bits=65)
    words = pack(table)[:, :1] if bits == 64 else pack(table)
    with pytest.raises(ValueError, match=said):
        levels.level_counts(pack(queries), words, GivenRelevance(near), bits)
