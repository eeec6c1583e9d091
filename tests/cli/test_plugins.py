"""Plug-ins on the command line: their code is part of what a run is."""

import json
import re
import shutil
import sys
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from mihash_bench.plugins import load_plugins
from mihash_bench.store.companions import snapshots_path
from mihash_bench.store.origin import origin_columns, origin_of
from mihash_bench.store.run_file import read_run, write_run
from mihash_bench.sweeps.later import with_later_metrics
from mihash_bench.sweeps.verify import fault_of
from tests.cli.calling import call
from tests.conftest import forget_plugins
from tests.plugins import BATCH_METHOD, DATASET, METHOD, METRIC

pytestmark = pytest.mark.usefixtures("forgotten_plugins")

SMALL = ["--dataset", "synthetic", "--set", "synthetic.n=600", "--bits", "8", "--trials", "1", "--checkpoints", "2"]
ONLINE = [*SMALL, "--method", "mine,lsh", "--trigger", "on", "--examples", "200"]
MEASURED = [*SMALL, "--method", "lsh", "--trigger", "on", "--examples", "200", "--metric", "mAP,nearest"]


@pytest.fixture
def plugin(tmp_path):
    path = tmp_path / "my.py"
    path.write_text(METHOD)
    return path


@pytest.fixture
def results(tmp_path):
    return tmp_path / "results"


@pytest.fixture
def run(plugin, results, cache_dir):
    """A function that does the small sweep with the plug-in."""
    return partial(sweep, plugin, results, cache_dir)


def sweep(plugin, results, cache_dir, *arguments, options=ONLINE):
    done = call("run", *options, "--plugin", plugin, "-o", results, "--cache-dir", cache_dir, *arguments)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture(scope="module")
def swept(tmp_path_factory, cache_dir):
    """The results of the small sweep and those with a metric, by the source of the plug-in."""
    folder, sweeps = tmp_path_factory.mktemp("swept"), {METHOD: ONLINE, METRIC: MEASURED}
    plugin, found = folder / "my.py", {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", list(sys.path))
        for number, (source, options) in enumerate(sweeps.items()):
            plugin.write_text(source)
            found[source] = folder / str(number)
            sweep(plugin, found[source], cache_dir, options=options)
            forget_plugins()
    return found


@pytest.fixture
def rerun(swept, run, results):
    """The same function, of a sweep that has been done once."""
    shutil.copytree(swept[METHOD], results)
    return run


def edited(plugin, old="BIAS = 1", new="BIAS = 2"):
    text = plugin.read_text()
    assert old in text
    plugin.write_text(text.replace(old, new))


def files_of(results, method):
    return sorted(path for path in results.rglob("*.h5") if path.parts[-2] == method)


@pytest.mark.slow
def test_a_run_of_edited_code_is_done_anew_and_that_of_other_methods_is_not(rerun, plugin, results):
    assert "All runs (2) are already in" in rerun()
    edited(plugin)
    assert "1 of 2 runs are already in" in rerun()
    first, second = files_of(results, "mine")
    assert read_run(first).attributes["code"] != read_run(second).attributes["code"]
    assert len(files_of(results, "lsh")) == 1
    # The earlier code has its run already.
    edited(plugin, "BIAS = 2", "BIAS = 1")
    assert "All runs (2) are already in" in rerun()


def test_a_run_is_done_anew_after_a_module_beside_the_plug_in_was_edited(run, plugin, results):
    beside = plugin.with_name("bias_in_a_run.py")
    beside.write_text("BIAS = 1\n")
    edited(plugin, "BIAS = 1", "from bias_in_a_run import BIAS")
    run()
    beside.write_text("BIAS = 2\n")
    assert "1 of 2 runs are already in" in run()
    assert len(files_of(results, "mine")) == 2


def test_the_run_file_keeps_the_source(run, plugin, results):
    run()
    (path,) = files_of(results, "mine")
    (kept,) = origin_of(read_run(path))["plugins"]
    assert (kept["name"], kept["used_for"], kept["texts"]) == ("my.py", "method", {"my.py": METHOD})
    assert kept["digest"] == read_run(path).attributes["code"]
    (other,) = files_of(results, "lsh")
    assert "plugins" not in origin_of(read_run(other))
    assert str(plugin.parent) not in json.dumps(origin_of(read_run(path)))


@pytest.mark.slow
def test_reports_name_runs_of_older_code_and_leave_them_out(rerun, plugin, results, tmp_path):
    old = read_run(files_of(results, "mine")[0]).attributes["code"][:8]
    edited(plugin)
    rerun()
    named = f"1 run of mine (online) made by older code {old}; --code all shows them"
    status = call("status", results, "--plugin", plugin).output
    assert status.splitlines() == ["2 done", f"not counted: {named}"]
    shown = call("table", results, "--format", "csv", "--plugin", plugin)
    assert f"left out: {named}" in shown.stderr
    assert shown.stdout.count("My method") == 1
    drawn = call("plot", results, "-o", tmp_path / "figures", "--plugin", plugin)
    assert (drawn.exit_code, f"left out: {named}" in drawn.stderr) == (0, True)


@pytest.mark.slow
def test_code_all_shows_older_code_as_variants_told_apart_by_digest(rerun, plugin, results, tmp_path):
    edited(plugin)
    rerun()
    codes = {read_run(path).attributes["code"][:8] for path in files_of(results, "mine")}
    shown = call("table", results, "--format", "csv", "--code", "all", "--plugin", plugin)
    assert "left out" not in shown.stderr
    assert set(re.findall(r"code=([0-9a-f]{8})", shown.stdout)) == codes
    assert call("status", results, "--code", "all", "--plugin", plugin).output == "3 done\n"
    drawn = call("plot", results, "-o", tmp_path / "figures", "--code", "all", "--plugin", plugin)
    assert (drawn.exit_code, drawn.stderr) == (0, "")


def test_without_the_plug_in_the_run_that_started_last_has_the_current_code(rerun, plugin, results):
    edited(plugin)
    rerun()
    forget_plugins()
    status = call("status", results).output
    assert "1 run of mine (online) made by older code" in status
    shown = call("table", results, "--format", "csv")
    assert shown.exit_code == 0
    assert shown.stdout.count("My method") == 1


def test_verify_finds_run_files_of_any_code_intact_and_changed_source_at_fault(rerun, plugin, results):
    edited(plugin)
    rerun()
    done = call("verify", results, "--plugin", plugin)
    assert (done.exit_code, "3 of 3 run files" in done.output) == (0, True)
    path = files_of(results, "mine")[0]
    record = read_run(path)
    facts = origin_of(record)
    facts["plugins"][0]["texts"]["my.py"] += "# another line"
    write_run(path, replace(record, origin=origin_columns(facts)))
    assert "the source of its plug-in my.py was changed (my.py)" in fault_of(path, results)


def test_an_own_dataset_and_metric_run_and_are_exported(plugin, run, results, tmp_path):
    plugin.write_text(METHOD + DATASET + METRIC)
    run("--metric", "nearest,mAP", "--dataset", "my-data", options=[*ONLINE[4:]])
    shown = call("table", results, "--metric", "nearest", "--plugin", plugin)
    assert "My data" in shown.stdout
    assert "nearest" in shown.stdout
    out = tmp_path / "runs.csv"
    assert call("export", results, "-o", out, "--plugin", plugin).exit_code == 0
    assert "nearest" in out.read_text().splitlines()[0]
    # The digest of the dataset and so all its runs follow the code.
    edited(plugin, "difficulty=1.0", "difficulty=2.0")
    run("--dataset", "my-data", options=ONLINE[4:])
    assert len(files_of(results, "lsh")) == 2


@pytest.mark.slow
def test_own_batch_methods_run_and_are_tuned(plugin, results, cache_dir):
    plugin.write_text(BATCH_METHOD)
    short = ["--method", "my-batch", "--bits", "8", "-o", results, "--cache-dir", cache_dir, "--plugin", plugin]
    done = call("tune", *short, "--budget", "1")
    assert done.exit_code == 0, done.output
    preset = results / "tune" / "batch-1-sample-my-batch.toml"
    assert "my-batch" in preset.read_text()
    assert f"use it with `mihash-bench run --config {preset} --plugin {plugin}`" in done.output


@pytest.mark.parametrize("verb", ["run", "table", "plot", "export", "status", "verify", "tune"])
def test_every_verb_refuses_what_is_no_plug_in_in_one_line(verb, tmp_path):
    more = ["-o", tmp_path / "out.csv"] if verb == "export" else []
    done = call(verb, *more, "--plugin", tmp_path / "nowhere.py")
    assert done.exit_code == 2
    assert done.stderr == (
        f"mihash-bench: --plugin: {tmp_path}/nowhere.py: there is no such file (allowed: a Python file such as my.py, "
        f"or MODULE:CLASS of a module that can be imported)\n"
    )


def test_an_unknown_method_says_how_an_own_one_is_given():
    done = call("run", "--method", "mine")
    assert done.exit_code == 2
    assert done.stderr.endswith("one of your own is given with --plugin FILE.py\n")


@pytest.fixture
def run_metric(plugin, run):
    """A function that does one run and measures mAP and the plug-in's metric."""
    plugin.write_text(METRIC)

    def do(*arguments, metric="mAP,nearest"):
        return run(*arguments, options=[*MEASURED[:-1], metric])

    return do


@pytest.fixture
def rerun_metric(swept, run_metric, results):
    """The same function, of a run that has been done once."""
    shutil.copytree(swept[METRIC], results)
    return run_metric


def values(results, plugin, metric="nearest"):
    """The values of a metric at the end of each run, in CSV, and what was said."""
    shown = call("table", results, "--metric", metric, "--format", "csv", "--plugin", plugin)
    return shown.stdout, shown.stderr


NAMED = "left out: nearest of 1 run, measured by older code of the metric; `mihash-bench run --metric nearest`"


def test_a_metric_of_edited_code_is_left_out_until_it_is_measured_again(rerun_metric, plugin, results):
    (path,) = files_of(results, "lsh")
    before, content = read_run(path).curve["nearest"], path.read_bytes()
    assert values(results, plugin)[1] == ""
    edited(plugin, "FACTOR = 1.0", "FACTOR = 0.5")
    shown, said = values(results, plugin)
    assert (shown, said.startswith("left out: nearest of 1 run")) == ("", True)
    assert NAMED in call("table", results, "--plugin", plugin).stderr
    assert "nearest will be measured from its snapshots" in rerun_metric("--dry-run")
    rerun_metric()
    # The run file stays as it is; the new values are beside it.
    assert path.read_bytes() == content
    extended, fault = with_later_metrics(read_run(path), path)
    assert fault == ""
    np.testing.assert_allclose(extended.curve["nearest"], before / 2)
    assert values(results, plugin)[1] == ""
    assert "All runs (1) are already in" in rerun_metric()
    assert call("verify", results, "--plugin", plugin).exit_code == 0


def test_a_metric_measured_later_follows_its_code_too(run_metric, plugin, results):
    run_metric(metric="mAP")
    run_metric()
    (path,) = files_of(results, "lsh")
    first = with_later_metrics(read_run(path), path)[0].curve["nearest"]
    edited(plugin, "FACTOR = 1.0", "FACTOR = 0.5")
    assert NAMED in values(results, plugin)[1]
    run_metric()
    np.testing.assert_allclose(with_later_metrics(read_run(path), path)[0].curve["nearest"], first / 2)


def test_a_metric_of_edited_code_is_learned_again_where_nothing_was_kept(rerun_metric, plugin, results):
    (path,) = files_of(results, "lsh")
    snapshots_path(path).unlink()
    before = read_run(path).curve["nearest"]
    edited(plugin, "FACTOR = 1.0", "FACTOR = 0.5")
    assert "nearest will be learned again, none were kept" in rerun_metric("--dry-run")
    rerun_metric()
    np.testing.assert_allclose(read_run(path).curve["nearest"], before / 2)
    assert values(results, plugin)[1] == ""


def test_other_bounds_do_not_put_runs_of_the_older_metric_at_fault(rerun_metric, plugin, results):
    edited(plugin, "FACTOR = 1.0", "FACTOR = 1.0\n")
    edited(plugin, "higher_is_better = True", "higher_is_better = True\n    bounds = (-2.0, -1.0)")
    assert call("verify", results, "--plugin", plugin).exit_code == 0
    assert "mAP" in call("table", results, "--plugin", plugin).stdout


def test_without_its_plug_in_a_metric_is_shown_as_it_was_measured(rerun_metric, results):
    forget_plugins()
    shown = call("table", results, "--metric", "nearest", "--format", "csv")
    assert (shown.exit_code, shown.stderr) == (0, "")


def test_doing_a_run_again_without_the_plug_in_leaves_its_metric_out(rerun_metric, results, cache_dir):
    forget_plugins()
    options = [*SMALL, "--method", "lsh", "--trigger", "on", "--examples", "200", "--rerun", "all"]
    done = call("run", *options, "-o", results, "--cache-dir", cache_dir)
    assert done.exit_code == 0, done.output
    (path,) = files_of(results, "lsh")
    assert read_run(path).attributes["metrics"] == "mAP"


def test_merging_takes_the_values_of_the_present_code_of_a_metric(rerun_metric, plugin, results, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(results, other)
    edited(plugin, "FACTOR = 1.0", "FACTOR = 0.5")
    rerun_metric()
    half = values(results, plugin)[0]
    forget_plugins()
    done = call("merge", other, results, "-o", tmp_path / "both")
    assert done.exit_code == 0, done.output
    (path,) = files_of(tmp_path / "both", "lsh")
    # Without the plug-in, what was measured last counts.
    assert call("table", tmp_path / "both", "--metric", "nearest", "--format", "csv").stdout == half
    load_plugins([str(plugin)])
    assert values(tmp_path / "both", plugin) == (half, "")
    assert fault_of(path, tmp_path / "both") == ""
