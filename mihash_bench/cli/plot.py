"""``mihash-bench plot``: curves and, beside them, tables."""

from pathlib import Path

import click

from mihash_bench.cli.options import Comma, complain, results_argument, strict_option
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
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Folder for the files.  [default: RESULTS/figures]"
)
@click.option(
    "--x",
    "xs",
    type=Comma(click.Choice(AXES)),
    help=f"X axes of the curves.  [default: those of the runs' setting, of {', '.join(AXES)}]",
)
@click.option("--y", "ys", type=Comma(), help="Metrics.  [default: the first metric of the runs]")
@strict_option
def plot(
    results: Path, output: Path | None, xs: tuple[str, ...] | None, ys: tuple[str, ...] | None, strict: bool
) -> None:
    """Draw the curves of all finished runs in a results folder (PDF, PNG) and write their tables beside them.

    Panels are arranged by dataset (columns) and code length (rows). Lines are means over trials and bands one standard
    deviation. Lines are straight between checkpoints; markers only tell the lines apart. A solid line with filled
    markers means that the trigger was on, a dashed one with hollow markers that it was off. Each setting has files of
    its own; batch runs have one more figure, of the objective that each method minimises.
    """
    from mihash_bench.report.folder import write_figures

    for path in write_figures(results, output or results / "figures", xs, ys, complain, strict=strict):
        click.echo(path)
