"""The protocol ``growing``: rows arrive in chunks, the last of which takes the rest."""

import numpy as np
import pytest

from mihash_bench.errors import InputError
from mihash_bench.protocols.growing import Growing
from tests.protocols.datasets import dataset, labels_of

DATA = dataset(labels_of({0: 120, 1: 117}))


def schedule(protocol, examples=None, interval=10, seed=0):
    split = protocol.split(DATA, np.random.default_rng(0))
    length = protocol.longest(DATA, split, interval) if examples is None else examples
    return split, protocol.schedule(split, length, interval, np.random.default_rng(seed))


def test_all_rows_but_the_queries_arrive_and_the_last_chunk_takes_the_rest():
    split, found = schedule(Growing(queries=20, chunk=50))
    assert len(split.queries) == 20
    assert sorted([*split.queries, *split.database]) == list(range(237))
    # 217 rows are 4 chunks, and 210 of them are learned in 21 blocks of 10.
    assert [len(each.rows) for each in found.rounds] == [50, 50, 50, 67]
    assert [each.stop for each in found.rounds] == [50, 100, 150, 210]
    assert sorted(np.concatenate([each.rows for each in found.rounds])) == list(range(217))
    for number, each in enumerate(found.rounds[:3]):
        assert sorted(found.order[50 * number : 50 * (number + 1)]) == each.rows.tolist()
    assert set(found.order[150:]) < set(found.rounds[3].rows)
    assert all(each.queries.tolist() == list(range(20)) for each in found.rounds)


def test_a_shorter_stream_begins_in_the_same_way_and_later_rows_never_arrive():
    _, whole = schedule(Growing(queries=20, chunk=50))
    _, short = schedule(Growing(queries=20, chunk=50), examples=130)
    assert short.order.tolist() == whole.order[:130].tolist()
    assert [len(each.rows) for each in short.rounds] == [50, 80]
    assert sorted(np.concatenate([each.rows for each in short.rounds])) == sorted(short.order)


def test_a_database_that_is_smaller_than_a_chunk_arrives_at_once():
    _, found = schedule(Growing(queries=20, chunk=500))
    assert [(each.stop, len(each.rows)) for each in found.rounds] == [(210, 217)]


def test_a_chunk_that_does_not_end_at_a_table_decision_is_refused():
    with pytest.raises(InputError, match=r"--update-interval: 15 \(allowed under --protocol growing: divisors of"):
        schedule(Growing(queries=20, chunk=50), interval=15)


def test_too_many_queries_are_refused():
    with pytest.raises(InputError, match=r"has 237 rows \(allowed: growing.queries of at most 235\)"):
        schedule(Growing(queries=236))
