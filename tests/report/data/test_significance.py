"""Paired randomisation tests over queries: their level, their p, and what a table says of them."""

from itertools import product

import numpy as np
import pytest

from mihash_bench.report.data import significance
from mihash_bench.report.data.randomisation import randomisation_p_values
from mihash_bench.report.data.significance import (
    Block,
    Series,
    compare,
    paired_differences,
    trials_that_agree,
    with_comparisons,
)
from mihash_bench.report.data.statistics import summary
from mihash_bench.report.data.summary import summary_of

from ..frames import joined, run
from ..rendering import as_csv, as_latex, as_markdown

QUERIES = np.arange(60)


def test_differences_pair_the_same_query_of_the_same_trial_and_leave_out_those_without_ap():
    a = Series({0: (QUERIES[:3], np.array([0.5, np.nan, 0.1])), 1: (QUERIES[:3], np.array([0.7, np.nan, 0.1]))})
    b = Series({1: (QUERIES[:3], np.array([0.1, np.nan, 0.2])), 2: (QUERIES[:3], np.array([0.9, np.nan, 0.9]))})
    np.testing.assert_allclose(paired_differences(a, b), [0.6, -0.1])
    other_queries = Series({1: (QUERIES[3:6], np.zeros(3))})
    assert paired_differences(a, other_queries) is None
    assert paired_differences(a, Series({7: (QUERIES[:3], np.zeros(3))})) is None


def test_trials_agree_that_have_the_sign_of_the_whole():
    ones, zeros = np.ones(3), np.zeros(3)
    a = Series({t: (QUERIES[:3], value) for t, value in enumerate((ones, ones, zeros))})
    b = Series({t: (QUERIES[:3], value) for t, value in enumerate((zeros, zeros, ones))})
    assert trials_that_agree(a, b) == (2, 3)


@pytest.fixture
def compared():
    """MIHash far above OSH, and a variant of MIHash that differs from it by noise alone."""
    means = {"mihash": 0.6, "same": 0.6, "osh": 0.3}
    rng = np.random.default_rng(3)
    by_query = rng.normal(0, 0.1, 60)
    values, parts = {}, []
    for name, trial in product(means, range(2)):
        ap = means[name] + by_query + rng.normal(0, 0.02, 60)
        variant = "decay=1" if name == "same" else ""
        method = "osh" if name == "osh" else "mihash"
        parts.append(run(method, trial, key=f"{name}{trial}", variant=variant, values=(0, 0.1, ap.mean())))
        values[f"{name}{trial}"] = ap
    return joined(*parts), lambda key, array: (QUERIES, values[key])


def test_a_table_marks_what_differs_from_the_best_and_says_by_which_test(compared):
    frame, average_precisions = compared
    table = summary_of(frame, ["mAP"], average_precisions)
    p = table.set_index(["method", "variant"])["p_adjusted"]
    assert p["osh", ""] < 0.01
    assert sorted(p.isna()) == [False, False, True]
    assert (p.drop(("osh", "")).dropna() > 0.05).all()
    row = table[table["method"] == "osh"].iloc[0]
    assert row["ci_low"] < row["difference"] < row["ci_high"] < 0
    assert (row["queries"], row["pairs"], row["trials_agree"]) == (60, 3, 2)
    said = "paired randomisation test on the AP of each query (mean over trials), 60 queries"
    for text, mark in ((as_latex(table), "^{*}$"), (as_markdown(table), r"\* |")):
        assert text.count(mark) == 1
        assert said in text
    assert "-0.3" in as_markdown(table).split("Difference to the best")[1]
    assert "p_adjusted" in as_csv(table)


def test_a_difference_whose_trials_do_not_agree_is_not_marked(compared):
    frame, average_precisions = compared
    table = summary_of(frame, ["mAP"], average_precisions)
    table.loc[table["method"] == "osh", "trials_agree"] = 1
    assert "^{*}$" not in as_latex(table)


def test_a_metric_that_is_not_kept_by_query_has_no_test(compared):
    frame, average_precisions = compared
    frame = frame.rename(columns={"mAP": "P@r2"})
    assert with_comparisons(summary(frame, "P@r2"), frame, "P@r2", average_precisions)["p_value"].isna().all()
    assert "randomisation" not in as_markdown(summary_of(frame, ["P@r2"], average_precisions))


def test_the_same_runs_give_the_same_table(compared):
    frame, average_precisions = compared
    first, second = (as_csv(summary_of(frame, ["mAP"], average_precisions)) for _ in range(2))
    assert first == second


def test_differences_that_are_all_the_same_but_for_rounding_have_no_spread():
    same = np.full(9, 0.3) - 0.2
    same[0] = 0.1
    assert significance._size(same[None])[0, :3] == pytest.approx([0.1] * 3)


def test_only_common_trials_are_compared_and_counted(compared):
    frame, average_precisions = compared
    table = summary_of(frame[~((frame["method"] == "osh") & (frame["trial"] == 0))], ["mAP"], average_precisions)
    row = table[table["method"] == "osh"].iloc[0]
    assert (row["trials"], row["trials_agree"], row["trials_compared"]) == (1, 1, 1)


def test_a_block_gets_the_same_values_alone_and_among_others_with_and_without_a_missing_trial():
    rng = np.random.default_rng(5)

    def series(trials, n=40, mean=0.4):
        return Series({trial: (np.arange(n), np.append(rng.random(n - 1) + mean, np.nan)) for trial in trials})

    blocks = [
        Block(range(3), [series((0, 1)), series((0, 1), mean=0.6), series((0, 1))], 1),
        Block(range(2), [series((0, 1), mean=0.5), series((1, 2))], 0),
        Block(range(2), [series((0,), 30), series((0,), 30, 0.1)], 0),
        Block(range(1), [series((0,))], 0),
    ]
    together = compare(blocks)
    assert together == [compare([block])[0] for block in blocks]
    assert [sorted(each) for each in together] == [[0, 2], [1], [1], []]
    assert [values[6] for each in together for values in each.values()] == [39, 39, 39, 29]


def test_a_block_with_all_trials_agrees_with_its_pairs_one_by_one():
    rng = np.random.default_rng(6)
    every = [Series({t: (QUERIES, rng.random(60)) for t in range(3)}) for _ in range(3)]
    compared = compare([Block(range(3), every, 2)])[0]
    for place in (0, 1):
        alone = paired_differences(every[place], every[2])
        assert compared[place][0] == pytest.approx(alone.mean(), abs=1e-12)
        assert compared[place][3] == pytest.approx(alone.mean() / alone.std(ddof=1))
        assert compared[place][4] == pytest.approx(randomisation_p_values([alone])[0], abs=1e-12)
