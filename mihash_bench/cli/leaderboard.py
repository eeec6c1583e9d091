"""``mihash-bench leaderboard``: which method is best on each dataset, and at which cost."""

from pathlib import Path
from typing import Any

import click

from mihash_bench.cli.choosing import choice_of, choosing_options
from mihash_bench.cli.command_line import made_by
from mihash_bench.cli.complete import COMPLETIONS
from mihash_bench.cli.options import (
    RESULTS_DEFAULT,
    Named,
    code_option,
    plugin_option,
    provenance_option,
    strict_option,
)
from mihash_bench.cli.parts import config_option
from mihash_bench.cli.printing import complain, say
from mihash_bench.cli.tuned import tuned_option

EXAMPLE = """
\b
Examples:
  mihash-bench leaderboard results -o leaderboard.md
  mihash-bench leaderboard results more-results --tuned tuned-results -o docs/leaderboard.md
"""


@click.command(epilog=EXAMPLE)
@click.argument("results", type=Named("folder"), nargs=-1)
@config_option("leaderboard")
@tuned_option
@click.option(
    "-o", "--output", type=Named("file", dir_okay=False, readable=False),
    help="Markdown file to write; figures are written beside it.  [default: RESULTS/leaderboard.md]",
)  # fmt: skip
@click.option("--metric", shell_complete=COMPLETIONS["metric"], help="Metric.  [default: the first metric of the runs]")
@choosing_options
@code_option
@plugin_option
@strict_option
@provenance_option
@click.pass_context
def leaderboard(
    ctx: click.Context,
    /,
    results: tuple[Path, ...],
    tuned: tuple[Path, ...],
    output: Path | None,
    metric: str | None,
    code: str,
    strict: bool,
    no_provenance: bool,
    **options: Any,
) -> None:
    """Write which method is best on each dataset, at which cost, with defaults and tuned parameters.

    RESULTS are one or several results folders; `results` if left out. The page has a section for each dataset,
    protocol, table policy and budget. Each has a table of all methods by code length with ranks, in which what differs
    significantly from the best is marked, and what does not, too; the Pareto front of the metric and the bit
    recomputations, as a table and as a figure (SVG); and tuned parameters beside the defaults. Methods with fewer
    trials than the others are left out. Tests are those of `table`, over all rows of a section. The same results give
    the same bytes.
    """
    from mihash_bench.report.leaderboard.write import write_leaderboard

    folders = results or (RESULTS_DEFAULT,)
    for path in write_leaderboard(
        folders, tuned, output or folders[0] / "leaderboard.md", complain, metric=metric, strict=strict,
        every_code=code == "all", made_by=made_by(ctx, no_provenance), choice=choice_of(options),
    ):  # fmt: skip
        say(path)
