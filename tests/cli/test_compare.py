"""Two results folders: which runs make a pair, how they differ, and why others cannot be compared."""

import io
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import mihash_bench
from mihash_bench.errors import InputError
from mihash_bench.experiment.config import key_of_text
from mihash_bench.report.two_folders import worse_lines
from mihash_bench.store.run_file import read_run, write_run
from tests.records import record, write
from tests.store.sealed import edited

from .calling import call

SMALL = ["--method", "lsh,mihash", "--examples", "200", "--checkpoints", "3", "--bits", "8", "-j", "2"]


@pytest.fixture(scope="module")
def made(tmp_path_factory, cache_dir):
    """Two trials of LSH and MIHash, with the trigger on."""
    folder = tmp_path_factory.mktemp("made")
    options = (*SMALL, "--trigger", "on", "--trials", "2", "--metric", "mAP,P@r2")
    assert call("run", *options, "-o", folder, "--cache-dir", cache_dir).exit_code == 0
    return folder


@pytest.fixture
def other(made, tmp_path):
    return shutil.copytree(made, tmp_path / "other")


def runs(folder, method, trial="*"):
    found = sorted(folder.rglob(f"{method}/*-t{trial}-*.h5"))
    assert found
    return found


def lower(path, amount):
    """Make the mAP of a run smaller, in a way that the checks of run files do not notice."""

    def edit(file):
        values = np.clip(file["final/ap_expected"][:] - amount * np.random.default_rng(0).random(1_000), 0, 1)
        file["final/ap_expected"][:] = values
        file["curve/mAP"][-1] = np.nanmean(values)

    edited(path, edit)


def test_equal_runs_do_not_differ(made, other):
    done = call("compare", made, other, "--fail-if-worse", "0")
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert "| mAP of A | mAP of B | B - A | 95 % CI from |" in lines[0]
    assert [line.split(" | ")[2] for line in lines[2:4]] == ["LSH", "MIHash"]
    assert all("| +0.0000 | +0.0000 | +0.0000 | +0.00 | 1.0000 | 1.0000 | 2 | 2 | 1,000 |" in x for x in lines[2:4])
    assert done.stderr == ""


def test_a_worse_method_is_found_tested_and_named(made, other):
    for path in runs(other, "mihash"):
        lower(path, 0.1)
    done = call("compare", made, other, "--format", "csv", "--fail-if-worse", "0.01")
    assert done.exit_code == 1
    lsh, mihash = pd.read_csv(io.StringIO(done.stdout), keep_default_na=False).to_dict("records")
    assert lsh["difference"] == 0
    assert -0.06 < mihash["difference"] < -0.03
    assert mihash["difference"] == pytest.approx(mihash["b_mean"] - mihash["a_mean"])
    assert mihash["ci_low"] < mihash["difference"] < mihash["ci_high"] < 0
    assert mihash["p_value"] == 1 / 20_000
    # Two rows are tested.
    assert mihash["p_adjusted"] == 2 * mihash["p_value"]
    assert (mihash["trials_agree"], mihash["trials"], mihash["queries"]) == (2, 2, 1_000)
    (line,) = done.stderr.splitlines()
    assert line.startswith("worse: sample (examples=200, checkpoints=3) mihash 8 bits, trigger on: mAP 0.")
    assert line.endswith(f"({mihash['difference']:+.4f}, allowed: worse by up to 0.01)")


def test_a_better_method_and_a_small_loss_are_no_failure(made, other):
    for path in runs(other, "mihash"):
        lower(path, 0.1)
    assert call("compare", other, made, "--fail-if-worse", "0").exit_code == 0
    assert call("compare", made, other, "--fail-if-worse", "0.2").exit_code == 0
    assert call("compare", made, other).exit_code == 0


def test_the_direction_of_a_metric_of_a_plug_in_that_is_not_loaded_is_not_guessed():
    frame = pd.DataFrame({"metric": ["mAP", "miss@5"], "difference": [0.0, 0.5]})
    said = r"--fail-if-worse: whether a larger miss@5 is better is not known \(allowed: together with the --plugin that"
    with pytest.raises(InputError, match=said):
        worse_lines(frame, 0.01)


def test_only_common_trials_count(made, other, tmp_path):
    lower(runs(other, "mihash", 1)[0], 0.5)
    runs(other, "lsh", 0)[0].unlink()
    lower(runs(other, "mihash", 0)[0], 0.1)
    alone = shutil.copytree(made, tmp_path / "alone")
    runs(alone, "mihash", 1)[0].unlink()
    found = mihash_bench.compare(alone, other).set_index("method")
    assert found["trials"].to_dict() == {"lsh": 1, "mihash": 1}
    assert -0.06 < found.loc["mihash", "difference"] < -0.03
    assert found["a_sd"].isna().all()


def test_every_metric_is_tested_unless_a_file_is_too_old_to_store_its_values_of_queries(made, other):
    assert mihash_bench.compare(made, other, metric="P@r2")["p_value"].eq(1).all()
    for path in runs(other, "*"):
        write_run(path, replace(read_run(path), per_query={}))
    found = mihash_bench.compare(made, other, metric="P@r2")
    assert found["p_value"].isna().all()
    assert found["difference"].eq(0).all()
    done = call("compare", made, other, "--metric", "P@r2")
    assert "the values of P@r2 for each query are not stored, so that the difference is not tested" in done.stdout
    assert "CI from" not in done.stdout


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"seed": 1}, "other protocol (A: default seed; B: seed=1)"),
        ({"checkpoints": 2, "examples": 100}, "(A: examples=200, checkpoints=3; B: examples=100, checkpoints=2)"),
        ({"bits": 16}, "only in A"),
    ],
)
def test_runs_of_another_protocol_or_code_length_are_named_with_the_reason(made, tmp_path, cache_dir, changed, reason):
    options = {"method": "lsh", "bits": 8, "examples": 200, "checkpoints": 3, "trigger": "on", "trials": 1, **changed}
    mihash_bench.run(results=tmp_path / "b", cache_dir=cache_dir, progress=False, **options)
    done = call("compare", made, tmp_path / "b")
    assert done.exit_code == 2
    said = done.stderr.splitlines()
    line = next(line for line in said if line.startswith("not compared: sample lsh 8 bits, trigger on: "))
    assert line.endswith(reason)
    assert "not compared: sample mihash 8 bits, trigger on: only in A" in said
    assert said[-1].startswith(f"mihash-bench: A, B: no run of {made} can be compared with one of {tmp_path / 'b'}")


def on_other_data(made):
    key = key_of_text(str(made.attributes["config"]), "e" * 64, 1)
    return replace(made, attributes={**made.attributes, "dataset_digest": "e" * 64, "key": key})


def with_other_queries(made):
    return replace(made, final={**made.final, "queries": np.arange(3) + 1})


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        (record(), on_other_data(record()), "other data (digest dddddddd in A, eeeeeeee in B)"),
        (record(), record(trial=1), "no common trials (A: 0; B: 1)"),
        (record(), with_other_queries(record()), "other splits: the queries of trial 0 are not the same"),
        (record(), record(status="failed", reason="too bad"), ""),
    ],
)
def test_runs_of_other_data_trials_or_splits_are_named_with_the_reason(tmp_path, first, second, reason):
    write(tmp_path / "a", first)
    write(tmp_path / "b", second)
    done = call("compare", tmp_path / "a", tmp_path / "b")
    assert done.exit_code == 2
    if reason:
        assert f"not compared: sample lsh 8 bits, trigger on: {reason}\n" in done.stderr
    else:
        assert done.stderr.startswith(f"mihash-bench: {tmp_path / 'b'}: it has no finished run")


def test_a_protocol_that_only_claims_to_be_the_default_is_another_one(tmp_path):
    shorter = record(examples=1_000)
    for folder, each in (("a", record()), ("b", shorter)):
        write(tmp_path / folder, each)
    with (
        pytest.warns(UserWarning, match=r"other protocol \(A: examples=2000; B: examples=1000\)"),
        pytest.raises(InputError),
    ):
        mihash_bench.compare(tmp_path / "a", tmp_path / "b")


def test_strict_refuses_what_would_be_left_out(made, other):
    for path in runs(other, "lsh"):
        path.unlink()
    done = call("compare", made, other, "--strict")
    assert done.exit_code == 2
    assert "--strict: 1 row cannot be compared, the first: sample lsh 8 bits, trigger on: only in A" in done.stderr
    done = call("compare", made, other)
    assert done.exit_code == 0
    assert done.stderr == "not compared: sample lsh 8 bits, trigger on: only in A\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--fail-if-worse", "-1"], "--fail-if-worse: -1.0 is not allowed (allowed: a number of at least 0)"),
        (["--fail-if-worse", "nan"], "--fail-if-worse: nan is not allowed (allowed: a number of at least 0)"),
        (["--metric", "mAP,P@r3"], "--metric: 'P@r3' is unknown; did you mean 'P@r2'? (allowed: P@r2, mAP)"),
    ],
)
def test_bad_options_are_refused_in_one_line(made, arguments, said):
    done = call("compare", made, made, *arguments)
    assert (done.exit_code, done.stdout, done.stderr) == (2, "", f"mihash-bench: {said}\n")


def test_a_folder_that_is_not_there_is_named_with_its_argument(made, tmp_path):
    assert call("compare", tmp_path / "x", made).stderr.startswith(
        f"mihash-bench: A: there is no folder {tmp_path / 'x'}"
    )
    (tmp_path / "y").touch()
    assert call("compare", made, tmp_path / "y").stderr.startswith(f"mihash-bench: B: {tmp_path / 'y'} is a file")
