"""The command line in process: what it prints, its exit codes, and the files it leaves."""

import pandas as pd
import pytest
from click.testing import CliRunner

from mihash_bench.cli.main import main

SMALL = ["--method", "lsh,mihash", "--examples", "200", "--checkpoints", "3", "--trials", "2", "--bits", "8", "-j", "2"]


def call(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def results(tmp_path_factory, cache_dir):
    folder = tmp_path_factory.mktemp("results")
    done = call("run", *SMALL, "--metric", "mAP,P@r2", "-o", folder, "--cache-dir", cache_dir)
    assert done.exit_code == 0, done.output
    assert "8 to do" in done.output
    assert "Next: `mihash-bench plot" in done.output
    return folder


def test_a_second_run_computes_nothing_and_says_so(results, cache_dir):
    before = {path: path.stat().st_mtime_ns for path in results.rglob("*.h5")}
    done = call("run", *SMALL, "--metric", "mAP,P@r2", "-o", results, "--cache-dir", cache_dir)
    assert done.exit_code == 0
    assert "All runs (8) are in" in done.output
    assert {path: path.stat().st_mtime_ns for path in results.rglob("*.h5")} == before
    assert len(before) == 8


def test_run_files_lie_by_setting_dataset_and_method(results):
    names = {path.relative_to(results).as_posix()[:-12] for path in results.rglob("*.h5")}
    assert names == {
        f"runs/online/sample/{m}/8b-{t}-t{n}" for m in ("lsh", "mihash") for t in ("on", "off") for n in (0, 1)
    }


def test_plot_writes_curves_and_tables(results, tmp_path):
    done = call("plot", results, "-o", tmp_path)
    assert done.exit_code == 0, done.output
    stems = [f"curve-mAP-{x}" for x in ("examples", "train_s", "bit_recomputations")]
    wanted = {f"{stem}.{ending}" for stem in stems for ending in ("pdf", "png")}
    assert {path.name for path in tmp_path.iterdir()} == wanted | {f"table-mAP.{e}" for e in ("tex", "md", "csv")}
    assert (tmp_path / "curve-mAP-examples.pdf").read_bytes().startswith(b"%PDF")
    assert set(done.output.split()) == {str(path) for path in tmp_path.iterdir()}


@pytest.mark.parametrize(("form", "mark"), [("markdown", "| --- |"), ("latex", r"\toprule"), ("csv", "final_mean")])
def test_table_prints_each_format(results, form, mark):
    done = call("table", results, "--format", form, "--metric", "P@r2")
    assert done.exit_code == 0
    assert mark in done.output
    assert "P@r2" in done.output


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
        (["run", "--bits", "0"], "--bits: 0 is not allowed (allowed: 1 to 256)"),
        (["run", "--bits", "257"], "--bits: 257"),
        (["run", "--bits", "eight"], "'--bits'"),
        (["run", "--trials", "0"], "'--trials'"),
        (["run", "--checkpoints", "0"], "'--checkpoints'"),
        (["run", "--trigger", "maybe"], "'--trigger'"),
        (["run", "--reservoir", "0"], "--reservoir: 0"),
        (["run", "--reservoir", "0", "--trigger", "off"], "--reservoir: 0 leaves mihash nothing"),
        (["run", "--examples", "20000"], "--examples: 20000 (allowed for sample: at most 10000"),
        (["run", "--examples", "50"], "at least one --update-interval"),
        (["run", "--threshold", "nan"], "--threshold"),
        (["run", "--timeout", "nan"], "--timeout"),
        (["run", "-o", ""], "the name of a folder"),
        (["table", __file__], "is a file"),
        (["run", "--set", "mihash"], "--set: cannot read 'mihash'"),
        (["run", "--set", "mihash.gradient=fast"], "one of exact, released"),
        (["run", "--set", "mihash.steps=1"], "did you mean"),
        (["run", "--set", "osh.step=1"], "is unknown"),
        (["run", "--set", "mihash.n_bits=4"], "is unknown"),
        (["run", "--dataset", "cifar10", "--data-dir", "nowhere"], "CIFAR10_VGG16_fc7.mat is missing"),
        (["plot", "nowhere"], "RESULTS: there is no folder nowhere"),
        (["frobnicate"], "frobnicate"),
    ],
)
def test_bad_input_is_one_line_with_exit_code_2_and_leaves_no_run(arguments, said, tmp_path, cache_dir):
    if arguments[0] == "run":
        arguments = [arguments[0], "-o", tmp_path / "results", "--cache-dir", cache_dir, *arguments[1:]]
    done = call(*arguments)
    assert done.exit_code == 2
    assert len(done.output.strip().splitlines()) == 1
    assert done.output.startswith("mihash-bench: ")
    assert said in done.output
    assert not list(tmp_path.rglob("*.h5"))


def test_a_metric_that_no_run_has_is_named_with_those_there_are(results):
    done = call("plot", results, "--y", "P@7")
    assert done.exit_code == 2
    assert "--y: 'P@7' is unknown" in done.output
    assert "allowed: P@r2, mAP" in done.output


def test_results_that_cannot_be_written_are_refused_before_any_run(tmp_path, cache_dir):
    (tmp_path / "file").touch()
    done = call("run", *SMALL, "-o", tmp_path / "file" / "results", "--cache-dir", cache_dir)
    assert done.exit_code == 2
    assert "-o: cannot write" in done.output


def test_plot_of_a_folder_without_finished_runs_says_what_makes_some(tmp_path):
    done = call("plot", tmp_path)
    assert done.exit_code == 2
    assert "has no finished run" in done.output
