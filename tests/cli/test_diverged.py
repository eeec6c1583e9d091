"""Runs that diverge are marked in their files and named in the summary, by ``status`` and in tables."""

import re

import pytest

from mihash_bench.store.run_file import read_run
from mihash_bench.sweeps.results import load_results
from mihash_bench.sweeps.verify import fault_of

from .calling import call

pytestmark = pytest.mark.usefixtures("forgotten_plugins")

PLUGIN = '''
import numpy as np
from mihash_bench.batch.base import BatchHasher
from mihash_bench.encoders import LinearCodes
from mihash_bench.methods.base import OnlineHasher
from mihash_bench.parameters import Real


class Growing(OnlineHasher):
    """Multiplies its projection in each step."""

    name, title, citation = "growing", "Growing", "none"
    constraints = {"factor": Real(0)}

    def __init__(self, n_bits=32, *, factor=1.2, random_state=None):
        self.n_bits, self.factor, self.random_state = n_bits, factor, random_state

    def _step(self, X, y, *, neighbors, reservoir):
        with np.errstate(over="ignore", invalid="ignore"):
            self.W_ = self.factor * self.W_ + 0.01 * X.T


class Still(BatchHasher):
    """Learns nothing, or has an objective that is infinite."""

    name, title, citation = "still", "Still", "none"
    constraints = {"objective_after": Real(0)}
    n_epochs = 2

    def __init__(self, n_bits=32, *, objective_after=9.0, random_state=None):
        self.n_bits, self.objective_after, self.random_state = n_bits, objective_after, random_state

    def _learn(self, X, y, **given):
        self.W_ = self.random_.standard_normal((X.shape[1], self.n_bits))
        for self.epoch_ in range(3):
            yield self.epoch_
            self.W_ = self.W_ + (self.objective_after < 9)

    def objective(self):
        return float("inf") if self.epoch_ >= self.objective_after else 1.0

    def snapshot(self):
        return LinearCodes(self.W_.copy())
'''


@pytest.fixture(scope="module")
def plugin(tmp_path_factory):
    path = tmp_path_factory.mktemp("plugin") / "mine.py"
    path.write_text(PLUGIN)
    return path


@pytest.fixture
def sweep(plugin, tmp_path, cache_dir):
    """A function that runs a small sweep of the plug-in's methods and returns the results folder and the call."""
    results = tmp_path / "results"

    def run(*words):
        usual = ["--plugin", plugin, "--dataset", "synthetic", "--bits", 8, "--trials", 1, "-o", results]
        return results, call("run", *usual, "--cache-dir", cache_dir, *words)

    return run


ONLINE = ["--set", "synthetic.n=1000", "--examples", 400, "--checkpoints", 2, "--trigger", "off"]


def records(results):
    return {read_run(path).attributes["method"]: read_run(path) for path in results.glob("runs/**/*.h5")}


def test_a_run_that_grows_without_bound_is_named_everywhere(sweep):
    results, done = sweep("--method", "growing,lsh", *ONLINE)
    said = r"the norm of its hash functions is \S+ times the first after 100 examples"
    line = rf"diverged: synthetic growing\[synthetic\.n=1000\] 8 bits, trigger off, trial 0: {said}"
    assert re.search(line, done.output.replace("\n", " "))
    found = records(results)
    assert re.fullmatch(said, found["growing"].attributes["diverged"])
    assert found["lsh"].attributes["diverged"] == ""
    assert [fault_of(path, results) for path in results.glob("runs/**/*.h5")] == ["", ""]
    status = call("status", results).output.splitlines()
    assert status[0] == "2 done"
    assert [bool(re.fullmatch(line, each)) for each in status[1:]] == [True]
    table = call("table", results).output
    marked = [row for row in table.splitlines() if row.startswith("| ") and "†" in row]
    assert [row.split("|")[3].strip() for row in marked] == ["Growing"]
    assert re.search(rf"\n† diverged: Growing, 8 bits, trigger off: 1 of 1 trials, {said}\.\n", table)
    assert r"\dagger}$" in call("table", results, "--format", "latex").output
    exported = load_results(results).frame
    assert set(exported.loc[exported["diverged"] != "", "method"]) == {"growing"}


def test_a_run_that_fails_because_of_infinite_values_is_marked(sweep):
    results, done = sweep("--method", "growing", "--set", "growing.factor=1e9", *ONLINE)
    assert done.exit_code == 1
    record = records(results)["growing"]
    said = "growing: its hash functions are no longer finite after 100 examples"
    assert (record.attributes["status"], record.attributes["reason"]) == ("failed", said)
    assert record.attributes["diverged"] == said


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (9, "no update: its hash functions never change"),
        (2, "its objective is not finite after epoch 2"),
        (8, ""),
    ],
)
def test_batch_methods_that_stand_still_or_have_an_infinite_objective_are_marked(sweep, after, said):
    words = ["--setting", "batch-1", "--method", "still", "--set", "synthetic.n=6000", "--checkpoints", 1]
    results, done = sweep(*words, "--set", f"still.objective_after={after}")
    assert done.exit_code == 0, done.output
    assert records(results)["still"].attributes["diverged"] == said
    assert ("diverged:" in done.output) == bool(said)
