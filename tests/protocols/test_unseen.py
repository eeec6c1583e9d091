"""The protocol ``unseen``: classes of queries and database are never in the stream."""

import numpy as np
import pytest

from mihash_bench.errors import InputError
from mihash_bench.protocols.unseen import Unseen, n_unseen
from tests.protocols.datasets import dataset, labels_of

TEN = labels_of(dict.fromkeys((3, 5, 7, 8, 11, 12, 20, 21, 40, 41), 30))


@pytest.mark.parametrize(("classes", "unseen"), [(10, 3), (205, 51), (2, 1), (3, 1), (4, 1), (6, 2), (100, 25)])
def test_a_quarter_of_the_classes_is_unseen_rounded_half_up(classes, unseen):
    assert n_unseen(classes) == unseen


def test_queries_and_database_are_all_rows_of_the_unseen_classes_and_the_stream_is_the_rest():
    data = dataset(TEN)
    split = Unseen(queries=4).split(data, np.random.default_rng(0))
    unseen = set(TEN[split.queries])
    assert len(unseen) == 3
    assert [int((TEN[split.queries] == label).sum()) for label in unseen] == [4, 4, 4]
    expected = {row for row in range(300) if TEN[row] in unseen}
    assert {*split.queries, *split.database} == expected
    assert len(split.queries) + len(split.database) == 90
    assert set(split.learned) == set(range(300)) - expected
    assert Unseen().longest(data, split, 10) == 210


def test_trials_have_other_classes():
    splits = [Unseen(queries=4).split(dataset(TEN), np.random.default_rng(seed)) for seed in range(4)]
    assert len({tuple(sorted(set(TEN[split.database]))) for split in splits}) > 1


@pytest.mark.parametrize(("per_class", "given", "expected"), [(6, None, 18), (None, 5, 15), (6, 2, 6)])
def test_the_number_of_queries_is_that_of_the_dataset_unless_it_is_given(per_class, given, expected):
    split = Unseen(queries=given).split(dataset(TEN, per_class=per_class), np.random.default_rng(0))
    assert len(split.queries) == expected


def test_the_stream_is_as_long_as_promised_whichever_classes_are_unseen():
    labels = labels_of({0: 200, 1: 30, 2: 30, 3: 30, 4: 30, 5: 30})
    splits = [Unseen(queries=4).split(dataset(labels), np.random.default_rng(seed)) for seed in range(20)]
    promised = Unseen().longest(dataset(labels), splits[0], 10)
    assert promised == 350 - 200 - 30
    assert min(len(split.learned) for split in splits) == promised


def test_of_rows_with_several_labels_those_with_seen_and_unseen_ones_are_not_used():
    rng = np.random.default_rng(2)
    labels = (rng.random((400, 8)) < 0.15).astype(np.uint8)
    split = Unseen(queries=3).split(dataset(labels), np.random.default_rng(0))
    new = np.concatenate([split.queries, split.database])
    columns = np.flatnonzero(labels[new].any(axis=0))
    assert len(columns) == 2
    assert len(split.queries) == 6
    others = np.setdiff1d(np.arange(8), columns)
    only_new = labels[:, columns].any(axis=1) & ~labels[:, others].any(axis=1)
    only_seen = labels[:, others].any(axis=1) & ~labels[:, columns].any(axis=1)
    assert set(new) == set(np.flatnonzero(only_new))
    assert set(split.learned) == set(np.flatnonzero(only_seen))
    assert Unseen(queries=3).longest(dataset(labels), split, 10) == len(split.learned) > 0


@pytest.mark.parametrize(
    ("labels", "queries", "reason"),
    [
        (np.zeros(50, int), 2, r"small, which has 1 class \(allowed: at least 2\)"),
        (TEN, 30, r"small, 30 rows to draw 30 queries from \(allowed: fewer unseen.queries\)"),
    ],
)
def test_a_dataset_with_too_few_classes_or_rows_is_refused(labels, queries, reason):
    with pytest.raises(InputError, match=rf"--protocol: unseen is not possible on {reason}"):
        Unseen(queries=queries).split(dataset(labels), np.random.default_rng(0))
