"""Learning rates over the steps of a training."""

import pytest

from mihash_bench.deep.schedule import share_of_rate


def test_rates_rise_first_and_then_fall_along_a_cosine():
    shares = [share_of_rate(step, 100, 10) for step in range(100)]
    assert shares[0] == pytest.approx(0.1)
    assert max(shares) == shares[9]
    assert shares[50] == pytest.approx(0.5)
    assert 0 < shares[99] < 0.001
    assert share_of_rate(0, 100, 0) == 1.0
