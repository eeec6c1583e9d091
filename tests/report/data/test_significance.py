"""Paired randomisation tests over queries: their level, their p, and what a table says of them."""

from itertools import product

import numpy as np
import pytest
from scipy import stats

from mihash_bench.report.data import significance
from mihash_bench.report.data.significance import (
    Series,
    holm,
    paired_differences,
    randomisation_p_values,
    trials_that_agree,
    with_comparisons,
)
from mihash_bench.report.data.statistics import summary
from mihash_bench.report.data.summary import summary_of
from mihash_bench.report.tables.build import tables_of

from .. import miss_rate
from ..frames import joined, run
from ..rendering import as_csv, as_latex, as_markdown

QUERIES = np.arange(60)


def test_p_is_the_share_of_sign_flips_that_are_as_large():
    differences = np.array([0.3, -0.1, 0.2, 0.4, 0.05, 0.1, 0.25, -0.02])
    flips = np.array(list(product((-1, 1), repeat=8)))
    exact = (np.abs(flips @ differences) >= abs(differences.sum()) - 1e-12).mean()
    assert randomisation_p_values([differences])[0] == pytest.approx(exact, abs=0.006)


def test_p_agrees_with_scipy_for_vectors_of_any_length():
    rng = np.random.default_rng(1)
    vectors = [rng.normal(0.1, 1, n) for n in (40, 90, 40)]
    for vector, p in zip(vectors, randomisation_p_values(vectors), strict=True):
        oracle = stats.permutation_test(
            (vector,), np.mean, permutation_type="samples", n_resamples=4_999, rng=np.random.default_rng(0)
        )  # fmt: skip
        assert p == pytest.approx(oracle.pvalue, abs=0.03)


def test_under_equal_methods_the_rejection_rate_of_a_block_is_at_most_the_level(monkeypatch):
    monkeypatch.setattr(significance, "FLIPS", 199)
    rng = np.random.default_rng(4)
    sweeps, methods = 400, 4
    rejected = 0
    for _ in range(sweeps):
        # Skewed, and with a common part by query, as AP is.
        ap = rng.beta(0.6, 2, 50)[:, None] + rng.exponential(0.1, (50, methods))
        pairs = [ap[:, i] - ap[:, j] for i in range(methods) for j in range(i)]
        rejected += (holm(randomisation_p_values(pairs, seed=int(rng.integers(1 << 30)))) < 0.05).any()
    # Three standard deviations of the simulation above the level.
    assert rejected / sweeps <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / sweeps)


def test_a_real_difference_is_found():
    rng = np.random.default_rng(0)
    assert randomisation_p_values([rng.normal(0.3, 1, 1000)])[0] < 1e-3


def test_holm_multiplies_by_the_hypotheses_left_and_never_falls():
    np.testing.assert_allclose(holm(np.array([0.04, 0.01, 0.03, 0.5])), [0.09, 0.04, 0.09, 0.5])
    assert holm(np.array([0.9, 0.8])).tolist() == [1, 1]


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


def test_where_less_is_better_all_are_compared_with_the_smallest(compared, monkeypatch):
    miss_rate.installed(monkeypatch)
    frame, average_precisions = compared
    table = summary_of(frame.rename(columns={"mAP": "miss@5"}), ["miss@5"], average_precisions)
    assert table.loc[table["difference"].isna(), "method"].tolist() == ["osh"]
    assert (table["difference"].dropna() > 0.2).all()
    # The best is in bold, and the other two have the mark of a difference.
    [table, *_] = tables_of(table)
    cells = next(cells for _, column, cells in table.side_by_side() if column.title == "miss@5")
    marks = {row.labels[0]: (cell.best, cell.differs) for row, cell in zip(table.rows, cells, strict=True)}
    assert marks == {"MIHASH": (False, True), "MIHASH (decay=1)": (False, True), "OSH": (True, False)}


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


def test_a_difference_of_nan_is_an_error_not_the_smallest_p():
    with pytest.raises(ValueError, match="NaN"):
        randomisation_p_values([np.array([0.1, -0.1, np.nan])])


def test_differences_that_are_all_the_same_but_for_rounding_have_no_spread():
    same = np.full(9, 0.3) - 0.2
    same[0] = 0.1
    assert significance._size(same)[:3] == pytest.approx([0.1] * 3)


def test_many_pairs_leave_a_p_that_can_be_below_the_level():
    far = [np.ones(30)] * 1500
    assert holm(randomisation_p_values(far)).max() < 0.05


def test_only_common_trials_are_compared_and_counted(compared):
    frame, average_precisions = compared
    table = summary_of(frame[~((frame["method"] == "osh") & (frame["trial"] == 0))], ["mAP"], average_precisions)
    row = table[table["method"] == "osh"].iloc[0]
    assert (row["trials"], row["trials_agree"], row["trials_compared"]) == (1, 1, 1)
