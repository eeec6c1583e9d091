"""Several results folders become one: which copies are kept, and that no run is lost."""

import errno
import shutil
from dataclasses import replace

import numpy as np
import pytest

from mihash_bench.cli import merge as cli
from mihash_bench.store import durable
from mihash_bench.store.layout import lock_path
from mihash_bench.store.lock import locked
from mihash_bench.store.run_file import read_run
from mihash_bench.sweeps import merging
from tests.records import record, write, written

from .calling import call

SMALL = [
    "--method",
    "lsh",
    "--examples",
    "200",
    "--checkpoints",
    "3",
    "--bits",
    "8",
    "--trigger",
    "on",
    "--trials",
    "2",
]


@pytest.fixture(scope="module")
def made(tmp_path_factory, cache_dir):
    """A folder with two trials of mAP, and another with the same two trials of mAP and P@r2."""
    folder = tmp_path_factory.mktemp("made")
    for name, metric in (("a", "mAP"), ("b", "mAP,P@r2")):
        done = call("run", *SMALL, "--metric", metric, "-o", folder / name, "--cache-dir", cache_dir)
        assert done.exit_code == 0, done.output
    return folder


def files(folder):
    """The content of all files that are not hidden."""
    paths = (path for path in folder.rglob("*") if path.is_file() and ".locks" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths if path.name[0] != "."}


def later(made):
    """The same run, started later, with other values."""
    final = {**made.final, "W": 2 * made.final["W"]}
    return replace(made, attributes={**made.attributes, "started": "2027-01-01"}, final=final)


def test_the_words_of_prefer_are_those_of_the_rules():
    assert cli.PREFERS == merging.PREFERS


def test_runs_of_several_folders_come_together_with_their_companions(made, tmp_path):
    for trial, name in ((0, "x"), (1, "y")):
        shutil.copytree(made / "a", tmp_path / name)
        for path in tmp_path.glob(f"{name}/runs/*/*/*/*-t{1 - trial}-*"):
            path.unlink()
    assert len(files(tmp_path / "x")) == 2
    done = call("merge", tmp_path / "x", tmp_path / "y", "-o", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert files(tmp_path / "out") == files(made / "a")
    assert sorted(name.rpartition(".")[2] for name in files(made / "a")) == ["h5", "h5", "snapshots", "snapshots"]
    lines = [f"{tmp_path / 'x'}: 1 run copied", f"{tmp_path / 'y'}: 1 run copied"]
    assert done.stdout.splitlines() == [*lines, f"{tmp_path / 'out'}: 2 runs, of which 0 were there already"]
    again = call("merge", tmp_path / "x", tmp_path / "y", "-o", tmp_path / "out")
    assert again.stdout == f"{tmp_path / 'out'}: 2 runs, of which 2 were there already\n"


def test_equal_copies_count_once_and_the_output_folder_may_be_an_input(made, tmp_path):
    out = shutil.copytree(made / "a", tmp_path / "out")
    written(out, trial=7)
    done = call("merge", out, made / "a", "-o", out)
    assert done.exit_code == 0, done.output
    assert done.stdout == f"{out}: 3 runs, of which 3 were there already\n"
    assert files(made / "a").items() <= files(out).items()


def test_runs_that_are_in_the_output_folder_only_stay_there(made, tmp_path):
    own = written(tmp_path / "out", trial=7)
    before = own.read_bytes()
    assert call("merge", made / "a", "-o", tmp_path / "out").exit_code == 0
    assert own.read_bytes() == before
    assert len(list((tmp_path / "out").rglob("*.h5"))) == 3


def test_copies_that_differ_are_refused_by_name_and_nothing_is_written(made, tmp_path):
    done = call("merge", made / "a", made / "b", "-o", tmp_path / "out")
    assert done.exit_code == 2
    assert not (tmp_path / "out").exists()
    *conflicts, last = done.stderr.splitlines()
    assert last == (
        "mihash-bench: --prefer: 2 runs have copies that differ (allowed: first, last or newest, for the same key)"
    )
    names = [path.relative_to(made / "a") for path in sorted((made / "a").rglob("*.h5"))]
    wanted = [f"conflict: {made / 'a' / name}, {made / 'b' / name}: the same results, made twice" for name in names]
    assert conflicts == wanted
    write(tmp_path / "x", record())
    write(tmp_path / "y", later(record()))
    assert call("merge", tmp_path / "x", tmp_path / "y", "-o", tmp_path / "z").stderr.count(": other results\n") == 1


@pytest.mark.parametrize(("prefer", "kept"), [("first", "x"), ("last", "z"), ("newest", "y")])
def test_a_rule_says_which_of_several_different_copies_is_kept(tmp_path, prefer, kept):
    paths = {}
    for name, each in (("x", record()), ("y", later(record())), ("z", replace(record(), preprocessing={}))):
        paths[name] = write(tmp_path / name, each)
    done = call("merge", tmp_path / "x", tmp_path / "y", tmp_path / "z", "-o", tmp_path / "out", "--prefer", prefer)
    assert done.exit_code == 0, done.output
    (path,) = (tmp_path / "out").rglob("*.h5")
    assert path.read_bytes() == paths[kept].read_bytes()


@pytest.mark.parametrize("prefer", [[], ["--prefer", "first"], ["--prefer", "last"], ["--prefer", "newest"]])
def test_a_copy_with_values_of_queries_takes_the_place_of_an_equal_one_without(made, tmp_path, prefer):
    names = [path.relative_to(made / "b") for path in sorted((made / "b").rglob("*.h5"))]
    for folder, has_values in (("x", (True, False)), ("y", (False, True))):
        for name, has in zip(names, has_values, strict=True):
            whole = read_run(made / "b" / name)
            write(tmp_path / folder, whole if has else replace(whole, per_query={}))
    done = call("merge", tmp_path / "x", tmp_path / "y", "-o", tmp_path / "out", *prefer)
    assert done.exit_code == 0, done.output
    assert [list(read_run(tmp_path / "out" / name).per_query) for name in names] == [["P@r2"], ["P@r2"]]


def test_values_of_queries_do_not_decide_between_copies_with_other_results(tmp_path):
    both = record(metrics=["mAP", "P@2"])
    write(tmp_path / "x", later(both))
    write(tmp_path / "y", replace(both, per_query={"P@2": np.full(3, 0.5)}))
    done = call("merge", tmp_path / "x", tmp_path / "y", "-o", tmp_path / "out")
    assert done.exit_code == 2
    assert done.stderr.count(": other results\n") == 1


@pytest.mark.parametrize("prefer", [[], ["--prefer", "newest"], ["--prefer", "last"]])
@pytest.mark.parametrize("unfinished", ["failed", "skipped", "timeout", "killed"])
def test_a_finished_run_takes_the_place_of_one_that_is_not(tmp_path, prefer, unfinished):
    good = write(tmp_path / "x", record())
    bad = record(status=unfinished, reason="too bad")
    write(tmp_path / "y", replace(bad, attributes={**bad.attributes, "started": "2027-01-01"}))
    for out, names in (("one", ("x", "y")), ("y", ("x",))):
        done = call("merge", *(tmp_path / name for name in names), "-o", tmp_path / out, *prefer)
        assert done.exit_code == 0, done.output
        (path,) = (tmp_path / out).rglob("*.h5")
        assert path.read_bytes() == good.read_bytes()


def test_metrics_and_hash_functions_of_equal_runs_come_together(made, tmp_path, cache_dir):
    first = shutil.copytree(made / "a", tmp_path / "first")
    for path in first.rglob("*.snapshots"):
        path.unlink()
    out = tmp_path / "out"
    assert call("merge", first, made / "b", "-o", out, "--prefer", "first").exit_code == 0
    for path in sorted(first.rglob("*.h5")):
        assert (out / path.relative_to(first)).read_bytes() == path.read_bytes()
    assert call("verify", out).exit_code == 0
    tables = [call("table", folder, "--metric", "P@r2", "--format", "csv") for folder in (out, made / "b")]
    assert [table.exit_code for table in tables] == [0, 0]
    wanted, found = (table.stdout.splitlines()[1].split(",")[:13] for table in tables)
    assert wanted == found
    # The hash functions are those of the other folder, so a further metric needs no learning.
    more = call("run", *SMALL, "--metric", "mAP,P@10", "-o", out, "--cache-dir", cache_dir, "--dry-run")
    assert more.output.count("P@10 will be measured from its snapshots") == 2


def test_the_output_folder_keeps_hash_functions_that_only_its_own_copy_has(made, tmp_path):
    again = shutil.copytree(made / "b", tmp_path / "again")
    for path in again.rglob("*.snapshots"):
        path.unlink()
    out = shutil.copytree(made / "a", tmp_path / "out")
    done = call("merge", again, "-o", out, "--prefer", "last")
    assert done.exit_code == 0, done.output
    kept = {name: content for name, content in files(made / "a").items() if name.endswith(".snapshots")}
    assert len(kept) == 2
    assert files(out) == {**files(again), **kept}
    assert call("verify", out).exit_code == 0


def test_hash_functions_of_a_copy_with_other_results_are_not_taken(made, tmp_path):
    other = shutil.copytree(made / "a", tmp_path / "other")
    for path in other.rglob("*.h5"):
        write(other, later(read_run(path)))
    out = shutil.copytree(made / "a", tmp_path / "out")
    assert call("merge", out, other, "-o", out, "--prefer", "last").exit_code == 0
    assert files(out) == files(other)
    for path in other.rglob("*.snapshots"):
        path.unlink()
    out = shutil.copytree(made / "a", tmp_path / "out-2")
    assert call("merge", out, other, "-o", out, "--prefer", "last").exit_code == 0
    assert files(out) == files(other)


def test_files_with_a_fault_are_named_and_left_out(made, tmp_path):
    other = shutil.copytree(made / "a", tmp_path / "other")
    bad, good = sorted(other.rglob("*.h5"))
    bad.write_bytes(bad.read_bytes()[:-1])
    good.with_suffix(".snapshots").write_bytes(b"something else")
    done = call("merge", other, "-o", tmp_path / "out")
    assert done.exit_code == 1
    assert f"left out: {bad}: damaged" in done.stderr
    assert f"left out: {good.with_suffix('.snapshots')}: " in done.stderr
    assert list(files(tmp_path / "out")) == [good.relative_to(other).as_posix()]
    # A damaged file of the output folder is replaced by a good copy.
    assert call("merge", made / "a", "-o", other).exit_code == 1
    assert files(other) == files(made / "a")


def test_a_folder_in_use_is_left_alone(made, tmp_path):
    other = shutil.copytree(made / "a", tmp_path / "other")
    for folders, out in (((made / "a", other), tmp_path / "out"), ((made / "a",), other)):
        with locked(lock_path(other, "f" * 64)):
            done = call("merge", *folders, "-o", out)
        assert done.exit_code == 2
        said = f"mihash-bench: {other}: a sweep is running in it (allowed: folders in which no run is performed)\n"
        assert done.stderr == said
    assert not (tmp_path / "out").exists()
    assert call("merge", made / "a", other, "-o", tmp_path / "out").exit_code == 0


def test_a_full_disk_leaves_complete_runs_only_and_repeating_completes_the_merge(made, tmp_path, monkeypatch):
    calls = []

    def full(path):
        calls.append(path)
        if len(calls) == 6:
            raise OSError(errno.ENOSPC, "No space left on device")

    out = tmp_path / "out"
    with monkeypatch.context() as patched:
        patched.setattr(durable, "flush", full)
        done = call("merge", made / "a", "-o", out)
    assert done.exit_code == 2
    assert done.stderr.startswith(f"mihash-bench: -o: cannot write {out}")
    assert 0 < len(files(out)) < 4
    assert files(out).items() <= files(made / "a").items()
    assert not list(out.rglob(".*.tmp"))
    assert call("merge", made / "a", "-o", out).exit_code == 0
    assert files(out) == files(made / "a")


def test_bad_folders_are_refused_in_one_line(made, tmp_path):
    (tmp_path / "file").touch()
    done = call("merge", made / "a", tmp_path / "none", "-o", tmp_path / "out")
    assert done.stderr.startswith(f"mihash-bench: FOLDERS: there is no folder {tmp_path / 'none'}")
    done = call("merge", made / "a", "-o", tmp_path / "file")
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert f"-o: {tmp_path / 'file'} is not a folder" in done.stderr
