"""The contract of table policies, on the package's own and on broken ones."""

import numpy as np
import pytest

from mihash_bench.policies.base import TablePolicy
from mihash_bench.policies.full import Full
from mihash_bench.registry import POLICIES
from mihash_bench.testing import POLICY_CHECKS
from tests.testing.test_rules import failing


@pytest.mark.parametrize("name", POLICIES.names())
def test_every_policy_keeps_the_contract(name):
    assert failing(POLICY_CHECKS, POLICIES.get(name)) == set()


class _Twice(Full):
    def recoded(self, table):
        return np.array([3, 3])


class _Beyond(Full):
    def recoded(self, table):
        return np.arange(len(table.words) + 1)


class _Writes(Full):
    def recoded(self, table):
        table.words[:] = 0
        return super().recoded(table)


class _Draws(Full):
    def recoded(self, table):
        return np.flatnonzero(np.random.default_rng().random(len(table.words)) < 0.5)


class _Undeclared(TablePolicy):
    name = "undeclared"
    title = "undeclared"

    def __init__(self, *, share=0.5):
        self.share = share

    def recoded(self, table):
        return np.arange(len(table.words))


@pytest.mark.parametrize(
    ("policy", "rule"),
    [
        (_Twice, "it_recodes_rows_of_the_table"),
        (_Draws, "a_policy_begins_anew_with_the_same_result"),
        (_Undeclared, "the_policy_is_declared"),
    ],
)
def test_a_broken_policy_breaks_its_rule(policy, rule):
    assert failing(POLICY_CHECKS, policy) == {rule}


@pytest.mark.parametrize("policy", [_Beyond, _Writes])
def test_a_policy_that_leaves_or_changes_the_table_fails(policy):
    assert "it_recodes_rows_of_the_table" in failing(POLICY_CHECKS, policy)
