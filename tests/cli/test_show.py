"""``show``: what made a run, and the command that makes it again."""

import json
import shlex
from dataclasses import replace

import pytest

import mihash_bench
from mihash_bench.methods.mihash import MIHash
from mihash_bench.parameters import defaults
from mihash_bench.store.run_file import read_run, write_run

from ..conftest import forget_plugins
from ..plugins import DATASET, METHOD
from ..records import config_text, record, write
from .calling import call

SWEEP = {
    "online": [
        "--method", "mihash,lsh", "--bits", "8,12", "--trials", "2", "--examples", "200", "--checkpoints", "3",
        "--set", "mihash.step_size=0.5,2", "--set", "mihash.gradient=released", "--threshold", "0.001", "--seed", "7",
        "--metric", "mAP,P@r2", "--reservoir", "100", "--update-interval", "50",
    ],
    "batch-1": [
        "--setting", "batch-1", "--method", "mihash", "--bits", "8", "--trials", "2", "--checkpoints", "1",
        "--set", "mihash.epochs=1", "--dataset", "synthetic", "--set", "synthetic.n=6000",
        "--set", "synthetic.classes=3",
    ],
}  # fmt: skip
PARAMETERS = {name: value for name, value in sorted(defaults(MIHash).items()) if name not in ("n_bits", "random_state")}


def equal(a, b):
    """Whether two runs are equal as docs/run-files.md defines it."""
    curves = [{name: c.tobytes() for name, c in each.curve.items() if not name.endswith("_s")} for each in (a, b)]
    others = [
        {name: c.tobytes() for group in (each.trigger, each.final) for name, c in group.items()} for each in (a, b)
    ]
    return curves[0] == curves[1] and others[0] == others[1]


@pytest.mark.slow
@pytest.mark.parametrize(("setting", "pattern"), [("online", "mihash/12b-on-t1-*.h5"), ("batch-1", "8b-off-t1-*.h5")])
def test_the_printed_command_makes_the_same_run_in_an_empty_folder(setting, pattern, tmp_path, cache_dir, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = call("run", *SWEEP[setting], "--cache-dir", cache_dir, "-j", "1")
    assert made.exit_code == 0, made.output
    path = next(path for path in sorted((tmp_path / "results").rglob("*.h5")) if path.match(pattern))
    command = shlex.split(call("show", path).stdout.splitlines()[-1])
    assert json.loads(call("show", path, "--json").stdout)["command"] == command
    again = call(*command[1:], "-o", tmp_path / "again", "--cache-dir", cache_dir)
    assert again.exit_code == 0, again.output
    (only,) = (tmp_path / "again").rglob("*.h5")
    assert only.name == path.name
    first, second = read_run(path), read_run(only)
    assert first.attributes["key"] == second.attributes["key"]
    assert equal(first, second)


def test_show_prints_config_curve_and_key_and_gives_the_same_as_json(tmp_path):
    path = write(tmp_path, record(trial=3, bits=16))
    key = str(read_run(path).attributes["key"])
    text = call("show", path).stdout
    assert text.startswith("sample lsh 16 bits, trigger on, trial 3: done\n")
    assert f"\nkey: {key}\n" in text
    assert "\n  mAP: 0.25, 0.5\n" in text
    assert "--trial 3" in text.splitlines()[-1]
    told = json.loads(call("show", path, "--json").stdout)
    assert told["attributes"]["config"] == json.loads(config_text(trial=3, bits=16))
    assert told["curve"]["mAP"] == {"first": 0.25, "last": 0.5}
    assert told["fault"] == ""


def test_a_run_is_found_by_the_first_digits_of_its_key(tmp_path):
    paths = [write(tmp_path, record(trial=trial)) for trial in range(3)]
    key = str(read_run(paths[1]).attributes["key"])
    for digits in (6, 8, 64):
        assert f"key: {key}" in call("show", key[:digits], "-o", tmp_path).stdout


def test_a_folder_in_which_the_run_may_be_but_that_cannot_be_read_is_named(tmp_path):
    write(tmp_path, record())
    loop = tmp_path / "runs" / "loop"
    loop.symlink_to(tmp_path / "runs")
    done = call("show", "0000", "-o", tmp_path)
    assert done.exit_code == 2
    assert "has a key that begins with 0000 (allowed" in done.stderr
    assert done.stderr.endswith(f"; {loop}: cannot be read (Too many levels of symbolic links)\n")


@pytest.mark.parametrize(
    ("run", "said"),
    [
        ("nothing.h5", "RUN: 'nothing.h5' is no file (allowed: the path of a run file, or at least the first 4 digits"),
        ("abc", "RUN: 'abc' is no file (allowed"),
        (".", "RUN: '.' is a folder (allowed"),
        ("0000", "has a key that begins with 0000 (allowed"),
        ("a\x1b[31m", "RUN: 'a\\x1b[31m' is no file"),
        ("x" * 5000, "is no file"),
    ],
)
def test_what_is_no_run_is_refused_in_one_line(run, said, tmp_path):
    write(tmp_path, record())
    done = call("show", run, "-o", tmp_path)
    assert done.exit_code == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_key_of_two_runs_is_refused(tmp_path):
    path = write(tmp_path, record())
    path.with_name(path.name.replace("8b-on-t0", "8b-on-t9")).write_bytes(path.read_bytes())
    digits = str(read_run(path).attributes["key"])[:8]
    done = call("show", digits, "-o", tmp_path)
    assert f"RUN: 2 runs in {tmp_path} have keys that begin with {digits}" in done.stderr


def test_a_file_that_contradicts_itself_is_shown_with_its_fault_and_without_a_command(tmp_path):
    made = record()
    path = tmp_path / "changed.h5"
    write_run(path, replace(made, attributes={**made.attributes, "bits": 9, "method_title": "\x1b[31mred\nline"}))
    done = call("show", path)
    assert done.exit_code == 1
    assert "This file cannot be trusted: bits is 9, but its config says 8" in done.stdout
    assert "  none: the file contradicts itself" in done.stdout
    assert "\x1b" not in done.stdout
    assert "\n  method_title: \\x1b[31mred line\n" in done.stdout
    assert json.loads(call("show", path, "--json").stdout)["command"] is None


def test_texts_that_are_no_usual_json_are_shown_or_refused_in_one_line(tmp_path):
    made = record()
    odd = {"versions": '{"a": NaN, "b": Infinity}', "machine": "{", "threads": "[" * 3_000}
    write_run(tmp_path / "odd.h5", replace(made, attributes={**made.attributes, **odd}))
    told = json.loads(call("show", tmp_path / "odd.h5", "--json").stdout)
    assert told["attributes"]["versions"] == {"a": None, "b": None}
    assert told["attributes"]["machine"] == "{"
    assert told["attributes"]["threads"] == "[" * 3_000
    assert "  machine: {\n" in call("show", tmp_path / "odd.h5").stdout
    for depth in range(500, 1_000, 20):
        deep = f'{{"x": {"[" * depth}{"]" * depth}}}'
        write_run(tmp_path / "deep.h5", replace(made, attributes={**made.attributes, "versions": deep}))
        for words in ((), ("--json",)):
            done = call("show", tmp_path / "deep.h5", *words)
            assert done.exit_code in (0, 2)
            assert done.exit_code == 0 or (done.stderr.count("\n") == 1 and "RUN: " in done.stderr)


def test_a_run_of_another_version_of_its_method_says_that_the_command_gives_another_key(tmp_path):
    text = call("show", write(tmp_path, record(method="mihash", method_parameters=PARAMETERS))).stdout
    assert "It gives another key here: the run is of version 1 of mihash, here is version 2." in text


def test_a_run_of_a_setting_that_is_not_installed_has_no_command(tmp_path):
    done = call("show", write(tmp_path, record(setting="elsewhere")))
    assert done.exit_code == 0
    assert "  none: --setting: 'elsewhere' is unknown" in done.stdout


@pytest.mark.parametrize("module", ["cli", "api"])
def test_the_run_file_holds_what_made_it_without_naming_anybody(module, tmp_path, cache_dir, monkeypatch):
    home = tmp_path / "zoe"
    (home / "data").mkdir(parents=True)
    monkeypatch.chdir(home)
    for name, value in {"HOME": str(home), "USER": "zoe", "LOGNAME": "zoe", "HOSTNAME": "wombat"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("socket.gethostname", lambda: "wombat")
    (home / "mine.toml").write_text(f'method = "lsh"\nbits = 8\ntrials = 1\n# zoe on wombat in {home}\n')
    if module == "cli":
        words = ["--config", home / "mine.toml", "--examples", "100", f"-o{home}/out", f"--data-dir={home}/data"]
        done = call("run", *words, "--cache-dir", cache_dir, "--trigger", "on")
        assert done.exit_code == 0, done.output
    else:
        given = {"config": home / "mine.toml", "examples": 100, "trigger": "on", "progress": False}
        mihash_bench.run(results=home / "out", cache_dir=cache_dir, **given)
    (path,) = (home / "out").rglob("*.h5")
    told = json.loads(call("show", path, "--json").stdout)
    facts = told["origin"]
    if module == "cli":
        assert facts["command"].startswith(
            "mihash-bench run --config mine.toml --examples 100 -oout --data-dir=data --cache-dir"
        )
    else:
        assert (facts["made_by"], facts["call"]) == ("python", "mihash_bench.run")
        assert "command" not in facts
    assert facts["sweep_files"][0]["text"].endswith("# USER on HOST in .\n")
    assert not [name for name in ("zoe", "wombat", str(tmp_path)) if name in json.dumps(facts)]
    text = call("show", path).stdout
    assert "\n  --config mine.toml, SHA-256 " in text
    assert '\n    method = "lsh"\n' in text


@pytest.mark.usefixtures("forgotten_plugins")
@pytest.mark.parametrize("loaded", [True, False])
def test_the_command_of_a_run_with_plug_ins_loads_them_and_makes_the_same_run(loaded, tmp_path, cache_dir, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "my.py").write_text(METHOD + DATASET)
    small = ["--dataset", "my-data", "--set", "my-data.n=700", "--bits", "8", "--trial", "1", "--checkpoints", "2"]
    words = [*small, "--method", "mine", "--trigger", "on", "--examples", "200", "--cache-dir", cache_dir]
    done = call("run", *words, "--plugin", tmp_path / "own" / "my.py")
    assert done.exit_code == 0, done.output
    (path,) = (tmp_path / "results").rglob("*.h5")
    if not loaded:
        forget_plugins()
    told = json.loads(call("show", path, "--json").stdout)
    assert told["differs_here"] == []
    assert told["code_unknown"] == (not loaded)
    assert ("because the plug-in is not loaded" in call("show", path).stdout) == (not loaded)
    assert told["origin"]["plugins"][0]["texts"] == {"my.py": METHOD + DATASET}
    command = told["command"]
    assert command[command.index("--plugin") + 1] == "own/my.py"
    assert "my-data.n=700" in command
    assert ("my-data.d=8" in command) == (not loaded)
    again = call(*command[1:], "-o", "again", "--cache-dir", cache_dir)
    assert again.exit_code == 0, again.output
    (only,) = (tmp_path / "again").rglob("*.h5")
    assert only.name == path.name
    assert equal(read_run(path), read_run(only))


def test_a_stream_longer_than_the_database_is_made_again_with_as_many_epochs(tmp_path, cache_dir):
    small = ["--dataset", "synthetic", "--set", "synthetic.n=600", "--method", "lsh", "--bits", "8", "--trials", "1"]
    words = [*small, "--trigger", "on", "--examples", "800", "--epochs", "2", "--checkpoints", "2"]
    done = call("run", *words, "-o", tmp_path, "--cache-dir", cache_dir)
    assert done.exit_code == 0, done.output
    (path,) = tmp_path.rglob("*.h5")
    command = json.loads(call("show", path, "--json").stdout)["command"]
    assert command[command.index("--epochs") + 1] == "2"
    again = call(*command[1:], "-o", tmp_path / "again", "--cache-dir", cache_dir, "--dry-run")
    assert again.exit_code == 0, again.output
