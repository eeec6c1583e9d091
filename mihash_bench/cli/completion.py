"""``mihash-bench completion``: the script that completes its commands in a shell."""

import click
from click.shell_completion import get_completion_class

from mihash_bench.cli.shells import PROGRAM, SHELLS, VARIABLE

EXAMPLE = """
\b
Examples:
  eval "$(mihash-bench completion bash)"                                     in ~/.bashrc
  eval "$(mihash-bench completion zsh)"                                      in ~/.zshrc, after compinit
  mihash-bench completion fish > ~/.config/fish/completions/mihash-bench.fish
"""


@click.command(epilog=EXAMPLE)
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that completes verbs, options, names and values in bash, zsh or fish.

    Names are those of methods, datasets, metrics, presets and settings; --set is completed with parameters and their
    values. bash has to be version 4.4 or later.
    """
    kind = get_completion_class(shell)
    assert kind is not None  # the choices are the shells of shells.py
    click.echo(kind(ctx.find_root().command, {}, PROGRAM, VARIABLE).source(), nl=False)
