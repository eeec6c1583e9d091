from dataclasses import dataclass, field

import numpy as np
import pytest

from mihash_bench.anchors import KernelMap
from mihash_bench.datasets.synthetic import Synthetic
from mihash_bench.encoders import KernelCodes, LinearCodes
from mihash_bench.experiment.hash_table import HashTable
from mihash_bench.experiment.retrieval import draw_retrieval
from mihash_bench.experiment.snapshot import Snapshot


@pytest.fixture
def retrieval(tmp_path):
    return draw_retrieval(Synthetic(n=300, d=4, classes=3).load(tmp_path, tmp_path), 0)


def random_codes(seed):
    W = np.random.default_rng(seed).normal(size=(4, 8))
    return Snapshot("random", LinearCodes(W), 8, np.random.default_rng(0).normal(size=(20, 4)))


def test_table_seconds_never_decrease(retrieval):
    table = HashTable(retrieval, random_codes(0))
    table.words()
    assert table.seconds == 0
    for updates in (3, 1):
        before = table.seconds
        for _ in range(updates):
            table.rebuild(random_codes(0))
        table.words()
        assert table.seconds > before


def test_a_rebuilt_table_is_coded_anew_with_the_new_functions_for_database_and_queries(retrieval):
    table = HashTable(retrieval, random_codes(0))
    before = table.words()
    table.rebuild(random_codes(1))
    assert not table.is_coded
    after = table.words()
    for rows in (retrieval.database, retrieval.queries):
        assert (before[rows] != after[rows]).any()
    assert table.updates == 1
    assert table.bit_recomputations == len(retrieval.database) * 8
    assert table.words() is after


@dataclass(frozen=True)
class CountingMap(KernelMap):
    """A kernel map that records how many rows it has mapped."""

    mapped: list[int] = field(default_factory=list)

    def transform(self, X):
        self.mapped.append(len(X))
        return super().transform(X)


def test_a_rebuilt_table_uses_the_kernel_features_of_the_first_one(retrieval):
    kernel = CountingMap(np.zeros((2, 4)), 1.0)
    rows = np.random.default_rng(0).normal(size=(20, 4))
    first, second = (Snapshot("kernel", KernelCodes(np.full((3, 8), w), kernel), 8, rows) for w in (1.0, -1.0))
    table = HashTable(retrieval, first)
    table.words()
    assert 300 in kernel.mapped
    kernel.mapped.clear()
    table.rebuild(second)
    table.words()
    # Only the few rows that check the snapshot.
    assert max(kernel.mapped) < 300
