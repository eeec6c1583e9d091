"""Printing lines on the terminal: whatever a name or a message contains, it controls neither terminal nor layout."""

from typing import Any

import click

from mihash_bench.cli.streams import say_error
from mihash_bench.text import one_line


def say(line: Any, *, err: bool = False) -> None:
    """Print one line with visible control characters."""
    if err:
        say_error(one_line(line))
    else:
        click.echo(one_line(line))


def complain(line: str) -> None:
    """Print a line to standard error, such as the reason why a file was left out."""
    say(line, err=True)
