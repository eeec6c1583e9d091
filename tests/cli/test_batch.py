"""``run --setting batch-1``, its curves and tables, and ``tune``, in process on the embedded sample."""

import tomllib
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mihash_bench.registry import BATCH_METHODS
from mihash_bench.store.run_file import read_run, write_run
from mihash_bench.sweeps.files import preset_names, preset_text, read_tables

from .calling import call

QUICK = ["--set", "shk.n_anchors=50", "--set", "shk.iterations=5", "--set", "sdh.n_anchors=50"]
SMALL = ["--setting", "batch-1", "--method", "shk,sdh", "--bits", "4,6", "--trials", "2", *QUICK]


@pytest.fixture(scope="module")
def results(tmp_path_factory, cache_dir):
    folder = tmp_path_factory.mktemp("batch")
    done = call("run", *SMALL, "-o", folder, "--cache-dir", cache_dir, "-j", 2)
    assert done.exit_code == 0, done.output
    assert "8 to do" in done.output
    assert "CIFAR-10 sample, batch-1, mAP" in done.output
    return folder


def test_a_second_run_computes_nothing_and_more_trials_only_what_is_missing(results, cache_dir):
    before = {path: path.stat().st_mtime_ns for path in results.rglob("*.h5")}
    where = ["-o", results, "--cache-dir", cache_dir]
    assert "All runs (8) are already in" in call("run", *SMALL, *where).output
    assert {path: path.stat().st_mtime_ns for path in results.rglob("*.h5")} == before
    more = [argument if argument != "2" else "3" for argument in SMALL]
    listed = call("run", *more, *where, "--dry-run").output
    assert "8 of 12 runs are already in" in listed
    assert listed.count("to do: ") == 4


def test_run_files_are_complete_and_describe_their_runs(results):
    assert "8 of 8 run files" in call("verify", results).output
    assert call("verify", results).exit_code == 0
    path = next(results.glob("runs/batch-1/sample/sdh/4b-off-t1-*.h5"))
    record = read_run(path)
    about = record.attributes
    assert (about["setting"], about["trigger"], about["status"]) == ("batch-1", "off", "done")
    assert about["train_memory_bytes"] > 0
    assert about["table_s_is"] == "cost of coding the rows once"
    assert record.curve["epoch"][-1] >= 1
    assert record.final["W"].shape == (51, 4)


def test_plot_writes_curves_objectives_and_tables_under_the_settings_name(results, tmp_path):
    done = call("plot", results, "-o", tmp_path)
    assert done.exit_code == 0, done.output
    stems = [f"curve-batch-1-{name}" for name in ("mAP-epoch", "mAP-train_s", "objective-epoch")]
    wanted = {f"{stem}.{e}" for stem in stems for e in ("pdf", "png")}
    wanted |= {f"table-batch-1-mAP.{e}" for e in ("tex", "md", "csv")}
    wanted |= {f"{stem}.provenance.json" for stem in (*stems, "table-batch-1-mAP")}
    assert {path.name for path in tmp_path.iterdir()} == wanted


def test_plot_refuses_an_axis_that_batch_runs_do_not_have(results, tmp_path):
    done = call("plot", results, "-o", tmp_path, "--x", "bit_recomputations")
    assert done.exit_code == 2
    assert "--x: 'bit_recomputations' is unknown" in done.output
    assert "allowed: bits, epoch, train_s" in done.output


def test_the_table_has_a_row_per_method_a_column_per_length_and_published_figures_on_request(results):
    plain, published = call("table", results).output, call("table", results, "--published").output
    titles = ["Method", "4 bits", "6 bits"]
    titles += [f"{cost}, {bits} bits" for cost in ("Training time (s)", "Training memory (MiB)") for bits in (4, 6)]
    assert plain.splitlines()[0] == f"| {' | '.join(titles)} |"
    assert [line.split(" ")[1] for line in plain.splitlines()[2:4]] == ["SDH", "SHK"]
    assert "training points drawn anew" in plain
    # Nothing was published for 4 or 6 bits.
    assert "VGG-16" not in published
    frame = pd.read_csv(pd.io.common.StringIO(call("table", results, "--published", "--format", "csv").stdout))
    assert frame["published"].isna().all()
    assert (frame["train_memory_bytes_mean"] > 0).all()
    latex = call("table", results, "--format", "latex").output
    assert r"Method & \multicolumn{1}{c}{4 bits} & \multicolumn{1}{c}{6 bits} \\" in latex


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--trigger", "on"], "--trigger: batch-1 has no stream and no trigger (allowed: leave it out)"),
        (["--epochs", "3"], "(allowed: leave it out, or --set METHOD.epochs=N)"),
        (["--reservoir", "10"], "--reservoir: batch-1 has no stream"),
        (
            ["--method", "okh"],
            "--method: okh belongs to --setting online (allowed here: dpsh, dtsh, fasthash, mihash, sdh, shk, vdsh)",
        ),
        (
            ["--set", "mihash.batch_size=6000"],
            "mihash.batch_size: 6000 (allowed: at most the 5000 training points)",
        ),
        (["--set", "dtsh.n_samples=6000"], "--set dtsh.n_samples: 6000 (allowed: at most the 5000 training points)"),
        (["--set", "dpsh.epochs=0"], "--set dpsh.epochs: 0 is not allowed (allowed: a whole number of at least 1)"),
        (["--set", "mihash.step_size=1"], "--set mihash.step_size: 'step_size' is unknown"),
        (["--dataset", "sample", "--set", "sample.labels=off"], "--dataset: sample has no labels (allowed for batch"),
        (
            ["--dataset", "synthetic", "--set", "synthetic.classes=50"],
            "at least 500, the number of training points",
        ),
    ],
)
def test_impossible_options_are_refused_in_one_line(tmp_path, cache_dir, arguments, said):
    done = call("run", "--setting", "batch-1", *arguments, "-o", tmp_path / "results", "--cache-dir", cache_dir)
    assert done.exit_code == 2
    assert said in done.output
    assert done.output.count("\n") == 1
    assert not (tmp_path / "results").exists()


def test_stream_options_of_an_online_preset_are_refused(tmp_path):
    done = call("run", "--preset", "quick", "--setting", "batch-1", "-o", tmp_path)
    assert done.exit_code == 2
    assert "--preset quick: trigger: batch-1 has no stream" in done.output


def test_a_preset_may_be_narrowed_to_some_of_its_methods(tmp_path, cache_dir):
    narrowed = ["--preset", "batch-1-sample", "--method", "sdh", "--bits", "12", "--trials", "1"]
    done = call("run", *narrowed, "-o", tmp_path, "--cache-dir", cache_dir, "--dry-run")
    assert done.exit_code == 0, done.output
    assert done.output.count("to do: sample sdh") == 1
    mistyped = call("run", *narrowed, "--set", "shk.n_anchors=5", "-o", tmp_path, "--cache-dir", cache_dir, "--dry-run")
    assert mistyped.exit_code == 2
    assert "--set shk.n_anchors=5: shk is not among what this sweep chooses (sdh, sample)" in mistyped.output


def test_a_batch_method_without_its_setting_is_refused_with_the_setting(tmp_path):
    done = call("run", "--method", "sdh", "-o", tmp_path)
    assert done.exit_code == 2
    assert "--method: sdh belongs to --setting batch-1" in done.output


def test_a_method_that_diverges_is_recorded_with_advice(tmp_path, cache_dir):
    sets = ["--set", "mihash.learning_rate=1e300", "--set", "mihash.epochs=3"]
    what = ["--setting", "batch-1", "--method", "mihash", "--bits", "4", "--trials", "1", *sets]
    done = call("run", *what, "-o", tmp_path, "--cache-dir", cache_dir)
    assert done.exit_code == 1
    assert "its weights are no longer finite (allowed: a smaller mihash.learning_rate)" in " ".join(done.output.split())


def test_tune_writes_a_preset_with_its_record_and_continues_where_it_stopped(tmp_path, cache_dir):
    arguments = ["--method", "sdh", "--bits", "4", "-o", tmp_path, "--cache-dir", cache_dir, "-j", 2]
    done = call("tune", *arguments, "--budget", 2)
    assert done.exit_code == 0, done.output
    path = tmp_path / "tune" / "batch-1-sample-sdh.toml"
    record = tomllib.loads(path.read_text())["tuning"]
    assert [len(each["further"]) for each in record["sdh"]["tried"]] == [2, 2]
    assert "repeated in 2 further trials" in done.output
    assert "over 3 trials" in done.output
    more = call("tune", *arguments, "--budget", 3)
    assert "2 of 3 runs are already in" in more.output
    assert len(tomllib.loads(path.read_text())["tuning"]["sdh"]["tried"]) == 3
    listed = call("run", "--config", path, "-o", tmp_path, "--cache-dir", cache_dir, "--dry-run")
    assert listed.exit_code == 0
    assert "12 to do" in listed.output


def test_tune_without_a_finished_run_writes_nothing(tmp_path, cache_dir):
    what = ["--method", "sdh", "--bits", "4", "--budget", 1, "--timeout", 0.001]
    done = call("tune", *what, "-o", tmp_path, "--cache-dir", cache_dir)
    assert done.exit_code == 1
    assert "1 runs were ended early" in done.output
    assert not list(tmp_path.rglob("*.toml"))


NOT_PARAMETERS = ("score", "by_bits", "further")


@pytest.mark.parametrize("name", [name for name in preset_names() if name.startswith("batch-1-")])
def test_shipped_tuned_presets_have_the_record_of_their_search(name):
    content = tomllib.loads(preset_text(name))
    [sweep] = read_tables(preset_text(name), name)
    assert sweep["setting"] == "batch-1"
    assert set(content["method"]) == set(BATCH_METHODS.names())
    for method in content["method"]:
        record = content["tuning"][method]
        # What a record does not state itself holds for all methods.
        facts = {**content["tuning"], **record}
        best = record["tried"][0]
        assert 1 < len(record["tried"]) <= facts["budget"]
        assert all(len(each["by_bits"]) == len(facts["bits"]) for each in record["tried"])
        assert set(record["searched"]) == set(BATCH_METHODS.get(method).search)
        repeated = [np.mean([each["score"], *each["further"]]) for each in record["tried"] if "further" in each]
        assert repeated == sorted(repeated, reverse=True)
        assert bool(repeated) == ("further" in facts)
        chosen = {text for text in content["set"] if text.startswith(f"{method}.")}
        assert chosen == {f"{method}.{key}={value}" for key, value in best.items() if key not in NOT_PARAMETERS}


def test_verify_finds_a_batch_curve_that_was_cut_short(results, tmp_path):
    path = next(results.glob("runs/batch-1/sample/shk/*.h5"))
    copied = tmp_path / path.relative_to(results)
    copied.parent.mkdir(parents=True)
    record = read_run(path)
    write_run(copied, replace(record, curve={name: column[:-1] for name, column in record.curve.items()}))
    done = call("verify", tmp_path)
    assert done.exit_code == 1
    assert "its curve ends with mAP" in done.output


def test_tune_takes_one_dataset(tmp_path):
    done = call("tune", "--dataset", "sample,sample", "-o", tmp_path)
    assert done.exit_code == 2
    assert "'sample,sample' is unknown" in done.output
    assert not list(tmp_path.iterdir())


def test_tune_refuses_a_timeout_that_is_not_a_number(tmp_path):
    done = call("tune", "--timeout", "nan", "-o", tmp_path)
    assert done.exit_code == 2
    assert "--timeout: nan is not allowed" in done.output
