"""The command line in process: what it prints, its exit codes, and the files it leaves."""

import numpy as np
import pandas as pd
import pytest
import scipy.io

from mihash_bench.cli.run import RERUNS
from mihash_bench.running import statuses

from ..datasets.conftest import cifar10_content
from .calling import call

SMALL = ["--method", "lsh,mihash", "--examples", "200", "--checkpoints", "3", "--trials", "2", "--bits", "8", "-j", "2"]


@pytest.fixture(scope="module")
def results(tmp_path_factory, cache_dir):
    folder = tmp_path_factory.mktemp("results")
    done = call("run", *SMALL, "--metric", "mAP,P@r2", "-o", folder, "--cache-dir", cache_dir)
    assert done.exit_code == 0, done.output
    assert "8 to do" in done.output
    assert "Next: `mihash-bench plot" in done.output
    return folder


def test_the_words_of_rerun_are_those_of_the_rule_that_decides_what_is_due():
    assert RERUNS == statuses.RERUNS


def test_a_second_run_computes_nothing_and_says_so(results, cache_dir):
    before = {path: path.stat().st_mtime_ns for path in results.rglob("*.h5")}
    done = call("run", *SMALL, "--metric", "mAP,P@r2", "-o", results, "--cache-dir", cache_dir)
    assert done.exit_code == 0
    assert "All runs (8) are already in" in done.output
    assert {path: path.stat().st_mtime_ns for path in results.rglob("*.h5")} == before
    assert len(before) == 8


def test_run_files_are_in_folders_by_setting_dataset_and_method(results):
    names = {path.relative_to(results).as_posix()[:-12] for path in results.rglob("*.h5")}
    assert names == {
        f"runs/online/sample/{m}/8b-{t}-t{n}" for m in ("lsh", "mihash") for t in ("on", "off") for n in (0, 1)
    }


def test_plot_writes_curves_and_tables(results, tmp_path):
    done = call("plot", results, "-o", tmp_path)
    assert done.exit_code == 0, done.output
    stems = [f"curve-mAP-{x}" for x in ("examples", "train_s", "bit_recomputations", "table_s")]
    wanted = {f"{stem}.{ending}" for stem in stems for ending in ("pdf", "png")}
    wanted |= {f"table-mAP.{ending}" for ending in ("tex", "md", "csv")}
    wanted |= {f"{stem}.provenance.json" for stem in (*stems, "table-mAP")}
    assert {path.name for path in tmp_path.iterdir()} == wanted
    assert (tmp_path / "curve-mAP-examples.pdf").read_bytes().startswith(b"%PDF")
    assert set(done.output.split()) == {str(path) for path in tmp_path.iterdir()}


@pytest.mark.parametrize(("form", "mark"), [("markdown", "| --- |"), ("latex", r"\toprule"), ("csv", "final_mean")])
def test_table_prints_each_format(results, form, mark):
    done = call("table", results, "--format", form, "--metric", "P@r2")
    assert done.exit_code == 0
    assert mark in done.output
    assert "P@r2" in done.output
    assert done.output.endswith("\n")
    assert not done.output.endswith("\n\n")


def test_export_has_a_row_for_each_run_and_checkpoint_in_full_precision(results, tmp_path):
    done = call("export", results, "-o", tmp_path / "runs.csv")
    assert done.exit_code == 0
    frame = pd.read_csv(tmp_path / "runs.csv")
    assert len(frame) == 8 * 3
    assert list(frame.columns[15:17]) == ["mAP", "P@r2"]
    assert frame["status"].eq("done").all()
    assert frame["mAP"].map(lambda value: len(repr(value))).max() > 12


def test_status_counts_the_runs(results):
    assert call("status", results).output == "8 done\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "--method", "mihsh"], "--method: 'mihsh' is unknown; did you mean 'mihash'?"),
        (["run", "--dataset", "cifar"], "did you mean 'cifar10'?"),
        (["run", "--metric", "map"], "did you mean 'mAP'?"),
        (["run", "--bits", "0"], "--bits: 0 is not allowed (allowed: a whole number from 1 to 256)"),
        (["run", "--bits", "257"], "--bits: 257"),
        (["run", "--bits", "eight"], "--bits: 'eight' is not allowed"),
        (["run", "--trials", "0"], "--trials: 0 is not allowed (allowed: a whole number of at least 1)"),
        (["run", "--checkpoints", "0"], "--checkpoints: 0"),
        (["run", "--trigger", "maybe"], "--trigger: 'maybe' is not allowed (allowed: one of on, off)"),
        (["run", "--reservoir", "0"], "--reservoir: 0"),
        (["run", "--reservoir", "0", "--trigger", "off"], "--reservoir: 0 is not possible with mihash"),
        (["run", "--examples", "20000"], "--examples: 20000 (allowed for sample: at most 10000"),
        (["run", "--examples", "50"], "at least one --update-interval"),
        (["run", "--examples", "20100", "--epochs", "2"], "at most 20000, its database of 10000 rows times 2 epochs"),
        (["run", "--update-interval", "75"], "--update-interval: 75 (allowed for okh at 32 bits: multiples of 2)"),
        (["run", "--method", "sketchhash", "--update-interval", "75"], "multiples of 50)"),
        (["run", "--method", "bsodh"], "--update-interval: 100 (allowed for bsodh at 32 bits: multiples of 2000)"),
        (
            ["run", "--method", "sketchhash", "--bits", "128"],
            "sketchhash.batch_size: 100 (allowed at 128 bits: at least",
        ),
        (
            ["run", "--method", "sketchhash", "--set", "sketchhash.sketch_size=130"],
            "130 (allowed: even numbers from 32, the number of bits, to 128, the number of features)",
        ),
        (["run", "--preset", "papr"], "--preset: 'papr' is unknown; did you mean 'paper'?"),
        (["run", "-o", "/proc/nowhere"], "-o: cannot write to /proc/nowhere"),
        (["run", "--set", "mihash.step_size="], "--set: cannot read 'mihash.step_size='"),
        (["run", "--set", "mihash.step_size=fast"], "--set mihash.step_size: 'fast' is not allowed"),
        (["run", "--set", "mihsh.step_size=1"], "did you mean 'mihash'?"),
        (["run", "--dataset", "synthetic", "--set", "synthetic.n=5"], "from 20 to 100000000"),
        (["run", "--threshold", "nan"], "--threshold"),
        (["run", "--threads", "5000"], "--threads: 5000 (allowed: at most the number of cores"),
        (["run", "--threshold", "-1"], "--threshold: -1.0 is not allowed (allowed: a number of at least 0)"),
        (["run", "--bits", "32", "--bits", "64"], "--bits: given 2 times (allowed: once)"),
        (
            ["run", "--update-interval", "9000"],
            "--update-interval: 9000 (allowed for sample: at most the length of its stream)",
        ),
        (["run", "--timeout", "nan"], "--timeout"),
        (["run", "-o", ""], "the name of a folder"),
        (["table", __file__], "is a file"),
        (["run", "--set", "mihash"], "--set: cannot read 'mihash'"),
        (["run", "--set", "mihash.gradient=fast"], "one of exact, released"),
        (["run", "--set", "mihash.steps=1"], "did you mean"),
        (["run", "--set", "osh.step=1"], "is unknown"),
        (["run", "--set", "mihash.n_bits=4"], "is unknown"),
        (
            ["run", "--dataset", "cifar10", "--data-dir", "nowhere"],
            "no folder nowhere. Download CIFAR10_VGG16_fc7.mat",
        ),
        (["plot", "nowhere"], "RESULTS: there is no folder nowhere"),
        (["frobnicate"], "frobnicate"),
    ],
)
def test_bad_input_is_one_line_with_exit_code_2_and_leaves_no_run(arguments, said, tmp_path, cache_dir):
    if arguments[0] == "run":
        results = [] if "-o" in arguments else ["-o", tmp_path / "results"]
        arguments = [arguments[0], *results, "--cache-dir", cache_dir, *arguments[1:]]
    done = call(*arguments)
    assert done.exit_code == 2
    assert len(done.output.strip().splitlines()) == 1
    assert done.output.startswith("mihash-bench: ")
    assert said in done.output
    assert not list(tmp_path.rglob("*.h5"))


def test_a_metric_that_no_run_has_is_refused_with_the_existing_ones(results):
    done = call("plot", results, "--y", "P@7")
    assert done.exit_code == 2
    assert "--y: 'P@7' is unknown" in done.output
    assert "allowed: P@r2, bit_recomputations, eval_s, mAP, " in done.output


def test_results_that_cannot_be_written_are_refused_before_any_run(tmp_path, cache_dir):
    (tmp_path / "file").touch()
    done = call("run", *SMALL, "-o", tmp_path / "file" / "results", "--cache-dir", cache_dir)
    assert done.exit_code == 2
    assert f"-o: {tmp_path / 'file'} is not a folder" in done.output


def test_plot_without_finished_runs_is_refused(tmp_path):
    done = call("plot", tmp_path)
    assert done.exit_code == 2
    assert "has no finished run" in done.output


def _with(name, value):
    content = cifar10_content(rows=600)
    return {**content, name: value(content[name])}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (_with("testCNN", lambda rows: np.where(rows == rows[3, 2], np.nan, rows)), "NaN or infinity in row 3 of"),
        (_with("trainCNN", lambda rows: np.where(rows == rows[0, 0], np.inf, rows)), "NaN or infinity in row 0 of"),
        (_with("trainLabels", lambda labels: labels[:-1]), "599"),
        (_with("testLabels", lambda labels: labels + 0.5), "not whole numbers"),
        (_with("testLabels", lambda labels: labels.astype(np.int16) - 3), "negative labels"),
        (_with("testCNN", lambda rows: rows[:, :-1]), "testCNN has 4"),
        ({"trainCNN": np.zeros((3, 2))}, "testCNN"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_and_leaves_nothing(content, said, tmp_path):
    scipy.io.savemat(tmp_path / "CIFAR10_VGG16_fc7.mat", content)
    assert said in refused_cifar10(tmp_path)


@pytest.mark.parametrize("kept", [0, 100, 5_000, -100])
def test_a_truncated_file_is_named_and_leaves_nothing(kept, tmp_path):
    path = tmp_path / "CIFAR10_VGG16_fc7.mat"
    scipy.io.savemat(path, cifar10_content(rows=600), do_compression=True)
    path.write_bytes(path.read_bytes()[:kept])
    refused_cifar10(tmp_path)


def refused_cifar10(folder):
    """What is said of the CIFAR-10 file in a folder; afterwards there is nothing but the file."""
    where = ["--data-dir", folder, "--cache-dir", folder / "cache", "-o", folder / "results"]
    done = call("run", "--dataset", "cifar10", "--method", "lsh", *where)
    assert done.exit_code == 2, done.output
    assert len(done.output.strip().splitlines()) == 1
    assert "CIFAR10_VGG16_fc7.mat" in done.output
    assert not list(folder.rglob("*.h5"))
    # The cache keeps the digest of the source, nothing prepared from it.
    assert not list(folder.rglob("*.npy"))
    assert not (folder / "results").exists()
    return done.output


def test_threads_are_part_of_a_runs_key_and_jobs_never_ask_for_more_than_the_cores(tmp_path, cache_dir, monkeypatch):
    monkeypatch.setattr("joblib.cpu_count", lambda: 4)
    arguments = ["run", *SMALL[:-2], "-o", tmp_path, "--cache-dir", cache_dir, "--dry-run"]
    assert "8 to do, 4 in parallel" in call(*arguments, "-j", "9").output
    assert "8 to do, 1 in parallel" in call(*arguments, "--threads", "3").output
    one = ["run", "--method", "lsh", "--examples", "200", "--trials", "1", "--trigger", "on", "-o", tmp_path]
    for threads in (1, 2):
        done = call(*one, "--checkpoints", "2", "--threads", threads, "--cache-dir", cache_dir)
        assert done.exit_code == 0, done.output
    assert len(list(tmp_path.rglob("*.h5"))) == 2
