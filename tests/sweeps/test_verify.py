"""Faults of run files that are complete as files: each is named in one line with the file."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mihash_bench.experiment.result import unobserved
from mihash_bench.store.run_file import write_run
from mihash_bench.sweeps.choose import sweep_of
from mihash_bench.sweeps.sweep import Folders
from mihash_bench.sweeps.verify import fault_of

OPTIONS = {"method": "lsh", "bits": 8, "trials": 1, "trigger": "on", "examples": 200, "checkpoints": 3}


@pytest.fixture(scope="module")
def performed(tmp_path_factory, cache_dir):
    """The folder, path and record of a small run."""
    results = tmp_path_factory.mktemp("results")
    (task,) = sweep_of(OPTIONS, {}).tasks(Folders(results, Path(), cache_dir))
    record = task.perform(unobserved)
    return results, task.path, replace(record, attributes={**record.attributes, "status": "done"})


@pytest.fixture
def fault(performed):
    """A function that writes the run with changes to its attributes and groups, and returns the fault found."""
    results, path, record = performed

    def found(about=(), where=path, **groups):
        write_run(where, replace(record, attributes={**record.attributes, **dict(about)}, **groups))
        said = fault_of(where, results)
        where.unlink()
        assert not said or said.startswith(f"{where}: ")
        return said.removeprefix(f"{where}: ")

    return found


def test_a_complete_run_has_no_fault(fault):
    assert fault() == ""


def test_a_run_that_did_not_finish_needs_no_curve(fault):
    assert fault({"status": "failed"}, curve={}, trigger={}, final={}) == ""


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"key": "0" * 64}, "its key is 00000000..., but its config gives "),
        ({"method_version": 7}, "its key is "),
        ({"bits": 9}, "bits is 9, but its config says 8"),
        ({"status": "finished"}, "status 'finished' is unknown (allowed: done, failed, timeout, killed, skipped)"),
        ({"config": "{}"}, "an attribute is missing or cannot be read ('setting')"),
    ],
)
def test_attributes_that_do_not_agree_are_named(fault, about, said):
    assert fault(about).startswith(said)


def test_a_file_in_the_wrong_place_is_told_where_it_belongs(fault, performed):
    results, path, _ = performed
    assert fault(where=results / "elsewhere.h5") == f"it belongs at {path}"


def without(columns, name):
    return {key: column for key, column in columns.items() if key != name}


@pytest.mark.parametrize("missing", ["mAP", "train_s", "final W", "final queries", "trigger updated"])
def test_a_missing_column_is_named(fault, performed, missing):
    group, _, name = missing.rpartition(" ")
    group = group or "curve"
    said = fault(**{group: without(getattr(performed[2], group), name)})
    assert said == f"its curve is not complete ({missing})"


def test_columns_of_different_lengths_are_a_fault(fault, performed):
    curve = performed[2].curve
    assert "columns of different lengths" in fault(curve={**curve, "mAP": curve["mAP"][:-1]})


@pytest.mark.parametrize(
    ("column", "values", "said"),
    [
        ("examples", [0, 200, 200], "its examples do not increase"),
        ("examples", [0, 100, 150], "its curve does not end at 200 examples"),
        ("updates", [0, 2, 1], "its updates decrease"),
    ],
)
def test_a_curve_that_cannot_be_is_a_fault(fault, performed, column, values, said):
    assert fault(curve={**performed[2].curve, column: np.array(values)}) == said
