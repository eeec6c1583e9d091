"""``status`` knows which runs were planned in a results folder and are missing."""

import shutil
import socket

import pytest

import mihash_bench
from mihash_bench.store.plan import plan_path, read_plan
from mihash_bench.studies import reproduce, sweeping

from .calling import call

SMALL = ["--method", "lsh", "--examples", "200", "--checkpoints", "3", "--bits", "8", "--trials", "1"]


@pytest.fixture(scope="module")
def made(tmp_path_factory, cache_dir):
    folder = tmp_path_factory.mktemp("made")
    assert call("run", *SMALL, "-o", folder, "--cache-dir", cache_dir).exit_code == 0
    return folder


@pytest.fixture
def results(made, tmp_path):
    return shutil.copytree(made, tmp_path / "results")


def lines(results, *options):
    done = call("status", results, *options)
    assert done.exit_code == 0, done.output
    return done.stdout.splitlines()


@pytest.fixture
def interrupted(monkeypatch):
    """Sweeps are interrupted before their first run."""

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(sweeping, "run_tasks", interrupt)
    monkeypatch.setattr(reproduce, "run_tasks", interrupt)


def test_nothing_is_missing_after_a_sweep(results):
    assert lines(results) == ["2 done"]


def test_the_runs_of_an_interrupted_sweep_are_missing(results, cache_dir, interrupted):
    more = [*SMALL[:-4], "--bits", "16", "--trials", "2", "--trigger", "on"]
    assert call("run", *more, "-o", results, "--cache-dir", cache_dir).exit_code == 130
    missing = [f"missing: sample lsh 16 bits, trigger on, trial {trial}" for trial in (0, 1)]
    assert lines(results) == ["2 done, 2 missing", *missing]


def test_several_sweeps_add_up_and_finished_runs_are_not_missing(results, cache_dir, interrupted):
    for bits in ("8,12", "16"):
        options = [*SMALL[:-4], "--bits", bits, "--trials", "1", "--trigger", "on"]
        assert call("run", *options, "-o", results, "--cache-dir", cache_dir).exit_code == 130
    missing = [f"missing: sample lsh {bits} bits, trigger on, trial 0" for bits in (12, 16)]
    assert lines(results) == ["2 done, 2 missing", *missing]


def test_calls_from_python_presets_and_the_paper_are_planned_too(tmp_path, cache_dir, interrupted):
    with pytest.raises(KeyboardInterrupt):
        mihash_bench.run(method="lsh", bits=8, trials=1, trigger="on", results=tmp_path / "a", cache_dir=cache_dir)
    assert lines(tmp_path / "a") == ["1 missing", "missing: sample lsh 8 bits, trigger on, trial 0"]
    assert call("run", "--preset", "quick", "-o", tmp_path / "b", "--cache-dir", cache_dir).exit_code == 130
    assert len(read_plan(tmp_path / "b")) > 1
    paper = ("reproduce-paper", "--quick", "-o", tmp_path / "c", "--cache-dir", cache_dir, "--data-dir", tmp_path)
    assert call(*paper).exit_code == 130
    planned = {(run.setting, run.dataset) for run in read_plan(tmp_path / "c" / "paper")}
    assert {("online", "sample"), ("batch-1", "sample")} <= planned


def test_a_removed_run_is_missing_until_the_plan_is_forgotten(results):
    assert call("remove", results, "--trigger", "on", "--yes").exit_code == 0
    missing = "missing: sample lsh 8 bits, trigger on, trial 0"
    assert lines(results) == ["1 done, 1 missing", missing]
    assert lines(results, "--forget") == [f"{results}: its plan is forgotten", "1 done"]
    assert lines(results) == ["1 done"]
    assert lines(results, "--forget") == [f"{results}: it has no plan", "1 done"]


def test_a_run_whose_file_is_damaged_is_missing(results):
    first = sorted(results.rglob("*.h5"))[0]
    first.write_bytes(first.read_bytes()[:-1])
    done = call("status", results)
    assert done.stdout.splitlines() == ["1 done, 1 missing", "missing: sample lsh 8 bits, trigger off, trial 0"]
    assert f"left out: {first}: damaged" in done.stderr


def test_a_damaged_plan_is_named_and_ignored(results, cache_dir):
    sorted(results.rglob("*.h5"))[0].unlink()
    path = plan_path(results)
    path.write_bytes(path.read_bytes()[:-1])
    done = call("status", results)
    assert (done.exit_code, done.stdout) == (0, "1 done\n")
    assert done.stderr == f"ignored: {path}: not a plan that can be used (damaged)\n"
    again = call("run", *SMALL, "-o", results, "--cache-dir", cache_dir)
    assert again.exit_code == 0
    assert f"{path}: not a plan that can be used (damaged); a new plan is made" in again.output
    assert len(read_plan(results)) == 2


def test_a_dry_run_plans_nothing(tmp_path, cache_dir):
    assert call("run", *SMALL, "-o", tmp_path / "r", "--cache-dir", cache_dir, "--dry-run").exit_code == 0
    assert not (tmp_path / "r").exists()


def test_a_plan_that_cannot_be_written_stops_no_sweep(tmp_path, cache_dir):
    plan_path(tmp_path).mkdir(parents=True)
    done = call("run", *SMALL, "-o", tmp_path, "--cache-dir", cache_dir)
    assert done.exit_code == 0, done.output
    assert f"{plan_path(tmp_path)}: cannot be written (Is a directory), so `status` will not know" in done.output
    assert len(list(tmp_path.rglob("*.h5"))) == 2
    forgotten = call("status", tmp_path, "--forget")
    assert (forgotten.exit_code, forgotten.stderr.count("\n")) == (2, 1)
    assert f"--forget: {plan_path(tmp_path)} cannot be removed" in forgotten.stderr


def test_a_plan_names_neither_host_nor_user_nor_folder(results, tmp_path):
    text = plan_path(results).read_text()
    assert str(tmp_path.parent) not in text
    assert "/" not in text
    assert socket.gethostname() not in text
    (first, _) = read_plan(results)
    assert set(first.__dict__) == {
        "setting", "dataset", "method", "variant", "bits", "trigger", "trial", "protocol", "key"
    }  # fmt: skip


def test_merging_folders_merges_their_plans(results, tmp_path, cache_dir, interrupted):
    options = [*SMALL[:-4], "--bits", "16", "--trials", "1", "--trigger", "on"]
    assert call("run", *options, "-o", tmp_path / "b", "--cache-dir", cache_dir).exit_code == 130
    assert call("merge", results, tmp_path / "b", "-o", tmp_path / "out").exit_code == 0
    assert lines(tmp_path / "out") == ["2 done, 1 missing", "missing: sample lsh 16 bits, trigger on, trial 0"]
