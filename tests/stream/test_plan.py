import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mihash_bench.stream.checkpoints import draw_checkpoints
from mihash_bench.stream.order import draw_order
from mihash_bench.stream.plan import StreamPlan


@given(st.integers(1, 500), st.integers(2, 100), st.integers(0, 2**32 - 1))
def test_checkpoints_go_from_before_the_stream_to_its_end_without_repetition(decisions, count, seed):
    points = draw_checkpoints(decisions, count, np.random.default_rng(seed))
    assert points[0] == 0
    assert points[-1] == decisions
    assert (np.diff(points) > 0).all()
    assert len(points) <= min(count, decisions + 1)


def test_checkpoints_are_jittered_around_an_even_grid():
    drawn = np.array([draw_checkpoints(200, 11, np.random.default_rng(seed)) for seed in range(300)])
    grid = 20 * np.arange(1, 10)
    offsets = drawn[:, 1:-1] - grid
    assert offsets.min() == 1 - 3
    assert offsets.max() == 7 - 3


def test_a_single_checkpoint_is_the_end_and_more_than_there_are_decisions_are_all():
    rng = np.random.default_rng(0)
    assert draw_checkpoints(7, 1, rng).tolist() == [7]
    assert draw_checkpoints(3, 50, rng).tolist() == [0, 1, 2, 3]


def test_each_epoch_is_a_new_permutation_of_the_whole_database():
    order = draw_order(30, 75, np.random.default_rng(0))
    assert sorted(order[:30]) == sorted(order[30:60]) == list(range(30))
    assert order[:30].tolist() != order[30:60].tolist()
    assert len(set(order[60:])) == 15


@pytest.mark.parametrize("checkpoints", [[], [3, 3], [5, 2], [0, 11]])
def test_checkpoints_that_do_not_ascend_within_the_stream_are_refused(checkpoints):
    with pytest.raises(ValueError, match="ascend"):
        StreamPlan(np.arange(10), np.array(checkpoints), np.arange(0), np.empty(0), np.zeros(10))
