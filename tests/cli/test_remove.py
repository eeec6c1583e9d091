"""Runs are removed from a results folder with all that belongs to them, and never without --yes."""

import os
import shutil
from dataclasses import replace

import pytest

from mihash_bench.cli import remove as cli
from mihash_bench.experiment.config import key_of_text
from mihash_bench.store import _declared
from mihash_bench.store.layout import lock_path
from mihash_bench.store.lock import locked
from tests.records import record, write, written

from .calling import call

SMALL = ["--method", "lsh,mihash", "--examples", "200", "--checkpoints", "3", "--bits", "8", "--trials", "2", "-j", "2"]


@pytest.fixture(scope="module")
def made(tmp_path_factory, cache_dir):
    """LSH and MIHash with two triggers and two trials, with a later metric, an index and derived values."""
    folder = tmp_path_factory.mktemp("made")
    for more in ([], ["--metric", "mAP,P@r2"]):
        assert call("run", *SMALL, *more, "-o", folder, "--cache-dir", cache_dir).exit_code == 0
    return folder


@pytest.fixture
def results(made, tmp_path):
    return shutil.copytree(made, tmp_path / "results")


def files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if ".locks" not in path.parts)


def test_the_words_of_status_are_those_of_run_files():
    assert cli.STATUSES == _declared.STATUSES


def test_without_yes_the_runs_are_listed_and_nothing_is_removed(results):
    before = files(results)
    done = call("remove", results, "--method", "lsh", "--trial", "1")
    assert done.exit_code == 0
    *listed, last = done.stdout.splitlines()
    assert listed == [f"done: sample lsh 8 bits, trigger {trigger}, trial 1" for trigger in ("off", "on")]
    assert last.startswith(f"2 runs in {results} (")
    assert last.endswith(" kB) would be removed; --yes removes them")
    assert set(before) <= set(files(results))


def test_companions_caches_and_empty_folders_go_with_the_runs(results):
    call("table", results)
    (results / "runs" / ".derived").touch()
    (results / "runs" / ".index").touch()
    endings = {name.rpartition(".")[2] for name in files(results) if "lsh" in name and "." in name}
    assert endings == {"h5", "snapshots", "metrics"}
    done = call("remove", results, "--method", "lsh", "--yes")
    assert (done.exit_code, done.stdout) == (0, f"4 runs removed from {results}\n")
    left = files(results)
    assert not [name for name in left if "lsh" in name or name.endswith((".derived", ".index"))]
    assert len([name for name in left if name.endswith(".h5")]) == 4
    assert call("verify", results).exit_code == 0
    assert "4 done" in call("status", results).stdout


@pytest.mark.parametrize(
    ("options", "left"),
    [
        (["--trigger", "on"], 4),
        (["--trial", "0,1"], 0),
        (["--method", "mihash", "--trigger", "off", "--trial", "1"], 7),
        (["--bits", "16"], 8),
        (["--setting", "online", "--dataset", "sample"], 0),
        (["--variant", "step_size=0.5"], 8),
        (["--variant", "", "--bits", "8"], 0),
        (["--status", "failed,killed"], 8),
    ],
)
def test_all_given_options_must_agree(results, options, left):
    done = call("remove", results, *options, "--yes")
    assert done.exit_code == 0, done.output
    assert len(list(results.rglob("*.h5"))) == left


def test_only_unfinished_runs_can_be_chosen(tmp_path):
    good = written(tmp_path)
    bad = [write(tmp_path, record(trial=n, status=status)) for n, status in ((1, "failed"), (2, "killed"))]
    done = call("remove", tmp_path, "--status", "failed,killed,timeout", "--yes")
    assert done.exit_code == 0
    assert good.exists()
    assert not any(path.exists() for path in bad)


def test_runs_of_an_older_version_of_their_method_can_be_chosen(tmp_path):
    new = written(tmp_path)
    made = record(trial=1)
    key = key_of_text(str(made.attributes["config"]), "d" * 64, 0)
    old = write(tmp_path, replace(made, attributes={**made.attributes, "method_version": 0, "key": key}))
    assert call("remove", tmp_path, "--code-older").stdout.startswith("done: sample lsh 8 bits, trigger on, trial 1\n")
    assert call("remove", tmp_path, "--code-older", "--yes").exit_code == 0
    assert (new.exists(), old.exists()) == (True, False)


def test_a_folder_in_which_a_sweep_is_running_is_left_and_named(results):
    before = files(results)
    with locked(lock_path(results, "f" * 64)):
        done = call("remove", results, "--method", "lsh", "--yes")
        assert (done.exit_code, done.stdout) == (1, f"{results}: a sweep is running in it; nothing was removed\n")
        assert call("remove", results, "--method", "lsh").exit_code == 0
    assert set(before) <= set(files(results))
    assert call("remove", results, "--method", "lsh", "--yes").exit_code == 0


def test_links_are_not_followed(results, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    folder = results / "runs" / "online" / "sample" / "lsh"
    shutil.move(folder, elsewhere)
    folder.symlink_to(elsewhere)
    linked = next((results / "runs" / "online" / "sample" / "mihash").glob("*-on-t0-*.h5"))
    shutil.move(linked, tmp_path / "file.h5")
    linked.symlink_to(tmp_path / "file.h5")
    done = call("remove", results, "--setting", "online", "--yes")
    assert done.exit_code == 1
    assert f"left: sample mihash 8 bits, trigger on, trial 0: {linked} is reached through a link" in done.stdout
    assert done.stdout.count("is reached through a link\n") == 5
    assert done.stdout.endswith(f"3 runs removed from {results}\n")
    assert len(list(elsewhere.glob("*.h5"))) == 4
    assert (tmp_path / "file.h5").exists()
    assert linked.is_symlink()


def test_the_results_folder_itself_may_be_a_link(results, tmp_path):
    (tmp_path / "link").symlink_to(results)
    assert call("remove", tmp_path / "link", "--setting", "online", "--yes").exit_code == 0
    assert not list(results.rglob("*.h5"))


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_file_that_cannot_be_removed_is_named(results):
    folder = results / "runs" / "online" / "sample" / "lsh"
    folder.chmod(0o500)
    done = call("remove", results, "--trial", "0", "--yes")
    folder.chmod(0o700)
    assert done.exit_code == 1
    assert done.stdout.count("cannot be removed (Permission denied)") == 2
    assert done.stdout.endswith(f"2 runs removed from {results}\n")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "remove: no runs are chosen (allowed: at least one of the options that choose runs)"),
        (["--yes"], "remove: no runs are chosen (allowed: at least one of the options that choose runs)"),
        (["--bits", "x"], "'x' is not a valid integer range"),
        (["--trial", "-1"], "-1 is not in the range x>=0"),
        (["--status", "finished"], "'finished' is not one of 'done', 'failed', 'timeout', 'killed', 'skipped'"),
        (["--method", "mihsh"], "--method: 'mihsh' is unknown; did you mean 'mihash'? (allowed: lsh, mihash)"),
        (["--method", "lsh", "--method", "mihash"], "--method: given 2 times (allowed: once)"),
    ],
)
def test_bad_options_remove_nothing(results, options, said):
    before = files(results)
    done = call("remove", results, *options, "--yes") if "--yes" not in options else call("remove", results, *options)
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert said in done.stderr
    assert set(before) <= set(files(results))
