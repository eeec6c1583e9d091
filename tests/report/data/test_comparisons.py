"""What a table says of each row's difference to the best one."""

from itertools import product

import numpy as np
import pytest

from mihash_bench.report.data.comparisons import with_comparisons
from mihash_bench.report.data.statistics import summary
from mihash_bench.report.data.summary import summary_of

from .. import miss_rate
from ..frames import Runs, joined, run
from ..rendering import as_csv, as_latex, as_markdown

QUERIES = np.arange(60)


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
    return joined(*parts), Runs(QUERIES, values)


def test_a_table_marks_what_differs_from_the_best_and_says_by_which_test(compared):
    frame, runs = compared
    table = summary_of(frame, ["mAP"], runs)
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
    frame, runs = compared
    runs.stored = ("miss@5",)
    table = summary_of(frame.rename(columns={"mAP": "miss@5"}), ["miss@5"], runs)
    assert table.loc[table["difference"].isna(), "method"].tolist() == ["osh"]
    assert (table["difference"].dropna() > 0.2).all()
    # The best is in bold, and the other two have the mark of a difference.
    lines = [line for line in as_markdown(table).splitlines() if line.startswith("| Sample")][:3]
    bold = [line for line in lines if "**" in line.split("|")[5]]
    assert [line.split("|")[3].strip() for line in bold] == ["OSH"]
    assert sum(r"\*" in line for line in lines) == 2


def test_a_difference_whose_trials_do_not_agree_is_not_marked(compared):
    frame, runs = compared
    table = summary_of(frame, ["mAP"], runs)
    table.loc[table["method"] == "osh", "trials_agree"] = 1
    assert "^{*}$" not in as_latex(table)


def test_every_metric_whose_values_of_queries_are_stored_is_tested(compared):
    frame, runs = compared
    runs.stored = ("mAP", "P@r2")
    table = summary_of(frame.assign(**{"P@r2": frame["mAP"]}), ["mAP", "P@r2"], runs)
    for text, mark in ((as_latex(table), "^{*}$"), (as_markdown(table), r"\* |")):
        assert text.count(mark) == 2
    assert "on the value of each query" in as_markdown(table)
    assert as_csv(table).count(",stored,") == 6


def test_a_metric_whose_values_of_queries_are_not_stored_has_no_test_and_tables_say_so(compared):
    frame, runs = compared
    frame = frame.rename(columns={"mAP": "P@r2"})
    table = with_comparisons(summary(frame, "P@r2"), frame, "P@r2", runs)
    assert table["p_value"].isna().all()
    assert set(table["query_values"]) == {"missing"}
    said = as_markdown(summary_of(frame, ["P@r2"], runs))
    assert "randomisation" not in said
    assert "no test of P@r2, whose values of queries are not stored" in said


@pytest.mark.parametrize(("lacking", "tested"), [("osh", 1), ("mihash", 0)])
def test_rows_with_a_run_that_stores_no_values_are_left_out_of_the_test(compared, monkeypatch, lacking, tested):
    frame, runs = compared
    means = frame.groupby("key")["mAP"].last()
    best = "same" if means[["same0", "same1"]].sum() > means[["mihash0", "mihash1"]].sum() else "mihash"
    without = f"{best}0" if lacking == "mihash" else "osh1"
    monkeypatch.setattr(runs, "has_values", lambda key, metric: key != without, raising=False)
    table = summary_of(frame, ["mAP"], runs)
    assert table["p_value"].notna().sum() == tested
    assert table["query_values"].tolist().count("missing") == 1
    assert "where values of queries are not stored" in as_markdown(table) or not tested


def test_the_same_runs_give_the_same_table(compared):
    frame, runs = compared
    first, second = (as_csv(summary_of(frame, ["mAP"], runs)) for _ in range(2))
    assert first == second


def test_only_common_trials_are_compared_and_counted(compared):
    frame, runs = compared
    table = summary_of(frame[~((frame["method"] == "osh") & (frame["trial"] == 0))], ["mAP"], runs)
    row = table[table["method"] == "osh"].iloc[0]
    assert (row["trials"], row["trials_agree"], row["trials_compared"]) == (1, 1, 1)


def test_what_was_compared_before_is_neither_read_nor_computed_again(compared):
    frame, runs = compared
    first = summary_of(frame, ["mAP"], runs)
    assert len(runs.read) == 6
    assert as_csv(summary_of(frame, ["mAP"], runs)) == as_csv(first)
    assert len(runs.read) == 6
    summary_of(frame[frame["trial"] == 0], ["mAP"], runs)
    assert len(runs.read) == 9
