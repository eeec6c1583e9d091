"""``mihash-bench report``: one HTML file about a results folder."""

from pathlib import Path
from typing import Any

import click

from mihash_bench.cli.choosing import choice_of, choosing_options
from mihash_bench.cli.command_line import made_by
from mihash_bench.cli.options import (
    Named,
    cache_dir_option,
    code_option,
    data_dir_option,
    plugin_option,
    provenance_option,
    results_argument,
    strict_option,
)
from mihash_bench.cli.parts import config_option
from mihash_bench.cli.printing import complain, say
from mihash_bench.cli.referencing import reference_of, reference_option
from mihash_bench.cli.tuned import tuned_option

EXAMPLE = """
\b
Examples:
  mihash-bench report
  mihash-bench report results -o report.html --method mihash,osh --label mihash=Ours
"""


@click.command(epilog=EXAMPLE)
@results_argument
@config_option("report")
@click.option(
    "-o", "--output", type=Named("file", dir_okay=False, readable=False),
    help="File to write.  [default: RESULTS/report.html]",
)  # fmt: skip
@tuned_option
@choosing_options
@reference_option
@data_dir_option
@cache_dir_option
@code_option
@plugin_option
@strict_option
@provenance_option
@click.pass_context
def report(
    ctx: click.Context,
    /,
    results: Path,
    output: Path | None,
    tuned: tuple[Path, ...],
    reference: str | None,
    data_dir: Path,
    cache_dir: Path | None,
    code: str,
    strict: bool,
    no_provenance: bool,
    **options: Any,
) -> None:
    """Write one HTML file with the curves, tables and failures of a results folder.

    The file needs no network and can be sent by mail. The reader chooses metric, x axis, datasets, code lengths,
    methods and trigger, sorts tables, compares methods query by query, and follows the trigger of each run. The
    numbers are those of `table`, `plot` and `leaderboard`. It needs the extra report, which is plotly.
    """
    from mihash_bench.report.html.write import write_html

    target = output or results / "report.html"
    path = write_html(
        results, target, complain, strict=strict, every_code=code == "all", made_by=made_by(ctx, no_provenance),
        choice=choice_of(options), tuned=tuned, reference=reference_of(reference, results, data_dir, cache_dir),
    )  # fmt: skip
    say(path)
