"""``mihash-bench new``: begin a method, batch method, dataset or metric of your own."""

from pathlib import Path

import click

from mihash_bench.cli.options import Named
from mihash_bench.cli.printing import say

# The same as in studies.skeleton, which would import all registries for every --help.
KINDS = ("method", "batch-method", "dataset", "metric")

EXAMPLE = """
\b
Examples:
  mihash-bench new method my_method.py
  mihash-bench run --plugin my_method.py --method my-method,lsh
"""


@click.command(epilog=EXAMPLE)
@click.argument("kind", type=click.Choice(KINDS), metavar="KIND")
@click.argument("file", type=Named("file"))
def new(kind: str, file: Path) -> None:
    """Write a short Python file with a class of your own that runs and learns something, as a beginning.

    KIND is method, batch-method, dataset or metric. The class is named after the file. A file that exists is never
    overwritten. `docs/plugins.md` explains what each kind has to do.
    """
    from mihash_bench.studies.skeleton import write_skeleton

    commands = write_skeleton(kind, file)
    say(f"{file}: a {kind.replace('-', ' ')} of your own. Next:")
    for command in commands:
        say(f"  mihash-bench {command}")
