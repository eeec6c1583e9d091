"""Ranks of means as they are shown."""

import pandas as pd
import pytest

from mihash_bench.report.data.ranks import with_ranks


@pytest.fixture
def summary():
    rows = [
        ("a", 8, 0.5001), ("b", 8, 0.5004), ("c", 8, 0.4), ("a", 16, 0.7), ("b", 16, 0.6),
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["method", "bits", "final_mean"])
    return frame.assign(setting="online", dataset="sample", trigger="on")


def test_means_that_read_the_same_have_the_same_rank(summary):
    ranked = with_ranks(summary, "mAP", 3, ["method", "trigger"])
    assert ranked["rank"].tolist() == [1, 1, 3, 1, 2]
    assert with_ranks(summary, "mAP", 4, ["method", "trigger"])["rank"].tolist() == [2, 1, 3, 1, 2]


def test_a_mean_rank_needs_all_code_lengths_and_decides_the_order(summary):
    ranked = with_ranks(summary, "mAP", 3, ["method", "trigger"]).set_index(["method", "bits"])
    assert ranked["mean_rank"]["a"].tolist() == [1, 1]
    assert ranked["mean_rank"]["b"].tolist() == [1.5, 1.5]
    assert ranked["mean_rank"]["c"].isna().all()
    assert ranked["place"].groupby("method").first().tolist() == [0, 1, 2]


def test_a_metric_of_unknown_direction_has_no_ranks(summary):
    ranked = with_ranks(summary, "nobody_knows", 3, ["method", "trigger"])
    assert ranked["rank"].isna().all()
    assert ranked["mean_rank"].isna().all()
