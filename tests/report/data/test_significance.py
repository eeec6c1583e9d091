"""Paired differences over queries, for several blocks of rows at once."""

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
)

QUERIES = np.arange(60)


def test_differences_pair_the_same_query_of_the_same_trial_and_leave_out_those_without_ap():
    a = Series({0: (QUERIES[:3], np.array([0.5, np.nan, 0.1])), 1: (QUERIES[:3], np.array([0.7, np.nan, 0.1]))})
    b = Series({1: (QUERIES[:3], np.array([0.1, np.nan, 0.2])), 2: (QUERIES[:3], np.array([0.9, np.nan, 0.9]))})
    np.testing.assert_allclose(paired_differences(a, b), [0.6, -0.1])
    other_queries = Series({1: (QUERIES[3:6], np.zeros(3))})
    assert paired_differences(a, other_queries) is None
    assert paired_differences(a, Series({7: (QUERIES[:3], np.zeros(3))})) is None


def test_a_query_counts_once_with_its_mean_over_the_trials_that_have_it():
    nan = np.nan
    a = Series(
        {0: (np.array([4, 7, 2]), np.array([0.5, 0.3, 0.1])), 1: (np.array([7, 9, 4]), np.array([0.5, 0.2, nan]))}
    )
    b = Series(
        {0: (np.array([4, 7, 2]), np.array([0.1, 0.1, 0.1])), 1: (np.array([7, 9, 4]), np.array([0.2, 0.1, nan]))}
    )
    np.testing.assert_allclose(significance._means_by_query([a, b]), [[0.5, 0.4, 0.1, 0.2], [0.1, 0.15, 0.1, 0.1]])
    np.testing.assert_allclose(paired_differences(a, b), [0.4, 0.25, 0.0, 0.1])
    assert compare([Block([a, b], 0)])[0][1][6] == 4


def test_trials_with_other_queries_are_paired_only_if_each_trial_has_the_same_for_both():
    a = Series({0: (QUERIES[:3], np.ones(3)), 1: (QUERIES[3:6], np.ones(3))})
    exchanged = Series({0: a.trials[1], 1: a.trials[0]})
    assert significance._means_by_query([a, exchanged]) is None
    assert paired_differences(a, exchanged) is None
    assert compare([Block([a, exchanged], 0)]) == [{}]


def test_trials_agree_that_have_the_sign_of_the_whole():
    ones, zeros = np.ones(3), np.zeros(3)
    a = Series({t: (QUERIES[:3], value) for t, value in enumerate((ones, ones, zeros))})
    b = Series({t: (QUERIES[:3], value) for t, value in enumerate((zeros, zeros, ones))})
    assert trials_that_agree(a, b) == (2, 3)


def test_differences_that_are_all_the_same_but_for_rounding_have_no_spread():
    same = np.full(9, 0.3) - 0.2
    same[0] = 0.1
    assert significance._size(same[None])[0, :3] == pytest.approx([0.1] * 3)


def test_a_block_gets_the_same_values_alone_and_among_others_with_and_without_a_missing_trial():
    rng = np.random.default_rng(5)

    def series(trials, n=40, mean=0.4):
        return Series({trial: (np.arange(n), np.append(rng.random(n - 1) + mean, np.nan)) for trial in trials})

    blocks = [
        Block([series((0, 1)), series((0, 1), mean=0.6), series((0, 1))], 1),
        Block([series((0, 1), mean=0.5), series((1, 2))], 0),
        Block([series((0,), 30), series((0,), 30, 0.1)], 0),
        Block([series((0,))], 0),
    ]
    together = compare(blocks)
    assert together == [compare([block])[0] for block in blocks]
    assert [sorted(each) for each in together] == [[0, 2], [1], [1], []]
    assert [values[6] for each in together for values in each.values()] == [39, 39, 39, 29]


def test_means_over_trials_are_the_same_with_and_without_the_short_way(monkeypatch):
    rng = np.random.default_rng(7)
    trials = [(QUERIES, rng.random(60)) for _ in range(9)]
    short = significance._mean_by_query(trials)
    monkeypatch.setattr(significance, "_have_the_same", lambda trials: False)
    assert short.tolist() == significance._mean_by_query(trials).tolist()


def test_queries_that_occur_twice_count_once():
    twice = (np.array([1, 2, 1]), np.array([0.1, 0.4, 0.3]))
    np.testing.assert_allclose(significance._mean_by_query([twice, twice]), [0.2, 0.4])


def test_a_block_with_all_trials_agrees_with_its_pairs_one_by_one():
    rng = np.random.default_rng(6)
    every = [Series({t: (QUERIES, rng.random(60)) for t in range(3)}) for _ in range(3)]
    compared = compare([Block(every, 2)])[0]
    for place in (0, 1):
        alone = paired_differences(every[place], every[2])
        assert compared[place][0] == pytest.approx(alone.mean(), abs=1e-12)
        assert compared[place][3] == pytest.approx(alone.mean() / alone.std(ddof=1))
        assert compared[place][4] == pytest.approx(randomisation_p_values([alone])[0], abs=1e-12)
