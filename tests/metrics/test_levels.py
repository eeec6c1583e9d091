from types import SimpleNamespace

import numpy as np
import pytest

from mihash_bench.codes import hamming, pack
from mihash_bench.evaluation import GivenRelevance
from mihash_bench.metrics import _levels as levels
from mihash_bench.metrics._distinct import distinct_codes
from mihash_bench.neighbors import ByLabel
from tests.metrics.cases import random_case


@pytest.mark.parametrize("bits", [1, 63, 64, 65, 200, 256])
def test_any_number_of_bits_up_to_256_counts_right(bits):
    table, queries, near = random_case(bits, n=80, bits=bits)
    counts = levels.level_counts(pack(queries), pack(table), GivenRelevance(near), bits)
    distance = hamming(queries, table)
    for level in range(bits + 1):
        assert (counts.items[:, level] == (distance == level).sum(1)).all()
        assert (counts.hits[:, level] == ((distance == level) & near).sum(1)).all()


@pytest.mark.parametrize(("bits", "repeated"), [(3, True), (40, True), (40, False), (70, True)])
def test_codes_that_many_items_share_count_as_often_as_they_occur(bits, repeated):
    rng = np.random.default_rng(bits)
    table = rng.random((200, bits)) < 0.5
    if repeated:
        table = table[rng.integers(0, 9, 200)]
    queries = rng.random((12, bits)) < 0.5
    # Items have labels 0 to 5, queries also 6, which no item has, and none of them 3.
    labels, asked = rng.integers(0, 6, 200), np.array([0, 1, 2, 4, 5, 6] * 2)
    by_label = ByLabel(labels, asked)
    near = labels == asked[:, None]
    packed = pack(table)
    assert (distinct_codes(packed[by_label.order], by_label) is not None) == (repeated and bits <= 64)
    counts = levels.level_counts(pack(queries), packed, SimpleNamespace(by_label=by_label), bits, threads=2)
    distance = hamming(queries, table)
    for level in range(bits + 1):
        assert (counts.items[:, level] == (distance == level).sum(1)).all()
        assert (counts.hits[:, level] == ((distance == level) & near).sum(1)).all()


@pytest.mark.parametrize(("bits", "said"), [(64, "words per code"), (0, "0 bits"), (257, "257 bits")])
def test_codes_of_another_length_are_refused(bits, said):
    table, queries, near = random_case(0, bits=65)
    words = pack(table)[:, :1] if bits == 64 else pack(table)
    with pytest.raises(ValueError, match=said):
        levels.level_counts(pack(queries), words, GivenRelevance(near), bits)
