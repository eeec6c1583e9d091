import numpy as np
import pytest

from mihash_bench.codes import pack
from mihash_bench.errors import InputError
from mihash_bench.evaluation import GivenRelevance, evaluate
from mihash_bench.metrics.precision_in_ball import PrecisionInBall


def test_empty_balls_score_zero_and_their_share_is_reported():
    table = np.zeros((4, 8), bool)
    queries = np.array([[False] * 8, [True] * 8])
    ball = PrecisionInBall(2)
    evaluation = evaluate(pack(table), pack(queries), GivenRelevance(np.ones((2, 4), bool)), [ball], 8)
    assert evaluation.per_query[ball].tolist() == [1, 0]
    assert evaluation.left_empty(ball) == 0.5


def test_printing_and_parsing_are_inverse():
    assert [str(PrecisionInBall.parse(text)) for text in ("P@r0", "P@r2", "P@r12")] == ["P@r0", "P@r2", "P@r12"]


def test_items_at_exactly_the_radius_are_in_the_ball_and_those_beyond_are_not():
    table = np.array([[False] * 4, [True, False, False, False], [True, True, False, False]])
    queries, near = np.zeros((1, 4), bool), np.array([[True, False, False]])
    balls = [PrecisionInBall(radius) for radius in (0, 1, 2, 4)]
    evaluation = evaluate(pack(table), pack(queries), GivenRelevance(near), balls, 4)
    assert [evaluation.value(ball) for ball in balls] == [1, 1 / 2, 1 / 3, 1 / 3]


def test_a_radius_above_the_code_length_is_refused():
    PrecisionInBall(32).check(n_items=1, n_bits=32)
    with pytest.raises(InputError, match=r"--metric: P@r40 .* of 32 bits \(allowed: P@r0 to P@r32\)"):
        PrecisionInBall(40).check(n_items=1, n_bits=32)


def test_a_ball_has_no_ties():
    assert PrecisionInBall(2).ties_note == ""
    assert PrecisionInBall(2).cutoffs(70) == ()
