import time
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from mihash_bench.anchors import KernelMap
from mihash_bench.datasets.synthetic import Synthetic
from mihash_bench.encoders import KernelCodes, LinearCodes
from mihash_bench.errors import InputError
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


def postponed_codes(retrieval, snapshots):
    table = HashTable(retrieval, snapshots[0])
    table.postpone()
    for snapshot in snapshots[1:]:
        table.rebuild(snapshot)
        table.postpone()
    assert table.postponed == len(snapshots)
    return table, table.code_postponed()


@pytest.mark.parametrize("kernel", [False, True])
def test_postponed_codes_are_those_that_each_snapshot_has_by_itself(retrieval, kernel):
    rows = retrieval.features[:16]
    maps = KernelMap(retrieval.features[:2].astype(np.float64), 1.0)
    draws = [np.random.default_rng(seed).normal(size=(3 if kernel else 4, 8)) for seed in range(4)]
    encoders = [KernelCodes(W, maps) if kernel else LinearCodes(W) for W in draws]
    snapshots = [Snapshot("random", encoder, 8, rows) for encoder in encoders]
    table, coded = postponed_codes(retrieval, snapshots)
    for snapshot, words in zip(snapshots, coded, strict=True):
        assert np.array_equal(words, HashTable(retrieval, snapshot).words())
    assert np.array_equal(table.words(), words)
    assert table.postponed == 0


def test_postponed_codes_cost_what_coding_one_snapshot_alone_costs(retrieval, monkeypatch):
    clock = iter(range(100))
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock))
    table, coded = postponed_codes(retrieval, [random_codes(seed) for seed in range(4)])
    # The clock counts how often it is read: twice, for the last snapshot.
    assert [table.seconds for _ in coded] == [0, 1, 2, 3]
    assert next(clock) == 2


def test_a_snapshot_that_changes_before_it_is_coded_is_refused(retrieval):
    W = np.random.default_rng(0).normal(size=(4, 8))
    changing = Snapshot("changing", LinearCodes(W), 8, np.zeros((16, 4)))
    _, coded = postponed_codes(retrieval, [changing, random_codes(1)])
    W[0, 0] += 1
    with pytest.raises(InputError, match="changing: its snapshot changed after it was taken"):
        next(coded)


class OnlyRows:
    """Features of which nothing but slices of rows can be taken, as those of a held-out part."""

    def __init__(self, rows):
        self._rows = rows

    def __len__(self):
        return len(self._rows)

    def __getitem__(self, rows):
        return self._rows[rows]


def test_features_that_are_no_array_are_coded_together_too(retrieval, monkeypatch):
    monkeypatch.setattr(type(retrieval), "__post_init__", lambda self: None)
    _, coded = postponed_codes(
        replace(retrieval, features=OnlyRows(retrieval.features)), [random_codes(seed) for seed in range(3)]
    )
    assert np.array_equal(list(coded)[1], HashTable(retrieval, random_codes(1)).words())
