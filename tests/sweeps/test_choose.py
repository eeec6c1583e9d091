import pytest

from mihash_bench.errors import InputError
from mihash_bench.sweeps.choose import chosen_sweeps, sweep_of


@pytest.fixture
def config(tmp_path):
    """A function that writes a config file."""

    def write(text):
        path = tmp_path / "mine.toml"
        path.write_text(text)
        return path

    return write


def test_without_anything_given_there_is_one_sweep_with_the_defaults():
    (sweep,) = chosen_sweeps({"bits": None})
    assert sweep.setting.name == "online"
    assert sweep.options == sweep.setting.options()


def test_given_options_override_the_config_which_overrides_the_preset(config):
    path = config("bits = 16\ntrials = 2\n")
    (sweep,) = chosen_sweeps({"trials": "5"}, "quick", path)
    # The preset has one trial, 32 bits and 11 checkpoints.
    assert (sweep.options.trials, sweep.options.bits, sweep.options.checkpoints) == (5, (16,), 11)


def test_options_change_every_sweep_of_a_preset():
    sweeps = chosen_sweeps({"trials": "1"}, "batch-1")
    assert [sweep.options.trials for sweep in sweeps] == [1, 1]


def test_set_values_of_methods_that_are_left_out_are_dropped(config):
    path = config('method = "osh,mihash"\nset = ["osh.boosting=off", "mihash.step_size=2"]\n')
    (sweep,) = chosen_sweeps({"method": "mihash"}, None, path)
    assert sweep.options.set == ("mihash.step_size=2",)


@pytest.mark.parametrize(
    ("text", "given", "said"),
    [
        ("bits = 0\n", {}, "--config .*mine.toml: bits: 0 is not allowed"),
        ("bits = 8\n", {"bits": "0"}, "^--bits: 0 is not allowed"),
        ("bitz = 8\n", {}, "mine.toml: 'bitz' is unknown; did you mean 'bits'"),
        ('setting = "batch-1"\ntrigger = "on"\n', {}, "mine.toml: trigger: batch-1 has no stream and no trigger"),
        ("", {"setting": "batch-3"}, "--setting: 'batch-3' is unknown"),
        ("", {"method": "shk"}, "--method: shk belongs to --setting batch-1"),
    ],
)
def test_an_error_names_the_option_or_the_file_that_has_it(config, text, given, said):
    with pytest.raises(InputError, match=said):
        chosen_sweeps(given, None, config(text))


def test_a_config_with_several_sweeps_is_refused_together_with_a_preset(config):
    path = config("[[sweep]]\nbits = 8\n[[sweep]]\nbits = 16\n")
    assert len(chosen_sweeps({}, None, path)) == 2
    with pytest.raises(InputError, match="has 2 sweeps"):
        chosen_sweeps({}, "quick", path)


def test_a_table_is_a_sweep():
    sweep = sweep_of({"setting": "batch-1", "method": ["sdh"], "bits": 12}, {"trials": 2})
    assert (sweep.setting.name, sweep.options.method, sweep.size) == ("batch-1", ("sdh",), 2)


def test_the_names_of_settings_are_known_before_plug_ins_are_loaded(config, tmp_path):
    plugin = tmp_path / "broken.py"
    plugin.write_text("raise SystemExit('loaded')")
    path, found = config('[[sweep]]\nsetting = "batch-1"\n[[sweep]]\nbits = 8\n'), []
    for given in ({}, {"setting": "batch-2"}):
        with pytest.raises(InputError, match="--plugin"):
            chosen_sweeps({**given, "plugin": (str(plugin),)}, config=path, before_plugins=found.append)
    assert found == [{"batch-1", "online"}, {"batch-2"}]
