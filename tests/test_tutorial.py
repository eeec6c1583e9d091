"""The tutorial's commands exist. ``make tutorial`` types them, in a fresh environment."""

import re
import shlex
import subprocess

import click
import pytest

from mihash_bench.cli.main import main
from tests.tutorial import blocks, says, type_blocks

COMMANDS = [text for kind, text in blocks() if kind == "bash"]
TYPED = [line for text in COMMANDS for line in text.splitlines() if line.startswith("mihash-bench ")]


def words_of(line):
    return shlex.split(re.sub(r"\s*[>|&].*", "", line))[1:]


@pytest.mark.parametrize("text", COMMANDS)
def test_the_shell_can_read_every_block(text):
    subprocess.run(["bash", "-n", "-c", text], check=True)


@pytest.mark.parametrize("line", TYPED)
def test_every_command_has_a_verb_and_options_that_exist(line):
    command, words = main, words_of(line)
    while isinstance(command, click.Group):
        command = command.commands[words.pop(0)]
    known = {option for each in command.params for option in each.opts}
    assert {word for word in words if word.startswith("-")} <= known


def test_the_page_names_what_its_commands_print():
    assert len(TYPED) > 10
    assert len([line for kind, text in blocks() if kind == "text" for line in text.splitlines()]) > 15


def test_dots_stand_for_anything_within_a_line():
    assert says("9 to do, 2 in parallel.\nNext", "9 to do, …")
    assert not says("19 to do, 2 in parallel.", "9 to do, …")


def test_a_command_that_fails_is_noticed(tmp_path):
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    with pytest.raises(AssertionError, match="exit code 3 after"):
        type_blocks(tmp_path, tmp_path, tmp_path)
