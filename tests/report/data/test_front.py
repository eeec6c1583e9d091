"""The Pareto front against its definition."""

import numpy as np
import pandas as pd
import pytest

from mihash_bench.report.data.front import FRONT, on_front, with_front


def by_definition(costs, values):
    """Whether no other point costs no more, is at least as good, and is better in one of the two."""
    points = list(zip(costs, values, strict=True))
    return [not any(c <= cost and v >= value and (c, v) != (cost, value) for c, v in points) for cost, value in points]


@pytest.mark.parametrize("seed", range(20))
def test_the_front_is_that_of_the_definition(seed):
    costs, values = np.random.default_rng(seed).integers(0, 6, (2, 12)).astype(float)
    assert on_front(costs, values).tolist() == by_definition(costs, values)
    assert on_front(costs, -values, higher=False).tolist() == by_definition(costs, values)


def test_a_point_that_is_not_measured_is_not_on_the_front_and_beats_none():
    costs, values = np.array([np.nan, 5.0, 0.0]), np.array([0.9, 0.5, np.nan])
    assert on_front(costs, values).tolist() == [False, True, False]


def test_each_code_length_has_a_front_of_its_own_and_unmeasured_costs_have_none():
    rows = pd.DataFrame(
        {
            "setting": "online", "dataset": "sample", "bits": [8, 8, 16], "final_mean": [0.3, 0.2, 0.1],
            "bit_recomputations_mean": [5.0, 6.0, 7.0],
        }
    )  # fmt: skip
    assert with_front(rows, "mAP", "bit_recomputations")[FRONT].tolist() == [True, False, True]
    assert not with_front(rows, "mAP", "train_s")[FRONT].any()
