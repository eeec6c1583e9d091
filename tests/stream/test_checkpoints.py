import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mihash_bench.stream.checkpoints import draw_checkpoints


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
