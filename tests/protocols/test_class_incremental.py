"""The protocol ``class-incremental``: rounds of classes in falling frequency."""

import numpy as np
import pytest

from mihash_bench.errors import InputError
from mihash_bench.protocols._groups import GroupsText, places_of
from mihash_bench.protocols.class_incremental import ClassIncremental
from tests.protocols.datasets import dataset, labels_of

# By frequency: 9, then 2 and 4 (equally frequent, in the order of labels), then 7.
LABELS = labels_of({9: 100, 4: 60, 2: 60, 7: 31})


def test_classes_arrive_by_frequency_and_a_tenth_of_a_round_are_its_queries():
    data, protocol = dataset(LABELS), ClassIncremental(rounds=2)
    split = protocol.split(data, np.random.default_rng(0))
    for number, (labels, rows) in enumerate([({9, 2}, 160), ({4, 7}, 91)]):
        queries, searched = split.queries[split.query_round == number], split.database[split.database_round == number]
        assert {*LABELS[queries], *LABELS[searched]} == labels
        assert (len(queries), len(searched)) == (rows // 10, rows - rows // 10)
    assert sorted([*split.queries, *split.database]) == list(range(len(LABELS)))
    # 144 and 82 rows, learned in blocks of 10.
    assert protocol.longest(data, split, 10) == 220
    found = protocol.schedule(split, 220, 10, np.random.default_rng(0))
    assert [(each.stop, len(each.rows), len(each.queries)) for each in found.rounds] == [(140, 144, 16), (220, 82, 9)]
    assert (split.query_round[found.rounds[1].queries] == 1).all()
    assert found.rounds[1].earlier.tolist() == list(range(25))
    for each, part in zip(found.rounds, (found.order[:140], found.order[140:]), strict=True):
        assert set(part) < set(each.rows)


def test_groups_name_classes_by_their_place_and_others_are_left_out():
    split = ClassIncremental(groups="4|1+3").split(dataset(LABELS), np.random.default_rng(0))
    rounds = [set(LABELS[split.database[split.database_round == number]]) for number in range(2)]
    assert rounds == [{7}, {9, 4}]


@pytest.fixture(scope="module")
def several():
    """Columns 0, 1 and 2 in falling frequency, and rows without labels."""
    rows = (
        [[1, 0, 0]] * 40 + [[0, 1, 0]] * 20 + [[1, 1, 0]] * 20 + [[0, 0, 1]] * 12 + [[1, 0, 1]] * 11 + [[0, 0, 0]] * 9
    )
    return dataset(np.array(rows, np.uint8))


@pytest.mark.parametrize(
    ("groups", "disjoint", "expected"),
    [
        ("1|2|3", False, [{100}, {10, 110}, {1, 101}]),
        ("1|2|3", True, [{100}, {10}, {1}]),
        ("1-2|3", True, [{100, 10, 110}, {1}]),
        ("2|1", False, [{10}, {100, 110}]),
    ],
)
def test_a_round_has_the_rows_whose_labels_all_lie_in_the_groups_so_far(several, groups, disjoint, expected):
    split = ClassIncremental(groups=groups, disjoint=disjoint).split(several, np.random.default_rng(0))
    names = several.labels.astype(int) @ [100, 10, 1]
    for number, labels in enumerate(expected):
        rows = [*split.queries[split.query_round == number], *split.database[split.database_round == number]]
        assert set(names[rows]) == labels
        assert len(rows) == np.isin(names, list(labels)).sum()


def test_a_stream_ends_with_a_round():
    protocol, data = ClassIncremental(rounds=2), dataset(LABELS)
    split = protocol.split(data, np.random.default_rng(0))
    short = protocol.schedule(split, 140, 10, np.random.default_rng(0))
    assert len(short.rounds) == 1
    with pytest.raises(InputError, match=r"--examples: 150 \(allowed: the ends of rounds, 140, 220\)"):
        protocol.schedule(split, 150, 10, np.random.default_rng(0))


def test_rounds_that_are_too_small_are_refused():
    data = dataset(LABELS)
    with pytest.raises(InputError, match=r"has 4 classes \(allowed: class-incremental.rounds and groups with no more"):
        ClassIncremental(rounds=5).split(data, np.random.default_rng(0))
    few = dataset(labels_of({0: 50, 1: 9}))
    with pytest.raises(InputError, match=r"small, whose round 2 has 9 rows \(allowed: at least 10\)"):
        ClassIncremental(rounds=2).split(few, np.random.default_rng(0))
    split = ClassIncremental(rounds=2).split(data, np.random.default_rng(0))
    with pytest.raises(InputError, match=r"--update-interval: 100 \(allowed for small .* at most 82, the smallest"):
        ClassIncremental(rounds=2).longest(data, split, 100)


@pytest.mark.parametrize("text", ["", "0|1", "1|1", "2-1", "1-3|2", "1,2", "1|", "one"])
def test_groups_that_make_no_sense_are_not_allowed(text):
    assert not GroupsText().allows(GroupsText().parse(text))


def test_groups_are_read_without_spaces():
    assert places_of(GroupsText().parse("1 | 2-4 | 5 + 7")) == [[1], [2, 3, 4], [5, 7]]
