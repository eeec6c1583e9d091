"""What is wrong with the record of a run, told from the record alone."""

import json
from dataclasses import replace

import numpy as np
import pytest

from mihash_bench.experiment.config import key_of_text
from mihash_bench.methods.lsh import LSH
from mihash_bench.sweeps.verify import fault_of, record_fault

from ..records import config_text, record, write, written


def edited(made, group="attributes", **values):
    return replace(made, **{group: {**getattr(made, group), **values}})


def without(made, group, name):
    return replace(made, **{group: {key: value for key, value in getattr(made, group).items() if key != name}})


DONE = record()
EDITS = {
    "another key": (edited(DONE, key="0" * 64), "its config gives"),
    "another digest": (edited(DONE, dataset_digest="e" * 64), "its config gives"),
    "another version": (edited(DONE, method_version=2), "its config gives"),
    "other bits": (edited(DONE, bits=9), "bits is 9, but its config says 8"),
    "bits of another type": (edited(DONE, bits=8.0), "bits is 8.0, but its config says 8"),
    "another trigger": (edited(DONE, trigger="off"), "trigger is 'off'"),
    "other metrics": (edited(DONE, metrics="mAP,P@r2"), "metrics is 'mAP,P@r2'"),
    "a missing attribute": (without(DONE, "attributes", "dataset_digest"), "an attribute is missing"),
    "a better curve": (edited(DONE, "curve", mAP=np.array([0.25, 0.9])), "curve ends with mAP 0.9, but the mean"),
    "a better AP": (edited(DONE, "final", ap_expected=np.full(3, 0.9)), "curve ends with mAP 0.5, but the mean"),
    "an AP above 1": (edited(DONE, "final", ap_index=np.array([0.0, 0.0, 1.5])), "values outside of 0 to 1"),
    "an AP that is not known": (edited(DONE, "final", ap_expected=np.full(3, np.nan)), "mean of its final AP values"),
    "AP of other queries": (edited(DONE, "final", queries=np.arange(4)), "do not belong to its queries"),
    "a mAP that is not known": (edited(DONE, "curve", mAP=np.full(2, np.nan)), "curve ends with mAP nan"),
    "a missing column": (without(DONE, "curve", "updates"), "not complete (updates)"),
    "a missing array": (without(DONE, "final", "queries"), "not complete (final queries)"),
    "unknown examples": (
        edited(DONE, "curve", examples=np.array([0.0, np.nan])),
        "examples do not increase",
    ),
    "a negative time": (edited(DONE, "curve", train_s=np.array([-1.0, 2.0])), "its train_s decrease"),
    "an infinite time": (edited(DONE, "curve", eval_s=np.array([0.0, np.inf])), "its eval_s decrease"),
    "a mAP above 1 in between": (edited(DONE, "curve", mAP=np.array([5.0, 0.5])), "mAP has values outside of 0 to 1"),
    "a mAP that is infinite": (edited(DONE, "curve", mAP=np.array([np.inf, 0.5])), "mAP has values outside of 0 to 1"),
    "a mAP that is not known in between": (
        edited(DONE, "curve", mAP=np.array([np.nan, 0.5])),
        "its mAP is unknown at some checkpoints",
    ),
    "more updates than decisions": (
        edited(DONE, "trigger", updated=np.array([True, True])),
        "it has 1 updates, but 2 in its decisions",
    ),
    "decreasing examples": (edited(DONE, "curve", examples=np.array([9.0, 1.0])), "examples do not increase"),
    "decreasing updates": (
        edited(DONE, "curve", updates=np.array([2.0, 1.0])),
        "its updates decrease",
    ),
    "an early end": (edited(DONE, "curve", examples=np.array([0.0, 1.0])), "does not end at 2000 examples"),
    "a snapshot of other bits": (edited(DONE, "final", W=np.eye(4, 9)), "snapshot has 9 bits, but its config says 8"),
    "no snapshot": (without(DONE, "final", "W"), "final W"),
    "an unknown snapshot": (edited(DONE, "final", extra=np.zeros(1)), "its snapshot cannot be restored"),
}


def fault(made, tmp_path):
    return record_fault(made, tmp_path / "x.h5", None)


def test_a_correct_record_has_no_fault(tmp_path):
    assert fault(DONE, tmp_path) == ""
    assert fault(record(status="failed", reason="broken"), tmp_path) == ""
    assert fault_of(written(tmp_path), tmp_path) == ""


@pytest.mark.parametrize(("made", "said"), EDITS.values(), ids=EDITS)
def test_a_record_that_contradicts_itself_has_a_fault(tmp_path, made, said):
    assert said in fault(made, tmp_path)


@pytest.mark.parametrize("name", ["lsh-copy.h5", "8b-on-t0-00000000.h5"])
def test_a_file_at_another_path_has_a_fault(tmp_path, name):
    path = written(tmp_path)
    moved = path.rename(path.with_name(name))
    assert fault_of(moved, tmp_path) == f"{moved}: it belongs at {path}"
    assert record_fault(DONE, moved, None) == ""


def test_the_config_must_be_in_canonical_form(tmp_path):
    spaced = json.dumps(json.loads(config_text()))
    assert "canonical form" in fault(edited(DONE, config=spaced), tmp_path)
    assert "canonical form" in fault(edited(DONE, config='{"bits":8,"bits":8}'), tmp_path)
    deep = '{"a":' + "[" * 100_000 + "]" * 100_000 + "}"
    assert "cannot be read" in fault(edited(DONE, config=deep), tmp_path)


def test_a_config_with_values_that_its_setting_does_not_have_has_a_fault(tmp_path):
    assert "other values than the configs of its setting" in fault(record(colour="red"), tmp_path)


def test_values_that_the_parameters_do_not_allow_are_a_fault(tmp_path):
    usual = {"classes": 10, "d": 8, "data_seed": 0, "difficulty": 1.0, "n": 100}
    assert fault(record(dataset="synthetic", dataset_parameters=usual), tmp_path) == ""
    wrong = record(dataset="synthetic", dataset_parameters={**usual, "n": [1]})
    assert "synthetic.n: [1] is not allowed" in fault(wrong, tmp_path)
    short = record(dataset="synthetic", dataset_parameters={"n": 100})
    assert "no value for the parameter classes, d, data_seed, difficulty of its dataset" in fault(short, tmp_path)


def test_a_version_above_the_installed_one_is_a_fault(tmp_path):
    text = config_text()
    about = {"method_version": LSH.version + 1, "key": key_of_text(text, "d" * 64, LSH.version + 1)}
    assert "of version 2 of its method, but version 1 is installed" in fault(edited(DONE, **about), tmp_path)


def test_a_parameter_that_the_method_or_dataset_does_not_have_is_a_fault(tmp_path):
    assert fault(record(method_parameters={"colour": 1}), tmp_path) == "its method has no parameter colour"
    assert fault(record(dataset_parameters={"colour": 1}), tmp_path) == "its dataset has no parameter colour"


def test_a_run_of_a_setting_or_method_that_is_not_installed_is_checked_without_it(tmp_path):
    for changed in ({"setting": "elsewhere"}, {"method": "elsewhere"}):
        made = record(**changed)
        assert fault(made, tmp_path) == ""
        assert "mean of its final AP" in fault(edited(made, "curve", mAP=np.array([0.25, 0.9])), tmp_path)


def test_all_queries_may_be_without_ap(tmp_path):
    nothing = {name: np.full(3, np.nan) for name in ("ap_expected", "ap_index")}
    made = edited(edited(DONE, "final", **nothing), "curve", mAP=np.array([np.nan, np.nan]))
    assert fault_of(write(tmp_path, made), tmp_path) == ""
