import numpy as np

from mihash_bench.report.data.selection import (
    comparable,
    measured,
    of_known_settings,
    older_versions,
    with_plain_datasets,
)
from mihash_bench.report.data.statistics import summary

from ..frames import batch_run, failed, joined, run


def test_a_run_done_twice_counts_once_and_the_later_one_does():
    frame = joined(run(key="a", started="1"), run(key="b", started="2", values=(0, 0, 0.9)), run(key="c", trial=1))
    assert set(measured(frame, "mAP")["key"]) == {"b", "c"}


def test_a_later_run_with_another_metric_does_not_hide_an_earlier_one():
    later = run(started="2", key="later").rename(columns={"mAP": "P@r2"})
    both = joined(run(key="early"), later)
    assert measured(comparable(both), "mAP")["key"].unique().tolist() == ["early"]
    assert measured(comparable(both), "P@r2")["key"].unique().tolist() == ["later"]


def test_streams_of_another_protocol_never_share_a_panel():
    frame = joined(run(), run(protocol="reservoir=50"))
    assert comparable(frame)["dataset_title"].unique().tolist() == ["Sample", "Sample (reservoir=50)"]
    assert len(summary(comparable(frame), "mAP")) == 2


def test_parameters_of_a_dataset_make_a_panel_of_their_own_and_those_of_a_method_a_row():
    frame = joined(run(), run(variant="step_size=2,sample.labels=off"))
    parted = comparable(frame)
    assert parted["dataset_title"].unique().tolist() == ["Sample", "Sample (labels=off)"]
    assert parted["variant"].unique().tolist() == ["", "step_size=2"]


def test_runs_that_are_not_done_are_left_out_of_comparisons():
    assert comparable(joined(run(), failed(trial=1)))["trial"].unique().tolist() == [0]


def test_only_checkpoints_of_finished_runs_with_the_metric_are_measured():
    unmeasured = run(trial=2, values=(np.nan, np.nan, np.nan))
    assert measured(joined(run(), run(trial=1, status="killed"), unmeasured), "mAP")["trial"].unique().tolist() == [0]


def test_names_stand_in_for_titles_that_are_missing():
    untitled = run().drop(columns=["method_title", "dataset_title"])
    assert measured(untitled, "mAP")["method_title"].unique().tolist() == ["mihash"]
    mixed = measured(joined(untitled, run("osh")), "mAP")
    assert mixed["method_title"].unique().tolist() == ["mihash", "OSH"]
    assert mixed["dataset_title"].unique().tolist() == ["sample", "Sample"]


def test_runs_without_keys_are_distinguished_by_their_names():
    keyless = joined(run(), run(trial=1), run(trigger="off")).drop(columns="key")
    assert measured(keyless, "mAP").groupby("key").size().tolist() == [3, 3, 3]


def test_the_default_variant_read_back_from_csv_is_still_the_default():
    assert measured(run().assign(variant=np.nan), "mAP")["variant"].unique().tolist() == [""]


def test_only_a_methods_newest_version_is_compared():
    old, new = (run(method_version=v, key=str(v), trial=v) for v in (1, 2))
    kept = comparable(joined(old, new, run("lsh", key="l")))
    assert sorted(kept["key"].unique()) == ["2", "l"]


def test_data_that_has_changed_between_runs_never_shares_a_panel():
    frame = joined(run(dataset_digest="a" * 64, key="1"), run(dataset_digest="b" * 64, key="2", trial=1))
    assert sorted(comparable(frame)["dataset"].unique()) == ["sample (data=aaaaaaaa)", "sample (data=bbbbbbbb)"]
    assert set(comparable(run())["dataset"]) == {"sample"}


def test_batch_runs_are_not_distinguished_by_trigger():
    rows = batch_run("sdh", method_title="SDH").assign(trigger="off")
    assert comparable(rows)["trigger"].eq("").all()
    assert comparable(run(trigger="off"))["trigger"].eq("off").all()


def test_runs_of_a_setting_that_is_not_installed_are_left_out_with_one_line():
    frame = joined(run(), run(setting="elsewhere", key="e0"), run(setting="elsewhere", key="e1", trial=1))
    runs = frame.drop_duplicates("key")
    known, lines = of_known_settings(runs)
    assert set(runs[known]["setting"]) == {"online"}
    assert lines == ["2 runs of the setting 'elsewhere', which is not installed here"]
    assert of_known_settings(run())[1] == []


def test_runs_of_older_versions_are_named():
    frame = joined(run(key="a"), run(key="b", trial=1, method_version=2), run(key="c", trial=2, method_version=2))
    runs = frame.drop_duplicates("key")
    assert older_versions(runs) == ["1 run of older versions of mihash (online), which gave other results"]
    assert older_versions(runs[runs["method_version"] == 2]) == []


def test_no_runs_are_comparable_with_anything():
    nothing = joined(run()).iloc[:0].astype(object)
    assert comparable(nothing).empty


def test_a_dataset_has_its_plain_name_and_title_again_and_its_protocol_beside_them():
    frame = run(dataset="d").assign(
        protocol="examples=9,seed=1", variant="d.n=2,gradient=released", dataset_title="Some (odd) title"
    )
    plain = with_plain_datasets(comparable(joined(frame, run(dataset="e", dataset_title="E"))))
    named = plain[["dataset", "dataset_title", "protocol"]].drop_duplicates().to_numpy().tolist()
    assert named == [["d", "Some (odd) title", "n=2,examples=9,seed=1"], ["e", "E", ""]]
