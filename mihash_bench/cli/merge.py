"""``mihash-bench merge``: the runs of several results folders in one."""

from pathlib import Path

import click

from mihash_bench.cli.options import EachOptionOnce, Named, plugin_option
from mihash_bench.cli.printing import complain, say

# The same as in sweeps.merging, which is not imported because it would load NumPy and h5py for every --help.
PREFERS = ("first", "last", "newest")

EXAMPLES = """
\b
Examples:
  mihash-bench merge shard-1 shard-2 shard-3 -o results
  mihash-bench merge results from-the-cluster -o results --prefer newest
"""


@click.command(cls=EachOptionOnce, epilog=EXAMPLES)
@click.argument("folders", nargs=-1, required=True, type=Named("folder"))
@click.option(
    "-o", "--output", type=Named("folder"), required=True,
    help="Results folder to write to, which may be one of the others. Runs that it has already take part, too.",
)  # fmt: skip
@click.option(
    "--prefer", type=click.Choice(PREFERS),
    help="Which of several different copies of a run is kept: that of the first or last folder that has one, or the "
    "one that started last.  [default: such copies are named, and nothing is written]",
)  # fmt: skip
@plugin_option
@click.pass_context
def merge(ctx: click.Context, folders: tuple[Path, ...], output: Path, prefer: str | None) -> None:
    """Copy the runs of results folders, with the files beside them, into one folder.

    Every file is checked before it is copied, and those with a fault are named and left out. Equal copies count once. A
    finished run always takes the place of one that is not, and a copy with the values of single queries that of an
    equal one without them. Runs that are in the output folder only stay there. Nothing is written while a sweep is
    running in one of the folders.

    Exit codes: 0, all runs are in the output folder; 1, some files were left out; 2, bad input or copies that differ.
    """
    from mihash_bench.sweeps.merge import merge as merge_folders

    merged = merge_folders(folders, output, prefer, complain)  # type: ignore[arg-type]  # one of PREFERS
    for folder, number in merged.copied.items():
        if number:
            say(f"{folder}: {number} {'run' if number == 1 else 'runs'} copied")
    say(f"{output}: {sum(merged.copied.values()) + merged.there} runs, of which {merged.there} were there already")
    ctx.exit(1 if merged.left else 0)
