"""What the snapshot of a finished run gives on its dataset, against what its file says."""

import json
from dataclasses import replace

import numpy as np
import pytest

from mihash_bench.store.layout import run_paths
from mihash_bench.store.run_file import read_run
from mihash_bench.sweeps.recompute import Recomputation, fault_of_snapshot
from tests.cli.calling import call

SMALL = ["--examples", "200", "--checkpoints", "2", "--trials", "1", "--bits", "8"]
ONLINE = ["--method", "lsh,mihash", "--metric", "mAP,P@100", *SMALL]
BATCH = ["--setting", "batch-1", "--trials", "1", "--bits", "8", "--checkpoints", "1"]
KERNEL = [*BATCH, "--method", "sdh"]
TREES = [*BATCH, "--method", "fasthash", "--set", "fasthash.n_trees=5"]
NETWORK = [*BATCH, "--method", "vdsh", "--set", "vdsh.epochs=1"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory, cache_dir):
    """The records of two online runs with linear functions and of batch runs with other functions, by method."""
    folder = tmp_path_factory.mktemp("recompute")
    for options in (ONLINE, KERNEL, TREES, NETWORK):
        done = call("run", *options, "-o", folder, "--cache-dir", cache_dir)
        assert done.exit_code == 0, done.output
    return {record.attributes["method"]: record for record in map(read_run, run_paths(folder)[0])}


@pytest.fixture
def recomputation(tmp_path, cache_dir):
    return Recomputation(tmp_path, cache_dir)


@pytest.mark.parametrize("method", ["lsh", "mihash", "sdh", "fasthash", "vdsh"])
def test_the_snapshot_of_a_run_gives_its_values(runs, recomputation, method):
    assert fault_of_snapshot(runs[method], recomputation) == ""


@pytest.mark.parametrize("method", ["lsh", "mihash", "sdh"])
def test_other_hash_functions_give_other_values(runs, recomputation, method):
    final = {**runs[method].final, "W": np.roll(runs[method].final["W"], 1, axis=0)}
    assert "differs from what its snapshot gives" in fault_of_snapshot(
        replace(runs[method], final=final), recomputation
    )


def test_values_that_agree_with_each_other_but_not_with_the_snapshot_are_found(runs, recomputation):
    better = {name: np.sqrt(runs["lsh"].final[name]) for name in ("ap_expected", "ap_index")}
    made = replace(runs["lsh"], final={**runs["lsh"].final, **better})
    queries = len(better["ap_index"])
    assert f"the ap_expected of {queries} of {queries} queries" in fault_of_snapshot(made, recomputation)
    curve = {**runs["lsh"].curve, "mAP": runs["lsh"].curve["mAP"] + 0.1}
    assert "its curve ends with mAP" in fault_of_snapshot(replace(runs["lsh"], curve=curve), recomputation)


def test_values_of_queries_that_only_have_the_right_mean_are_found(runs, recomputation):
    values = runs["lsh"].per_query["P@100"]
    made = replace(runs["lsh"], per_query={"P@100": values[::-1].copy()})
    assert "the P@100 of " in fault_of_snapshot(made, recomputation)


def test_other_queries_and_other_data_are_named(runs, recomputation):
    final = {**runs["lsh"].final, "queries": runs["lsh"].final["queries"][::-1]}
    assert fault_of_snapshot(replace(runs["lsh"], final=final), recomputation) == (
        "its queries are not those of its dataset"
    )
    other = replace(runs["lsh"], attributes={**runs["lsh"].attributes, "dataset_digest": "0" * 64})
    assert "the files of its dataset are not those in --data-dir" in fault_of_snapshot(other, recomputation)


def test_runs_without_their_data_are_counted_by_dataset(runs, recomputation):
    about = runs["lsh"].attributes
    config = json.dumps({**json.loads(str(about["config"])), "dataset": "cifar10", "dataset_parameters": {}})
    for _ in range(2):
        assert fault_of_snapshot(replace(runs["lsh"], attributes={**about, "config": config}), recomputation) == ""
    [((name, reason), count)] = recomputation.without_data.items()
    assert (name, count) == ("cifar10", 2)
    assert "CIFAR10_VGG16_fc7.mat is missing" in reason


def test_a_run_without_its_method_cannot_be_recomputed_and_one_that_failed_need_not(runs, recomputation):
    about = runs["lsh"].attributes
    config = str(about["config"]).replace('"method":"lsh"', '"method":"gone"')
    made = replace(runs["lsh"], attributes={**about, "config": config})
    assert fault_of_snapshot(made, recomputation).startswith("cannot be recomputed: ")
    failed = replace(runs["lsh"], attributes={**about, "status": "failed"})
    assert fault_of_snapshot(failed, recomputation) == ""
