"""Pages of verbs."""

import re

import click
import pytest
from making import verbs
from making.terminal import ExampleError, Terminal
from making.verbs import Example, examples, help_of, verb_pages

from mihash_bench.cli.main import main
from tests.cli.calling import call


@pytest.mark.parametrize("verb", sorted(main.commands))
def test_every_verb_has_an_example_that_uses_it(verb):
    commands = [command for example in examples().get(verb, []) for command in example.commands]
    assert any(re.search(rf"\bmihash-bench {verb}\b", command) for command in commands)


def test_there_are_no_examples_of_verbs_that_do_not_exist():
    assert set(examples()) <= set(main.commands)


def test_the_help_of_a_page_is_that_of_the_command_line():
    below = main.commands["datasets"]
    assert isinstance(below, click.Group)
    for words, command in (("status", main.commands["status"]), ("datasets info", below.commands["info"])):
        # A command remembers the names of its option for help.
        command._help_option = None
        printed = call(*words.split(), "--help").output
        assert help_of(command, words).split() == printed.replace("Usage: main ", "Usage: mihash-bench ").split()


@pytest.fixture
def made(monkeypatch, tmp_path):
    """The pages that some examples give."""

    def made(**listed):
        monkeypatch.setattr(verbs, "examples", lambda: listed)
        verb_pages(tmp_path / "verbs", Terminal(tmp_path / "work"))
        return {file.stem: file.read_text() for file in (tmp_path / "verbs").glob("*.md")}

    return made


def test_a_page_shows_commands_with_what_they_print(made):
    page = made(status=[Example(("echo one", "seq 1 5"), say="Two commands:", lines=3)])["status"]
    assert "Two commands:\n\n```console\n$ echo one\none\n$ seq 1 5\n1\n2\n3\n[...]\n```" in page


def test_only_the_last_command_may_fail(made):
    assert "$ false\n```" in made(status=[Example(("true", "false"), code=1)])["status"]
    with pytest.raises(ExampleError, match="exit code 1 instead of 0 after: false"):
        made(status=[Example(("false", "true"), code=1)])


def test_a_figure_is_copied_to_the_others_and_shown_and_a_file_is_offered(made, tmp_path):
    page = made(plot=[Example(("echo '<svg/>' > curve.svg",), figure="curve.svg", download="curve.svg")])["plot"]
    assert "](../figures/curve.svg)" in page
    assert "<../figures/curve.svg>`" in page
    assert (tmp_path / "figures" / "curve.svg").read_text() == "<svg/>\n"


def test_a_page_says_that_a_package_was_missing(made, tmp_path):
    page = made(features=[Example(("touch typed",), needs="a_module_that_nobody_has")])["features"]
    assert "`a_module_that_nobody_has` was not installed" in page
    assert "$ touch typed" in page
    assert not (tmp_path / "work" / "typed").exists()
