"""A sweep whose runs are done by workers of dask has the results of a sweep on one machine."""

from pathlib import Path

import numpy as np
import pytest

import mihash_bench
from mihash_bench.cli.main import _explained
from mihash_bench.errors import InputError, LostError
from mihash_bench.store.run_file import read_run
from mihash_bench.studies import execution
from mihash_bench.studies.execution import Execution
from mihash_bench.sweeps.elsewhere import CACHE_DIR, DATA_DIR
from mihash_bench.sweeps.merging import same_results
from tests.cli.calling import call
from tests.running.dask_processes import scheduler_in, worker_of

ADDRESS = "tcp://127.0.0.1:8786"


def own_data(folder, seed):
    """Import a dataset with the same name and other content for each seed."""
    random = np.random.default_rng(seed)
    X, labels = random.standard_normal((600, 8)), np.arange(600) % 3
    mihash_bench.import_dataset(X, labels, name="mine", data_dir=folder)


@pytest.mark.slow
def test_workers_with_the_data_of_the_sweep_do_its_runs_and_others_refuse_them(tmp_path, cache_dir):
    pytest.importorskip("distributed", reason="dask is not installed (pip install 'mihash-bench[dask]')")
    for name, seed in (("client", 1), ("same", 1), ("other", 2)):
        own_data(tmp_path / name, seed)
    values = ("--dataset", "mine", "--method", "lsh,mihash", "--bits", 8, "--trigger", "on", "--trials", 1)
    values = (
        *values,
        "--examples",
        200,
        "--checkpoints",
        2,
        "--data-dir",
        tmp_path / "client",
        "--cache-dir",
        cache_dir,
    )
    with scheduler_in(tmp_path) as (_, address):
        folders = {
            name: {DATA_DIR: str(tmp_path / name), CACHE_DIR: str(tmp_path / name / "cache")}
            for name in ("same", "other")
        }
        with (
            worker_of(address, tmp_path, "a", **folders["same"]),
            worker_of(address, tmp_path, "b", **folders["other"]),
        ):
            done = call("run", *values, "-o", tmp_path / "far", "--executor", "dask", "--scheduler", address)
            assert done.exit_code == 0, done.output
            assert f"2 to do, by the workers of {address}." in done.output
    near = call("run", *values, "-o", tmp_path / "near")
    assert near.exit_code == 0, near.output
    files = sorted(path.relative_to(tmp_path / "far") for path in (tmp_path / "far").rglob("*.h5"))
    assert len(files) == 2
    for file in files:
        assert same_results(read_run(tmp_path / "far" / file), read_run(tmp_path / "near" / file))
    assert call("verify", tmp_path / "far", "--data-dir", tmp_path / "client").exit_code == 0


def test_the_loss_of_the_scheduler_is_one_line_and_no_bad_input():
    assert _explained(LostError("--scheduler: lost")) == ("mihash-bench: --scheduler: lost", 1)


def test_a_missing_extra_is_named_with_what_installs_it(monkeypatch):
    monkeypatch.setattr(execution, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"--executor: dask is missing \(pip install 'mihash-bench\[dask\]'\)"):
        Execution(executor="dask")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"executor": "ray"}, "--executor: 'ray' is unknown"),
        ({"scheduler": ADDRESS}, r"--scheduler: .* \(allowed only with --executor dask\)"),
        ({"scheduler": "head", "executor": "dask"}, "--scheduler: 'head' is not allowed .*tcp://host:8786"),
        ({"scheduler": ADDRESS, "executor": "dask", "jobs": 2}, "--jobs: 2 .*leave it out"),
    ],
)
def test_options_that_do_not_fit_together_are_refused(given, said, monkeypatch):
    monkeypatch.setattr(execution, "find_spec", lambda name: name)
    with pytest.raises(InputError, match=said):
        Execution(results=Path("results"), **given)
