"""``mihash-bench reproduce-paper``: the paper's experiments, figures and tables."""

from pathlib import Path

import click
from click.core import ParameterSource

from mihash_bench.cli.command_line import made_by, typed_command
from mihash_bench.cli.options import (
    cache_dir_option,
    data_dir_option,
    dry_run_option,
    jobs_option,
    provenance_option,
    results_option,
    timeout_option,
)
from mihash_bench.errors import InputError

WAYS = ("scaled", "full", "none")

EXAMPLE = """
\b
Examples:
  mihash-bench reproduce-paper --quick
  mihash-bench reproduce-paper --data-dir datasets -o results -j 2
"""


@click.command("reproduce-paper", epilog=EXAMPLE)
@data_dir_option
@cache_dir_option
@results_option
@jobs_option
@timeout_option
@click.option(
    "--quick",
    is_flag=True,
    help="Use short streams of 2,000 examples and 11 checkpoints, which take a few minutes.",
)
@click.option(
    "--setting-2",
    type=click.Choice(WAYS),
    help="How whole networks are trained on images, Setting 2 of the paper. scaled: on few, small images, within 20 "
    "minutes on a processor. full: on a GPU, for about four hours, which is an estimate. It needs the extra deep and "
    "the images of CIFAR-10 in --data-dir.  [default: scaled; none with --quick]",
)
@dry_run_option
@provenance_option
@click.pass_context
def reproduce_paper(
    ctx: click.Context,
    data_dir: Path,
    cache_dir: Path | None,
    results: Path,
    jobs: int | None,
    timeout: float | None,
    quick: bool,
    setting_2: str | None,
    dry_run: bool,
    no_provenance: bool,
) -> None:
    """Run the preset `paper` and write its figures and tables to RESULTS/paper.

    A dataset whose file is missing is replaced by a stand-in, and every figure and table that uses one says
    STAND-IN. The runs are stored in RESULTS/paper/runs; repeating the command continues where it stopped. The exit
    codes are those of `run`.
    """
    from mihash_bench.studies.execution import Execution
    from mihash_bench.studies.reproduce import reproduce
    from mihash_bench.sweeps.made_by import command_facts

    if ctx.get_parameter_source("data_dir") is ParameterSource.COMMANDLINE and not data_dir.is_dir():
        raise InputError(f"--data-dir: there is no folder {data_dir} (allowed: an existing folder)")
    how = Execution(
        results=results / "paper",
        data_dir=data_dir,
        cache_dir=cache_dir,
        jobs=jobs,
        timeout=timeout,
        dry_run=dry_run,
        made_by=command_facts(typed_command(ctx)),
    )
    way = setting_2 or ("none" if quick else "scaled")
    ctx.exit(reproduce(how, quick=quick, setting_2=way, made_by=made_by(ctx, no_provenance)))
