from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mihash_bench.errors import InputError
from mihash_bench.store.layout import check_writable
from mihash_bench.store.results import load_results

from .. import records
from ..records import record, written


def write(results, *, method="mihash", trial=0, status="done", metrics="mAP"):
    return written(results, method=method, trial=trial, status=status, metrics=metrics.split(","))


def test_there_is_a_row_for_each_run_and_checkpoint_with_the_columns_in_order(tmp_path):
    write(tmp_path)
    write(tmp_path, method="lsh", metrics="mAP,P@r2")
    frame = load_results(tmp_path).frame
    assert ",".join(frame.columns[:17]) == (
        "setting,dataset,method,variant,bits,trigger,trial,status,examples,updates,bit_recomputations,"
        "train_s,reservoir_s,table_s,eval_s,mAP,P@r2"
    )
    assert len(frame) == 4
    assert frame[frame["method"] == "mihash"]["P@r2"].isna().all()


def test_last_rows_have_the_same_final_values_and_metrics_as_all_rows(tmp_path):
    write(tmp_path)
    write(tmp_path, trial=1, status="failed")
    partly = record(trial=2, metrics=["mAP", "P@r2"])
    records.write(tmp_path, replace(partly, curve={**partly.curve, "P@r2": np.array([0.5, np.nan])}))
    loaded = load_results(tmp_path)
    renamed = loaded.runs.assign(variant="other")
    rows, last = loaded.rows(renamed), loaded.last_rows(renamed)
    pd.testing.assert_frame_equal(rows, loaded.frame.assign(variant="other"))
    # All rows of the run whose P@r2 is not known at its end, because it is a metric of this run all the same.
    assert last["trial"].tolist() == [2, 2, 0, 1]
    ends = rows.drop_duplicates("key", keep="last").reset_index(drop=True)
    pd.testing.assert_frame_equal(last.drop_duplicates("key", keep="last").reset_index(drop=True), ends)
    two = loaded.rows(renamed[renamed["status"] == "done"])
    assert two["trial"].tolist() == [2, 2, 0, 0]
    assert two["mAP"].tolist() == [0.25, 0.5, 0.25, 0.5]


def test_a_run_that_is_not_done_has_one_row_without_figures(tmp_path):
    write(tmp_path)
    write(tmp_path, trial=1, status="failed")
    failed = load_results(tmp_path).frame.query("status == 'failed'")
    assert len(failed) == 1
    assert failed[["examples", "mAP"]].isna().all(axis=None)


def test_a_damaged_file_is_left_out_and_named(tmp_path):
    write(tmp_path)
    bad = write(tmp_path, trial=1)
    bad.write_bytes(bad.read_bytes()[:-1])
    loaded = load_results(tmp_path)
    assert loaded.frame["trial"].unique().tolist() == [0]
    assert len(loaded.refused) == 1
    assert str(bad) in loaded.refused[0]


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(InputError, match="RESULTS.*nowhere"):
        load_results(tmp_path / "nowhere")


def test_a_results_folder_that_cannot_be_created_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="-o: .* is not a folder"):
        check_writable(tmp_path / "file" / "results")


def test_concurrent_checks_of_a_folder_leave_nothing_behind(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: check_writable(tmp_path / "results"), range(200)))
    assert not (tmp_path / "results").exists()
