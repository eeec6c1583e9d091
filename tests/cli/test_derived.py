import re

import click
import pytest
from click.testing import CliRunner

from mihash_bench.cli.derived import options_of_settings
from mihash_bench.settings.base import listed_settings


@click.command()
@options_of_settings
def verb(**options):
    """Print the given options."""
    click.echo(repr({name: value for name, value in options.items() if value is not None}))


def printed(*arguments):
    done = CliRunner().invoke(verb, arguments)
    assert done.exit_code == 0, done.output
    return done.output.strip()


@pytest.fixture(scope="module")
def help_of():
    """A function that returns the help of one option in one line."""
    text = CliRunner().invoke(verb, ["--help"], terminal_width=1000).output

    def one(name):
        return re.search(rf"^ *{name} .*$", text, re.M)[0]

    return one


def test_every_option_of_every_setting_is_there_once(help_of):
    for setting in listed_settings():
        for name in setting.options.declared():
            assert help_of(f"--{name.replace('_', '-')}")
    assert len([each for each in verb.params if each.name == "method"]) == 1


def test_help_names_the_settings_that_have_an_option_and_their_defaults(help_of):
    assert "Only for --setting online." in help_of("--reservoir")
    assert "Only for" not in help_of("--bits")
    assert help_of("--reservoir").endswith("[default: 200]")
    method = help_of("--method")
    for setting in listed_settings():
        assert f"{','.join(setting.options.defaults()['method'])} for {setting.name}" in method


def test_values_stay_text_and_options_that_are_not_given_are_none():
    assert printed() == "{}"
    assert printed("--bits", "8,16", "--set", "a.b=1,2", "--set", "c.d=3") == (
        "{'bits': '8,16', 'set': ('a.b=1,2', 'c.d=3')}"
    )
