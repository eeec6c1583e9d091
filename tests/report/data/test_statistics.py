import numpy as np
import pytest

from mihash_bench.report.data.statistics import auc, auc_of_curves, final, metric_columns, summary
from mihash_bench.store.curves import Curves

from ..frames import batch_run, failed, joined, run
from ..third_setting import installed, third_run


def test_final_is_the_last_checkpoint():
    frame = joined(run(), run(trial=1, values=(0.0, 0.0, 0.9)))
    assert final(frame, "mAP")["mAP"].tolist() == [0.5, 0.9]
    assert final(frame.iloc[::-1], "mAP")["examples"].tolist() == [200, 200]


def test_an_earlier_checkpoint_does_not_stand_for_a_last_one_without_the_metric():
    frame = joined(run(), run(trial=1, key="empty", values=(0.1, 0.9, np.nan)))
    assert final(frame, "mAP")["trial"].tolist() == [0]
    without_keys = joined(frame[frame["trial"] == 1], frame[frame["trial"] == 0]).drop(columns="key")
    assert final(without_keys, "mAP")["mAP"].tolist() == [0.5]
    assert summary(without_keys, "mAP")["auc_mean"].tolist() == summary(run(), "mAP")["auc_mean"].tolist()


def test_auc_is_the_trapezoid_area_over_examples_divided_by_their_range():
    # From 100 to 200 the mean of 0.2 and 0.4, from 200 to 500 that of 0.4 and 0.8.
    frame = run(x=(100, 200, 500), values=(0.2, 0.4, 0.8))
    assert auc(frame, "mAP").tolist() == pytest.approx([(100 * 0.3 + 300 * 0.6) / 400])
    assert auc(frame.iloc[[1, 0, 2]], "mAP").tolist() == pytest.approx([0.525])


def test_auc_of_a_run_with_one_checkpoint_is_its_value():
    late = run(key="late", trial=1, values=(np.nan, np.nan, 0.9))
    both = joined(run(key="single", x=(700,), values=(0.3,)), late)
    assert auc(both, "mAP").to_dict() == {"single": 0.3, "late": 0.9}


def test_auc_belongs_to_the_run_with_its_key():
    frame = joined(run(key="b", values=(0.4, 0.4, 0.4)), run(key="a", trial=1, values=(0.2, 0.2, 0.2)))
    assert auc(frame, "mAP").to_dict() == pytest.approx({"b": 0.4, "a": 0.2})


def test_auc_is_the_same_from_curves_as_from_rows():
    values = {"a": (0.2, 0.4, 0.8), "b": (np.nan, 0.4, 0.8), "c": (np.nan,) * 3, "d": (0.3,)}
    xs = {"a": (100, 200, 500), "b": (0, 300, 400), "c": (0, 1, 2), "d": (7,)}
    frame = joined(*(run(key=key, trial=trial, x=xs[key], values=values[key]) for trial, key in enumerate(values)))
    curves = Curves.of([{"examples": np.array(xs[key]), "mAP": np.array(values[key])} for key in values])
    areas = auc_of_curves(list(values), curves, "mAP")
    assert areas.to_dict() == auc(frame, "mAP").to_dict()
    assert list(areas.index) == ["a", "b", "d"]


def test_summary_has_mean_and_sample_deviation_over_trials(frame):
    row = summary(frame, "mAP").query("method == 'mihash'").iloc[0]
    assert row["final_mean"] == pytest.approx(0.6)
    assert row["final_sd"] == pytest.approx(0.1)
    assert row["auc_mean"] == pytest.approx(0.325)
    assert row["auc_sd"] == pytest.approx(0.1 / 4)
    assert (row["updates_mean"], row["bit_recomputations_mean"], row["trials"]) == (2, 2000, 3)


def test_one_trial_has_no_deviation():
    assert np.isnan(summary(run(), "mAP")["final_sd"][0])


def test_a_summary_counts_only_finished_runs_that_have_the_metric():
    unmeasured = run(trial=3, values=(np.nan, np.nan, np.nan))
    row = summary(joined(run(), run(trial=1), failed(trial=2), unmeasured), "mAP")
    assert row["trials"].tolist() == [2]
    assert row["final_mean"].tolist() == [0.5]


def test_variants_triggers_lengths_and_settings_are_summed_up_apart():
    others = [{"variant": "a=1"}, {"trigger": "off"}, {"bits": 64}, {"setting": "batch-1", "key": "b"}]
    assert summary(joined(run(), *(run(**each) for each in others)), "mAP")["trials"].tolist() == [1] * 5


def test_metrics_are_the_columns_that_some_finished_run_has():
    frame = joined(run(), failed(trial=1)).assign(**{"P@r2": np.nan, "P@r2 empty": 3, "queries_without_relevant": 0})
    assert metric_columns(frame) == ["mAP"]
    assert metric_columns(frame.assign(**{"P@r2": 0.1})) == ["mAP", "P@r2"]


def test_columns_of_a_setting_are_not_metrics(monkeypatch):
    assert metric_columns(batch_run()) == ["mAP"]
    installed(monkeypatch)
    assert metric_columns(joined(run(), third_run())) == ["mAP"]


def test_a_summary_has_the_costs_of_every_setting(monkeypatch):
    installed(monkeypatch)
    table = summary(joined(run(), third_run(), third_run(trial=1, energy=30.0)), "mAP").set_index("setting")
    assert table.loc["third", "energy_mean"] == 20.0
    assert np.isnan(table.loc["online", "energy_mean"])
