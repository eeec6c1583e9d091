"""Runs that lack a package of an extra are skipped, and are due once it is there."""

import sys

import pytest

from mihash_bench.store.layout import run_paths
from mihash_bench.store.run_file import read_run
from tests.cli.calling import call

REASON = "fasthash: scikit-learn is missing (pip install 'mihash-bench[batch]')"
RUN = ["run", "--setting", "batch-1", "--method", "fasthash,sdh", "--bits", "4", "--trials", "1", "--checkpoints", "1"]
SMALL = ["--set", "fasthash.n_trees=2", "--set", "sdh.n_anchors=50"]


@pytest.fixture
def sweep(tmp_path, cache_dir):
    """A function that calls the sweep with further options and returns what it printed."""

    def swept(*further):
        done = call(*RUN, *SMALL, "-o", tmp_path, "--cache-dir", cache_dir, *further)
        assert done.exit_code == 0, done.output
        return done.output

    return swept


def recorded(folder):
    """The status and the reason of each method's run."""
    records = [read_run(path).attributes for path in run_paths(folder)[0]]
    return {about["method"]: (about["status"], about["reason"]) for about in records}


def test_a_run_without_its_extra_is_skipped_and_done_once_the_extra_is_there(sweep, tmp_path, monkeypatch):
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "sklearn", None)
        assert f"(will be skipped: {REASON})" in sweep("--dry-run").replace("\n", " ")
        assert f"skipped: {REASON}" in sweep().replace("\n", " ")
        assert recorded(tmp_path) == {"fasthash": ("skipped", REASON), "sdh": ("done", "")}
        assert "All runs (2) are already in" in sweep().replace("\n", " ")
    listed = sweep("--dry-run")
    assert "to do: sample fasthash" in listed
    assert "done: sample sdh" in listed
    sweep()
    assert recorded(tmp_path) == {"fasthash": ("done", ""), "sdh": ("done", "")}
