import hashlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from mihash_bench.errors import InputError
from mihash_bench.store.layout import check_writable, run_path
from mihash_bench.store.results import load_results
from mihash_bench.store.run_file import RunRecord, write_run


def write(results, *, method="mihash", trial=0, status="done", metrics="mAP", protocol=""):
    about = {"setting": "online", "dataset": "sample", "method": method, "bits": 8, "trigger": "on", "trial": trial}
    key = hashlib.sha256(f"{method}{trial}{metrics}{protocol}".encode()).hexdigest()
    rest = {"variant": "", "status": status, "metrics": metrics, "reason": "", "started": "now", "protocol": protocol}
    rest |= {"method_version": 1, "dataset_digest": "d" * 64}
    rest |= {"traceback": "", "config": "{}"}
    attributes = {**about, **rest, "key": key, "method_title": method, "dataset_title": "sample"}
    columns = ["examples", "updates", "bit_recomputations", "train_s", "reservoir_s", "table_s", "eval_s"]
    curve = {name: np.arange(2.0) for name in [*columns, *metrics.split(",")]}
    path = run_path(results, key=key, **about)
    write_run(path, RunRecord(attributes, curve if status == "done" else {}))
    return path


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
    with pytest.raises(InputError, match="-o: cannot write"):
        check_writable(tmp_path / "file" / "results")


def test_concurrent_checks_of_a_folder_leave_nothing_behind(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: check_writable(tmp_path / "results"), range(200)))
    assert not (tmp_path / "results").exists()
