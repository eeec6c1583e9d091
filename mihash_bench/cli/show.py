"""``mihash-bench show``: one run, what made it, and the command that makes it again."""

from pathlib import Path

import click

from mihash_bench.cli.options import plugin_option, results_option
from mihash_bench.cli.printing import say

EXAMPLE = """
\b
Examples:
  mihash-bench show results/runs/online/sample/mihash/32b-on-t0-b1c2d3e4.h5
  mihash-bench show b1c2d3e4 --json
"""


@click.command(epilog=EXAMPLE)
@click.argument("run")
@results_option
@plugin_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text for people.")
@click.pass_context
def show(ctx: click.Context, run: str, results: Path, as_json: bool) -> None:
    """Print what made a run and the command that makes it again.

    RUN is the path of a run file, or at least the first 4 digits of a run's key, which is looked for in the results
    folder. Printed are the configuration, the versions, the ends of the curve, what made the run, and the command,
    which has every option that is not at its default. In JSON, numbers that are not finite are null.

    Exit codes: 0, the file is sound; 1, it contradicts itself; 2, bad input.
    """
    from mihash_bench.report.show import described, json_of, lines_of
    from mihash_bench.store.find import run_file

    found = described(run_file(run, results))
    if as_json:
        click.echo(json_of(found))
    else:
        for line in lines_of(found):
            say(line)
    ctx.exit(1 if found["fault"] else 0)
