"""``mihash-bench remove``: runs of a results folder that are not wanted any more."""

from pathlib import Path
from typing import Any

import click

from mihash_bench.cli.complete import COMPLETIONS
from mihash_bench.cli.options import Comma, EachOptionOnce, plugin_option, results_argument
from mihash_bench.cli.printing import complain, say

# The same as in store._declared, which is not imported because it would load NumPy and h5py for every --help.
STATUSES = ("done", "failed", "timeout", "killed", "skipped")

EXAMPLES = """
\b
Examples:
  mihash-bench remove results --method okh --bits 8,16
  mihash-bench remove results --status failed,killed,timeout --yes
"""


@click.command(cls=EachOptionOnce, epilog=EXAMPLES)
@results_argument
@click.option("--setting", type=Comma(), help="Settings of the runs.", shell_complete=COMPLETIONS["setting"])
@click.option("--dataset", type=Comma(), help="Datasets of the runs.", shell_complete=COMPLETIONS["dataset"])
@click.option("--method", type=Comma(), help="Methods of the runs.", shell_complete=COMPLETIONS["method"])
@click.option("--variant", multiple=True, help="Variants, such as step_size=0.5; '' for all defaults; may be repeated.")
@click.option("--bits", type=Comma(click.IntRange(1)), help="Code lengths of the runs.")
@click.option("--trigger", type=Comma(click.Choice(("on", "off"))), help="Triggers of the runs.")
@click.option("--trial", type=Comma(click.IntRange(0)), help="Trials of the runs, counted from 0.")
@click.option("--status", type=Comma(click.Choice(STATUSES)), help=f"Statuses of the runs: {', '.join(STATUSES)}.")
@click.option(
    "--code-older", is_flag=True,
    help="Only runs of plug-ins whose code has changed since, and of older versions of a method.",
)  # fmt: skip
@click.option("--yes", is_flag=True, help="Remove the runs. Without it they are only listed.")
@plugin_option
@click.pass_context
def remove(
    ctx: click.Context, /, results: Path, code_older: bool, yes: bool, **columns: tuple[Any, ...] | None
) -> None:
    """List the runs that all given options choose, or remove them with --yes.

    The files beside a run, with hash functions and later metrics, are removed with it. Links below the results folder
    are not followed. Nothing is removed while a sweep is running in the folder.

    Exit codes: 0, all chosen runs are listed or removed; 1, some are still there; 2, bad input.
    """
    from mihash_bench.report.removing import Filter, remove_runs

    values = {name: value for name, value in columns.items() if value}
    lines, code = remove_runs(results, Filter(values, code_older), complain, yes=yes)
    for line in lines:
        say(line)
    ctx.exit(code)
