"""``mihash-bench compare``: the differences between two results folders."""

from pathlib import Path

import click

from mihash_bench.cli.complete import COMPLETIONS
from mihash_bench.cli.options import Comma, Named, format_option, plugin_option
from mihash_bench.cli.printing import complain, say

EXAMPLES = """
\b
Examples:
  mihash-bench compare results-before results-after
  mihash-bench compare main branch --metric mAP,P@r2 --fail-if-worse 0.01
"""


@click.command(epilog=EXAMPLES)
@click.argument("a", type=Named("folder"))
@click.argument("b", type=Named("folder"))
@format_option
@click.option(
    "--metric", "metrics", type=Comma(), shell_complete=COMPLETIONS["metric"],
    help="Metrics.  [default: the first metric of both folders]",
)  # fmt: skip
@click.option(
    "--fail-if-worse",
    type=float,
    metavar="AMOUNT",
    help="Exit with code 1 if the mean of B is worse than that of A by more than this amount of the metric in any row.",
)
@click.option(
    "--strict",
    is_flag=True,
    help="Fail if a file cannot be used or a run cannot be compared, instead of leaving it out.",
)
@plugin_option
@click.pass_context
def compare(
    ctx: click.Context,
    a: Path,
    b: Path,
    form: str,
    metrics: tuple[str, ...] | None,
    fail_if_worse: float | None,
    strict: bool,
) -> None:
    """Compare the runs of two results folders, A and B, with paired tests over queries.

    Runs are paired by setting, dataset, code length, method, variant, trigger, protocol and trial. Each row has the
    means over the common trials, the difference B - A with its confidence interval, and the p-value of a paired
    randomisation test, as in the tables. Runs that cannot be compared, because they are of other data, another
    protocol, other trials or other splits, are named on standard error.

    --fail-if-worse is meant for continuous integration. It knows metrics of which smaller values are better. Together
    with --strict it also notices missing runs.
    """
    from mihash_bench.report.render import render_comparison
    from mihash_bench.report.two_folders import check_amount, compare_folders, worse_lines

    if fail_if_worse is not None:
        check_amount(fail_if_worse)
    frame = compare_folders(a, b, metrics, complain, strict=strict)
    click.echo(render_comparison(frame, form).rstrip("\n"))
    lines = [] if fail_if_worse is None else worse_lines(frame, fail_if_worse)
    for line in lines:
        say(line, err=True)
    ctx.exit(1 if lines else 0)
