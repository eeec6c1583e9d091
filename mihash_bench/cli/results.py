"""``mihash-bench table``, ``export`` and ``status``: what a results folder holds."""

from pathlib import Path

import click

from mihash_bench.cli.options import Comma, results_argument, strict_option

TABLE_EXAMPLES = """
\b
Examples:
  mihash-bench table results --format latex --metric mAP > table.tex
  mihash-bench table --published
"""


@click.command(epilog=TABLE_EXAMPLES)
@results_argument
@click.option(
    "--format",
    "form",
    type=click.Choice(["markdown", "latex", "csv"]),
    default="markdown",
    show_default=True,
    help="How to print it.",
)
@click.option("--metric", "metrics", type=Comma(), help="Metrics.  [default: the first metric of the runs]")
@click.option("--published", is_flag=True, help="Published figures beside ours, with what differs in the protocol.")
@strict_option
def table(results: Path, form: str, metrics: tuple[str, ...] | None, published: bool, strict: bool) -> None:
    """Print final metric, AUC, updates, bit recomputations and training seconds of all finished runs.

    Cells are mean and standard deviation over trials. AUC is the mean of the metric over the checkpoints. The best
    mean of each dataset and code length is bold, as are those that look the same when rounded. An asterisk marks what
    is worse than the best in every trial and by a paired randomisation test over queries; the CSV and the Markdown have
    differences, confidence intervals, effect sizes and p. Batch settings have a table of their own: a line a method, a
    column a code length, with seconds and memory of training.
    """
    from mihash_bench.cli.reporting import render_table

    click.echo(render_table(results, metrics, form, strict=strict, published=published))


@click.command(epilog="\b\nExample:\n  mihash-bench export results -o runs.csv\n")
@results_argument
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The CSV file.")
@strict_option
def export(results: Path, output: Path, strict: bool) -> None:
    """Write one CSV row for each run and checkpoint, in full precision.

    A run that is not done has one row with its status and nothing from examples on.
    """
    from mihash_bench.cli.reporting import write_export

    rows = write_export(results, output, strict=strict)
    click.echo(f"{output}: {rows} rows")


@click.command(epilog="\b\nExample:\n  mihash-bench verify results\n")
@results_argument
@click.pass_context
def verify(ctx: click.Context, results: Path) -> None:
    """Check every run file: its SHA-256, its schema, its key, its place, its curve. Exit code 1 if one is not whole.

    A flipped byte anywhere, a file cut short, a foreign one, one of a newer version and one with another run's key are
    each named in one line.
    """
    from mihash_bench.cli.reporting import print_faults

    ctx.exit(print_faults(results))


@click.command(epilog="\b\nExample:\n  mihash-bench status results\n")
@results_argument
def status(results: Path) -> None:
    """Count the runs by status and name those that are not done, with the reason and the end of the traceback."""
    from mihash_bench.cli.reporting import print_status

    print_status(results)
