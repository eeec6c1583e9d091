"""What commands of examples print, and how they fail."""

import pytest
from making.terminal import ExampleError, Terminal


def test_both_outputs_are_shown_without_colours_and_without_the_name_of_the_home_folder(tmp_path):
    terminal = Terminal(tmp_path / "work")
    shown = terminal.type("printf '\\033[1mout\\033[0m\\n'; echo $HOME/x >&2")
    assert shown == "out\n~/x"


def test_commands_are_typed_in_one_folder_and_know_nothing_of_the_user(tmp_path, monkeypatch):
    monkeypatch.setenv("MATPLOTLIBRC", "/somewhere")
    terminal = Terminal(tmp_path / "work")
    terminal.type("echo 1 > file")
    assert terminal.type("cat file; echo ${MATPLOTLIBRC-none}") == "1\nnone"


def test_a_command_that_ends_otherwise_than_announced_stops_the_build(tmp_path):
    terminal = Terminal(tmp_path / "work")
    with pytest.raises(ExampleError, match=r"exit code 3 instead of 0 after: echo why; exit 3\nwhy"):
        terminal.type("echo why; exit 3")
    assert terminal.type("echo why; exit 3", code=3) == "why"
    with pytest.raises(ExampleError, match="exit code 0 instead of 1"):
        terminal.type("true", code=1)


def test_a_command_before_a_pipe_that_fails_stops_the_build(tmp_path):
    with pytest.raises(ExampleError, match="exit code 1"):
        Terminal(tmp_path / "work").type("false | head")
