"""The contract of a protocol, tried on 6,000 rows of 8 classes."""

from collections.abc import Iterator

import numpy as np

from mihash_bench.datasets.base import Dataset, QueryProtocol
from mihash_bench.experiment.split import Split
from mihash_bench.protocols.base import DataProtocol, Schedule
from mihash_bench.testing.declared import (
    check_every_parameter_is_declared,
    check_it_has_a_title_and_a_version,
    check_parameters_are_stored_unchanged,
)

ROWS, CLASSES, INTERVAL = 6000, 8, 100

Made = type[DataProtocol]


def _dataset() -> Dataset:
    rng = np.random.default_rng(0)
    features = rng.standard_normal((ROWS, 4)).astype(np.float32)
    labels = rng.permutation(np.arange(ROWS) % CLASSES)
    mean, norms = np.zeros(4), np.ones(ROWS, np.float32)
    return Dataset("tried", features, mean, norms, labels, None, QueryProtocol(per_class=20), "digest")


def _split(made: Made, seed: int = 0) -> Split:
    return made().split(_dataset(), np.random.default_rng(seed))


def _schedule(made: Made, seed: int = 0) -> tuple[Split, Schedule]:
    protocol, split = made(), _split(made)
    examples = protocol.longest(_dataset(), split, INTERVAL) // INTERVAL * INTERVAL
    return split, protocol.schedule(split, examples, INTERVAL, np.random.default_rng(seed))


def check_the_protocol_is_declared(made: Made) -> None:
    """It has a title and a version, and its parameters have constraints. The constructor stores them unchanged."""
    check_it_has_a_title_and_a_version(made)
    check_every_parameter_is_declared(made)
    check_parameters_are_stored_unchanged(made)


def check_queries_are_never_searched_or_learned_from(made: Made) -> None:
    """Queries, database and the rows to learn from are rows of the dataset, each once; the latter two have no query."""
    split = _split(made)
    for name, rows in (("queries", split.queries), ("database", split.database), ("stream", split.learned)):
        assert len(rows) > 0, f"there are no rows in {name}"
        assert rows.min() >= 0, f"{name} has a negative row"
        assert rows.max() < ROWS, f"{name} has a row that is not in the dataset"
        assert len(np.unique(rows)) == len(rows), f"{name} has a row twice"
    assert not np.isin(split.queries, split.database).any(), "a query is in the database"
    assert not np.isin(split.queries, split.learned).any(), "a query may be learned from"


def check_the_stream_has_the_given_length(made: Made) -> None:
    """The order of the stream has as many examples as ``longest`` promises, all of rows that may be learned from."""
    split, schedule = _schedule(made)
    promised = made().longest(_dataset(), split, INTERVAL) // INTERVAL * INTERVAL
    assert len(schedule.order) == promised, f"{len(schedule.order)} examples instead of {promised}"
    assert (schedule.order >= 0).all(), "the order has a negative position"
    assert (schedule.order < len(split.learned)).all(), "the order has a position beyond the rows to learn from"


def check_rows_enter_the_table_once(made: Made) -> None:
    """If the table grows, rounds end at table decisions, and rows enter it once, after they have been learned from.

    If it does not, there are no rounds.
    """
    split, schedule = _schedule(made)
    if not made.grows:
        assert schedule.rounds == (), "there are rounds, but the table does not grow"
        return
    stops = [each.stop for each in schedule.rounds]
    assert all(stop % INTERVAL == 0 for stop in stops), "a round does not end at a table decision"
    assert stops == sorted(set(stops)), "the ends of rounds do not ascend"
    assert stops[-1:] == [len(schedule.order)], "the last round does not end with the stream"
    rows = np.concatenate([each.rows for each in schedule.rounds])
    assert len(np.unique(rows)) == len(rows), "a row enters the table twice"
    assert np.isin(rows, np.arange(len(split.database))).all(), "a row that enters the table is not in the database"
    assert all(_learned_rows_enter(schedule)), "a row is learned from in another round than that in which it enters"
    for each in schedule.rounds:
        assert len(each.queries) > 0, "a round has no queries"
        assert np.isin(each.queries, np.arange(len(split.queries))).all(), "a round has a query that does not exist"


def _learned_rows_enter(schedule: Schedule) -> Iterator[bool]:
    start = 0
    for each in schedule.rounds:
        yield bool(np.isin(schedule.order[start : each.stop], each.rows).all())
        start = each.stop


def check_a_protocol_begins_anew_with_the_same_result(made: Made) -> None:
    """The same random numbers give the same split and the same stream, and other ones give others."""
    first, again, other = (_split(made, seed) for seed in (0, 0, 1))
    assert np.array_equal(first.queries, again.queries), "a second split with the same random numbers has other queries"
    assert np.array_equal(first.database, again.database), "a second split has another database"
    assert not np.array_equal(first.database, other.database), "other random numbers give the same database"
    orders = [_schedule(made, seed)[1].order for seed in (0, 0, 1)]
    assert np.array_equal(orders[0], orders[1]), "a second stream with the same random numbers has another order"
    assert not np.array_equal(orders[0], orders[2]), "other random numbers give the same stream"


PROTOCOL_CHECKS = (
    check_the_protocol_is_declared,
    check_queries_are_never_searched_or_learned_from,
    check_the_stream_has_the_given_length,
    check_rows_enter_the_table_once,
    check_a_protocol_begins_anew_with_the_same_result,
)
