"""Completion: what a beginning of a word becomes, in click and in the shells that are installed."""

import os
import shutil
import subprocess
import sys

import click
import pytest
from click.shell_completion import ShellComplete, get_completion_class

from mihash_bench.cli.complete import COMPLETIONS
from mihash_bench.cli.main import main
from mihash_bench.cli.shells import PROGRAM, SHELLS, VARIABLE
from mihash_bench.registry import BATCH_METHODS, DATASETS, METHODS
from mihash_bench.sweeps.files import preset_names

from .calling import call


def completed(line):
    *words, incomplete = line.split(" ")
    found = ShellComplete(main, {}, PROGRAM, VARIABLE).get_completions(words, incomplete)
    return [item.value for item in found]


def commands(group=main):
    for command in group.commands.values():
        yield command
        if isinstance(command, click.Group):
            yield from commands(command)


OPTIONS = [(command, option) for command in commands() for option in command.params if isinstance(option, click.Option)]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("meth", ["methods"]),
        ("methods s", ["show"]),
        ("methods show sk", ["sketchhash"]),
        ("metrics show P@r", ["P@r2"]),
        ("metrics show prec", ["precision-at-k", "precision-in-ball"]),
        ("datasets info pl", ["places205", "places205-synthetic"]),
        ("features --backbone eff", ["efficientnet-lite0"]),
        ("features --backbone small --set s", ["small.weights_seed="]),
        ("datasets prepare cif", ["cifar10", "cifar10-images"]),
        ("presets show qu", ["quick"]),
        ("run --preset qu", ["quick"]),
        ("run --setting bat", ["batch-1", "batch-2"]),
        ("run --dataset sa", ["sample"]),
        ("run --dataset sample,sy", ["sample,synthetic"]),
        ("run --method lsh,o", ["lsh,okh", "lsh,osh"]),
        ("run --method osh,o", ["osh,okh"]),
        ("run --setting batch-1 --method d", ["dpsh", "dtsh"]),
        ("run --setting online --method d", []),
        ("run --setting nonsense --method d", ["dpsh", "dtsh"]),
        ("tune --method mihash,s", ["mihash,sdh", "mihash,shk"]),
        ("run --metric mAP,mAP@", ["mAP,mAP@1000", "mAP,mAP@1000[ties=expected]"]),
        ("table --metric P@r", ["P@r2"]),
        ("plot --y P@r", ["P@r2"]),
        ("plot --x train_s,ex", ["train_s,examples"]),
        ("run --trigger on,", ["on,off"]),
        ("run --set mihash.si", ["mihash.sigmoid_scale="]),
        ("run --method okh --dataset sample --set m", []),
        ("run --method okh --dataset sample --set s", ["sample.labels="]),
        ("run --set sketchhash.batch_size=", ["sketchhash.batch_size=none"]),
        ("run --set mihash.gradient=", ["mihash.gradient=exact", "mihash.gradient=released"]),
        ("run --set mihash.gradient=exact,", ["mihash.gradient=exact,released"]),
        ("run --set osh.boosting=o", ["osh.boosting=on", "osh.boosting=off"]),
        ("run --set mihash.sigmoid_scale=", ["mihash.sigmoid_scale=10.0", "mihash.sigmoid_scale=40.0"]),
        ("run --set mihash.absent=", []),
        ("run --set absent.alpha=", []),
        ("run --set mihash.decay=0 --set osh.st", ["osh.step_size="]),
        ("run --method lsh --method o", ["okh", "osh"]),
        ("run --metho", ["--method"]),
        ("completion f", ["fish"]),
    ],
)
def test_a_beginning_is_completed(line, words):
    assert completed(line) == words


def test_imported_datasets_are_completed_below_the_folder_that_is_named(tmp_path):
    (tmp_path / "imported").mkdir()
    (tmp_path / "imported" / "own-images.h5").touch()
    assert completed(f"run --data-dir {tmp_path} --dataset sample,own") == ["sample,own-images"]
    assert completed(f"datasets remove --data-dir {tmp_path} own") == ["own-images"]
    assert completed(f"datasets remove --data-dir {tmp_path} sam") == []


def test_empty_words_are_completed_with_every_name():
    assert completed("methods show ") == sorted({*METHODS.names(), *BATCH_METHODS.names()})
    assert completed("run --dataset ") == DATASETS.names()
    assert completed("run --preset ") == preset_names()
    every = {f"{name}.{parameter}=" for name in METHODS.names() for parameter in METHODS.get(name).constraints}
    assert every <= set(completed("run --set "))


def test_every_option_for_a_name_is_completed():
    flags = {f"--{name}": name for name in COMPLETIONS}
    named = [(command, option) for command, option in OPTIONS if flags.keys() & set(option.opts)]
    assert len(named) > 10
    without = [f"{command.name} {option.opts[0]}" for command, option in named if not option._custom_shell_complete]
    assert not without, f"these options have no shell_complete, see cli/complete.py: {without}"


def test_every_argument_that_is_a_name_is_completed():
    arguments = [
        (command, argument)
        for command in commands()
        for argument in command.params
        if argument.human_readable_name == "NAME"
    ]
    assert len(arguments) >= 5
    assert not [command.name for command, argument in arguments if not argument._custom_shell_complete]


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_names_the_program_and_is_what_the_shell_asks_for(shell):
    done = call("completion", shell)
    assert done.exit_code == 0
    assert f"{VARIABLE}={shell}_complete" in done.output
    assert "mihash-bench" in done.output
    assert "%" not in done.output.replace("%%,*", "").replace("'%s", "")
    syntax = shutil.which(shell)
    if syntax:
        assert subprocess.run([syntax, "-n"], input=done.stdout, text=True, check=False).returncode == 0


def test_an_unknown_shell_is_named_with_those_that_are_allowed():
    done = call("completion", "tcsh")
    assert done.exit_code == 2
    assert "'bash', 'zsh', 'fish'" in done.output


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("mihash-bench run --method lsh,mi", "lsh,mihash"),
        ("mihash-bench run --method=mi", "mihash"),
        ("mihash-bench run --set mihash.gradient=exact,r", "exact,released"),
        ("mihash-bench run --set=mihash.gradient=r", "released"),
        ("mihash-bench run --metric mAP@1000[", "@1000[ties=expected]"),
        ("mihash-bench datasets info places205-", "places205-synthetic"),
    ],
)
def test_bash_is_given_what_follows_its_last_word_break(line, said, monkeypatch):
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_BREAKS", " \t\n\"'@><=;|&(:")
    assert get_completion_class("bash")(main, {}, PROGRAM, VARIABLE).complete() == f"plain,{said}"


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_zsh_and_fish_are_given_the_whole_word(shell, monkeypatch):
    monkeypatch.setenv("COMP_WORDS", "mihash-bench run --set=mihash.gradient=r")
    monkeypatch.setenv("COMP_CWORD", {"zsh": "2", "fish": "--set=mihash.gradient=r"}[shell])
    said = get_completion_class(shell)(main, {}, PROGRAM, VARIABLE).complete()
    assert "--set=mihash.gradient=released" in said


def program(folder):
    """Put a program that is this command line into a folder."""
    path = folder / "mihash-bench"
    code = "import sys; sys.argv[0] = 'mihash-bench'; from mihash_bench.cli.main import main; main()"
    path.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{code}" "$@"\n')
    path.chmod(0o755)
    return {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_the_function_of_bash_fills_its_replies(tmp_path):
    script = (
        'eval "$(mihash-bench completion bash)"; compopt() { :; }; line="mihash-bench run --set mihash.gradient="; '
        'COMP_LINE=$line COMP_POINT=${#line}; _mihash_bench_completion mihash-bench; echo "${COMPREPLY[@]}"'
    )
    done = subprocess.run(["bash", "-c", script], env=program(tmp_path), capture_output=True, text=True, check=True)
    assert done.stdout == "exact released\n"


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
def test_fish_completes_values_with_commas(tmp_path):
    script = 'mihash-bench completion fish | source; complete -C "mihash-bench run --method lsh,mi"'
    done = subprocess.run(["fish", "-c", script], env=program(tmp_path), capture_output=True, text=True, check=True)
    assert done.stdout == "lsh,mihash\n"


@pytest.mark.parametrize("line", ["run --set ", "run --metric ", "methods show ", "run --method "])
def test_completion_imports_neither_numba_nor_torch(line):
    code = (
        "import sys\nfrom mihash_bench.cli.main import main\n"
        "try: main(prog_name='mihash-bench')\n"
        "except SystemExit: pass\n"
        "print(*{'numba', 'torch', 'matplotlib', 'pandas'} & set(sys.modules), file=sys.stderr)"
    )
    asked = {**os.environ, VARIABLE: "bash_complete", "COMP_WORDS": f"mihash-bench {line}"}
    done = subprocess.run([sys.executable, "-c", code], env=asked, capture_output=True, text=True, check=True)
    assert done.stderr.strip() == ""
    assert "plain,mihash" in done.stdout or "plain,mAP" in done.stdout
