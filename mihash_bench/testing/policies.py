"""The contract of a table policy, tried on a table of 300 random codes and 120 streamed rows."""

import numpy as np

from mihash_bench.codes import pack
from mihash_bench.encoders import LinearCodes
from mihash_bench.policies.base import Positions, TablePolicy, TableState
from mihash_bench.testing.declared import (
    check_every_parameter_is_declared,
    check_it_has_a_title_and_a_version,
    check_parameters_are_stored_unchanged,
)

ROWS, FEATURES, BITS, STREAMED = 300, 12, 16, 120

Made = type[TablePolicy]


def _updated(made: Made, updates: int, seed: int = 0) -> list[Positions]:
    """Return the rows that each of some updates recodes, with blocks of the stream between them."""
    rng = np.random.default_rng(0)
    X, order = rng.standard_normal((ROWS, FEATURES)), rng.permutation(ROWS)[:STREAMED]
    W = rng.standard_normal((updates + 1, FEATURES, BITS))
    words, policy, recoded = pack(X @ W[0] > 0), made(), []
    policy.start(ROWS, np.random.default_rng(seed))
    for update, part in enumerate(np.array_split(order, updates)):
        policy.offer(part)
        if policy.keeps_learned_codes:
            policy.learned(part)
        streamed = np.concatenate(np.array_split(order, updates)[: update + 1])
        rows, encoder = X.copy(), LinearCodes(W[update].copy())
        state = TableState(words.copy(), encoder, rows, np.arange(ROWS), streamed.copy(), rows)
        before = _bytes(state)
        chosen = policy.recoded(state)
        after = _bytes(state)
        assert before == after, "recoded has written into the table, its features or the stream"
        recoded.append(chosen)
        words[chosen] = pack(X[chosen] @ W[update + 1] > 0)
    return recoded


def _bytes(state: TableState) -> list[bytes]:
    return [np.asarray(each).tobytes() for each in (state.words, state.rows[:], state.positions, state.streamed)]


def check_the_policy_is_declared(made: Made) -> None:
    """It has a title and a version, and its parameters have constraints. The constructor stores them unchanged."""
    check_it_has_a_title_and_a_version(made)
    check_every_parameter_is_declared(made)
    check_parameters_are_stored_unchanged(made)


def check_it_recodes_rows_of_the_table(made: Made) -> None:
    """An update recodes positions of the table in ascending order, each once, and changes nothing by choosing them."""
    for chosen in _updated(made, 3):
        assert isinstance(chosen, np.ndarray), f"recoded returned {type(chosen).__name__}"
        assert chosen.ndim == 1, f"recoded returned an array of {chosen.ndim} dimensions"
        assert chosen.dtype.kind in "iu", f"recoded returned {chosen.dtype}"
        assert (np.diff(chosen) > 0).all(), "the positions are not ascending, or repeat"
        assert len(chosen) == 0 or (chosen[0] >= 0 and chosen[-1] < ROWS), "some positions are not in the table"


def check_a_policy_begins_anew_with_the_same_result(made: Made) -> None:
    """The same random numbers give the same choices; nothing is left over from another run."""
    first, again = _updated(made, 3), _updated(made, 3)
    assert all(map(np.array_equal, first, again)), "a second run with the same random numbers recodes other rows"


POLICY_CHECKS = (
    check_the_policy_is_declared,
    check_it_recodes_rows_of_the_table,
    check_a_policy_begins_anew_with_the_same_result,
)
