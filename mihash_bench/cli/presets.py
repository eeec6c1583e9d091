"""``mihash-bench presets``: the sweeps that ship with the package."""

import click

from mihash_bench.cli.complete import COMPLETIONS
from mihash_bench.cli.options import check_name
from mihash_bench.cli.printing import say


@click.group()
def presets() -> None:
    """List and show the sweeps that ship with the package, for run --preset."""


@presets.command("list", epilog="\b\nExample:\n  mihash-bench presets list\n")
def list_presets() -> None:
    """List the presets with their titles."""
    import tomllib

    from mihash_bench.sweeps.files import preset_names, preset_text

    for name in preset_names():
        say(f"{name}: {tomllib.loads(preset_text(name))['title']}")


@presets.command(epilog="\b\nExample:\n  mihash-bench presets show paper > mine.toml\n")
@click.argument("name", shell_complete=COMPLETIONS["preset"])
def show(name: str) -> None:
    """Print a preset as TOML, for example as a starting point for --config.

    Comments at the end list the options that the preset leaves at their defaults.
    """
    from mihash_bench.sweeps.files import preset_names, preset_with_defaults

    check_name(name, preset_names())
    click.echo(preset_with_defaults(name), nl=False)
