"""Presets, config files, dry runs and the verbs about datasets and presets."""

import pytest

from mihash_bench.sweeps.files import preset_names, preset_text, read_tables

from .calling import call


@pytest.fixture
def dry(tmp_path, cache_dir):
    def run(*arguments):
        done = call("run", *arguments, "--dry-run", "-o", tmp_path / "results", "--cache-dir", cache_dir)
        assert not (tmp_path / "results").exists()
        return done

    return run


def test_the_command_line_overrides_the_config_which_overrides_the_preset(tmp_path, dry):
    config = tmp_path / "mine.toml"
    config.write_text('method = ["lsh", "mihash"]\ntrials = 2\nset = ["mihash.step_size=0.5,1"]\n')
    done = dry("--preset", "quick", "--config", config, "--trials", "1", "--bits", "8,16")
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    # Two code lengths, one trial, trigger on as the preset says, LSH once and MIHash with two step sizes.
    assert lines[0].startswith("6 to do")
    due = [line for line in lines if line.startswith("to do: ")]
    assert len(due) == 6
    assert all(line.startswith("to do: sample") and "trigger on, trial 0" in line for line in due)
    assert sum("mihash[step_size=0.5]" in line for line in lines) == 2


def test_keys_have_dashes_and_single_values_may_be_lists_of_one(tmp_path, dry):
    config = tmp_path / "mine.toml"
    config.write_text('setting = ["online"]\nmethod = "lsh"\ntrials = [1]\ntrigger = "on"\nupdate-interval = 50\n')
    done = dry("--config", config)
    assert done.exit_code == 0, done.output
    assert "1 to do" in done.output


def test_each_sweep_of_a_file_is_run_with_the_shared_keys(tmp_path, dry):
    config = tmp_path / "two.toml"
    config.write_text('trials = 1\nmethod = "lsh"\n[[sweep]]\nbits = 8\n[[sweep]]\nbits = [16, 32]\ntrigger = "on"\n')
    done = dry("--config", config)
    assert done.output.splitlines()[0].startswith("4 to do")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("metod = 'lsh'", "did you mean 'method'"),
        ("bits = ", "not TOML"),
        ("bits = true", "bits is True"),
        ("bits = [[8]]", "bits is [8]"),
        ("sweep = 3", "[[sweep]]"),
        ("bits = 'eight'", "bits: 'eight' is not allowed"),
        ("trigger = 'maybe'", "trigger: 'maybe' is not allowed (allowed: one of on, off)"),
        ("update-interval = 50\nupdate_interval = 100", "update-interval is given twice"),
        ("threshold = nan", "threshold: nan is not allowed"),
    ],
)
def test_an_invalid_config_is_refused_in_one_line(tmp_path, dry, text, said):
    config = tmp_path / "bad.toml"
    config.write_text(text)
    done = dry("--config", config)
    assert done.exit_code == 2
    assert len(done.output.strip().splitlines()) == 1
    assert said in done.output


def test_a_missing_config_and_an_unknown_preset_are_named(tmp_path, dry):
    assert "--config: cannot read" in dry("--config", tmp_path / "nowhere.toml").output
    assert "did you mean 'paper'" in dry("--preset", "papr").output


def test_a_dry_run_lists_which_runs_exist_already(tmp_path, cache_dir):
    sweep = [
        "--method",
        "lsh",
        "--bits",
        "8",
        "--trials",
        "2",
        "--trigger",
        "on",
        "-o",
        tmp_path,
        "--cache-dir",
        cache_dir,
    ]
    assert call("run", *sweep[:4], "--trials", "1", *sweep[6:]).exit_code == 0
    done = call("run", *sweep, "--dry-run")
    assert done.output.splitlines()[:3] == [
        f"1 of 2 runs are already in {tmp_path}; 1 to do, 1 in parallel.",
        "done: sample lsh 8 bits, trigger on, trial 0",
        "to do: sample lsh 8 bits, trigger on, trial 1",
    ]


def test_every_preset_is_listed_with_its_title_and_can_be_read():
    listed = call("presets", "list").output
    for name in preset_names():
        assert f"{name}: " in listed
        assert read_tables(preset_text(name), name)
        shown = call("presets", "show", name).output
        assert shown.startswith(preset_text(name))
        assert read_tables(shown, name) == read_tables(preset_text(name), name)


def test_a_shown_preset_lists_the_options_that_it_leaves_at_their_defaults():
    shown = call("presets", "show", "quick").output.splitlines()
    assert "# Options that are left at their defaults (setting online):" in shown
    assert "# reservoir: 200" in shown
    assert not [line for line in shown if line.startswith("# examples")]


def test_the_paper_preset_is_the_posters_experiments():
    cifar, others = read_tables(preset_text("paper"), "paper")
    assert cifar == {
        "method": ["mihash", "okh", "adapthash", "sketchhash", "osh"], "bits": 32, "trials": 3, "checkpoints": 50,
        "set": "osh.boosting=on,off", "dataset": "cifar10", "trigger": ["on", "off"],
    }  # fmt: skip
    assert (others["dataset"], others["trigger"]) == (["places205", "labelme"], "on")


def test_datasets_are_listed_with_what_is_missing(tmp_path):
    lines = call("datasets", "list", "--data-dir", tmp_path).output.splitlines()
    assert "sample: CIFAR-10 sample (no file needed)" in lines
    assert f"labelme: LabelMe (missing LabelMe_GIST.mat in {tmp_path})" in lines


def test_info_says_which_file_is_needed_and_where_it_is_published():
    said = call("datasets", "info", "places205").output
    assert "Places205_AlexNet_fc7_PCA128.mat" in said
    assert "github.com/fcakir/mihash" in said
    assert "--set synthetic.difficulty=1.0" in call("datasets", "info", "synthetic").output
    assert "did you mean 'places205'" in call("datasets", "info", "place205").output


def test_prepare_fills_the_cache(tmp_path):
    done = call("datasets", "prepare", "sample", "--cache-dir", tmp_path)
    assert "11000 rows of 128 features, labels" in done.output
    assert list(tmp_path.glob("sample-*/features.npy"))
