"""``mihash-bench plot``: curves and, beside them, tables."""

from pathlib import Path

import click

from mihash_bench.cli.options import Comma, results_argument, strict_option

AXES = ("examples", "train_s", "bit_recomputations", "epoch")

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
    help="What the curves run over.  [default: examples,train_s,bit_recomputations; of batch runs epoch,train_s]",
)
@click.option("--y", "ys", type=Comma(), help="Metrics.  [default: the first metric of the runs]")
@strict_option
def plot(
    results: Path, output: Path | None, xs: tuple[str, ...] | None, ys: tuple[str, ...] | None, strict: bool
) -> None:
    """Draw the curves of all finished runs in a results folder (PDF, PNG) and write their tables beside them.

    One column of panels a dataset, one row a code length; lines are means over trials, bands one standard
    deviation; lines go straight from checkpoint to checkpoint, and markers only tell them apart. The trigger on is a
    solid line with filled markers, off a dashed one with hollow markers. Batch runs have files of their own, with one
    more figure of what each method minimises.
    """
    from mihash_bench.cli.reporting import write_figures

    for path in write_figures(results, output or results / "figures", xs, ys, strict=strict):
        click.echo(path)
