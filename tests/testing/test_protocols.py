"""The contract of protocols, on the package's own and on broken ones."""

import numpy as np
import pytest

from mihash_bench.experiment.split import Split
from mihash_bench.protocols.growing import Growing
from mihash_bench.protocols.standard import Standard
from mihash_bench.registry import PROTOCOLS
from mihash_bench.stream.plan import Round
from mihash_bench.testing import PROTOCOL_CHECKS
from tests.testing.test_rules import failing


@pytest.mark.parametrize("name", PROTOCOLS.names())
def test_every_protocol_keeps_the_contract(name):
    assert failing(PROTOCOL_CHECKS, PROTOCOLS.get(name)) == set()


class _SearchesQueries(Standard):
    def split(self, dataset, random):
        split = super().split(dataset, random)
        return Split(split.queries, np.append(split.database, split.queries[:1]))


class _PromisesTooMuch(Growing):
    def longest(self, dataset, split, interval):
        return super().longest(dataset, split, interval) + interval


class _EntersEarly(Growing):
    def schedule(self, split, examples, interval, random):
        whole = super().schedule(split, examples, interval, random)
        first, second = whole.rounds[0], whole.rounds[1]
        swapped = Round(first.stop, second.rows, first.queries), Round(second.stop, first.rows, second.queries)
        return type(whole)(whole.order, (*swapped, *whole.rounds[2:]))


class _Draws(Standard):
    def split(self, dataset, random):
        return super().split(dataset, np.random.default_rng())


@pytest.mark.parametrize(
    ("protocol", "rule"),
    [
        (_SearchesQueries, "queries_are_never_searched_or_learned_from"),
        (_PromisesTooMuch, "the_stream_has_the_given_length"),
        (_EntersEarly, "rows_enter_the_table_once"),
        (_Draws, "a_protocol_begins_anew_with_the_same_result"),
    ],
)
def test_a_broken_protocol_breaks_its_rule(protocol, rule):
    assert rule in failing(PROTOCOL_CHECKS, protocol)
