"""``mihash-bench plot``: curves and tables."""

from pathlib import Path
from typing import Any

import click

from mihash_bench.cli.choosing import choice_of, choosing_options
from mihash_bench.cli.command_line import made_by
from mihash_bench.cli.complete import COMPLETIONS
from mihash_bench.cli.options import (
    Comma,
    Named,
    code_option,
    plugin_option,
    provenance_option,
    results_argument,
    strict_option,
)
from mihash_bench.cli.printing import complain, say
from mihash_bench.settings.base import listed_settings

AXES = tuple(dict.fromkeys(axis.column for setting in listed_settings() for axis in setting.axes))

EXAMPLE = """
\b
Examples:
  mihash-bench plot
  mihash-bench plot results -o figures --x examples --y mAP
"""


@click.command(epilog=EXAMPLE)
@results_argument
@click.option("-o", "--output", type=Named("folder"), help="Output folder.  [default: RESULTS/figures]")
@click.option(
    "--x",
    "xs",
    type=Comma(click.Choice(AXES)),
    help=f"X axes of the curves, out of {', '.join(AXES)}.  [default: all axes of the setting]",
)
@click.option(
    "--y", "ys", type=Comma(), shell_complete=COMPLETIONS["metric"],
    help="Metrics.  [default: the first metric of the runs]",
)  # fmt: skip
@choosing_options
@code_option
@plugin_option
@strict_option
@provenance_option
@click.pass_context
def plot(
    ctx: click.Context,
    /,
    results: Path,
    output: Path | None,
    xs: tuple[str, ...] | None,
    ys: tuple[str, ...] | None,
    code: str,
    strict: bool,
    no_provenance: bool,
    **options: Any,
) -> None:
    """Draw the curves of all finished runs (PDF, PNG) and write their tables to the same folder.

    Panels are arranged by dataset (columns) and code length (rows). Lines are means over trials, and bands show one
    standard deviation. Checkpoints are connected by straight lines; markers only help to tell the lines apart. Solid
    lines with filled markers are runs with the trigger on, dashed lines with hollow markers are runs with the trigger
    off. Each setting has its own files. Batch runs have one more figure, which shows the objective of each method.

    What made each file (the command, versions, keys of the runs) is in its metadata or in a comment, and in a file
    beside it that ends in .provenance.json. It names neither the user nor the host nor a folder outside of the working
    directory.
    """
    from mihash_bench.report.folder import write_figures

    folder, every = output or results / "figures", code == "all"
    made = made_by(ctx, no_provenance)
    choice = choice_of(options)
    for path in write_figures(
        results, folder, xs, ys, complain, strict=strict, every_code=every, made_by=made, choice=choice
    ):
        say(path)
