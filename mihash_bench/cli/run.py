"""``mihash-bench run``: do all runs of a sweep that are not done yet."""

import sys
from functools import partial
from pathlib import Path
from typing import Any

import click

from mihash_bench.cli.command_line import typed_command
from mihash_bench.cli.complete import COMPLETIONS
from mihash_bench.cli.derived import options_of_settings
from mihash_bench.cli.options import (
    Bytes,
    EachOptionOnce,
    Named,
    cache_dir_option,
    data_dir_option,
    dry_run_option,
    jobs_option,
    results_option,
    timeout_option,
)

# Options that change how runs are done. All others define the runs.
HOW = (
    "results", "data_dir", "cache_dir", "jobs", "rerun", "timeout", "dry_run", "max_memory", "keep", "yes", "shard",
    "executor", "scheduler",
)  # fmt: skip

# The same as in running.statuses, which is not imported because it would load NumPy and h5py for every --help.
RERUNS = ("missing", "failed", "all")
# The same as in studies.execution.
EXECUTORS = ("local", "dask")
KEEPS = ("small", "snapshots")

EXAMPLE = """
\b
Examples:
  mihash-bench run
  mihash-bench run --dataset cifar10 --data-dir datasets --method lsh,mihash --bits 16,32 -j 2
  mihash-bench run --preset quick --dry-run
  mihash-bench run --setting batch-1 --bits 12,32 --trials 1
  mihash-bench run --config sweep.toml --shard 2/8 -o results-2
  mihash-bench run --config sweep.toml --executor dask --scheduler tcp://head:8786
  mihash-bench run --method mihash --set mihash.step_size=0.5,1 --trigger on --trials 5
"""


@click.command(cls=EachOptionOnce, epilog=EXAMPLE)
@click.option(
    "--preset", shell_complete=COMPLETIONS["preset"],
    help="Sweep that ships with the package; see `mihash-bench presets list`.",
)  # fmt: skip
@click.option("--config", type=Named("file"), help="TOML file with a sweep, in the format of `presets show`.")
@options_of_settings
@data_dir_option
@cache_dir_option
@results_option
@jobs_option
@click.option(
    "--rerun", type=click.Choice(RERUNS), default="missing", show_default=True,
    help="missing: runs that are neither done nor skipped. failed: only failed, killed and timed-out runs. all: every "
    "run.",
)  # fmt: skip
@timeout_option
@click.option("--max-memory", type=Bytes(), help="Memory limit of each run, such as 2G.  [default: no limit]")
@click.option(
    "--keep", type=click.Choice(KEEPS), default="small", show_default=True,
    help="Hash functions at the checkpoints, kept for metrics that are asked for later. small: of runs in which they "
    "take up to 1 MB. snapshots: of all runs.",
)  # fmt: skip
@click.option(
    "--shard", metavar="NUMBER/OF",
    help="Do only one part of the sweep, such as 2/8: the second of eight parts of about equal cost. The parts depend "
    "on the sweep alone, so that the jobs of an array share the work; `merge` joins their results folders.",
)  # fmt: skip
@click.option(
    "--executor", type=click.Choice(EXECUTORS), default="local", show_default=True,
    help="local: processes on this machine. dask: the workers of a dask scheduler, which may be on other machines.",
)  # fmt: skip
@click.option(
    "--scheduler", metavar="ADDRESS",
    help="Address of the scheduler for --executor dask, such as tcp://host:8786.  [default: one on this machine]",
)  # fmt: skip
@click.option("--yes", is_flag=True, help="Do not ask for confirmation of sweeps with more than 1,000 runs.")
@dry_run_option
@click.pass_context
def run(ctx: click.Context, /, preset: str | None, config: Path | None, **options: Any) -> None:
    """Run a sweep: every combination of datasets, methods, code lengths, triggers and trials.

    Values separated by commas are swept. Options on the command line take precedence over --config, which takes
    precedence over --preset, which takes precedence over the defaults. Each run is done in a separate process and
    stored in one HDF5 file in the results folder. Runs that are already done or skipped are not repeated.

    Exit codes: 0, all runs are done or skipped; 1, some are not; 2, bad input; 130, interrupted (finished runs are
    kept).
    """
    how = {name: options.pop(name) for name in HOW}
    from mihash_bench.sweeps.choose import chosen_sweeps

    start = None if how["dry_run"] or how["executor"] != "local" else partial(_start_server, ctx)
    sweeps = chosen_sweeps(options, preset, config, how["data_dir"], before_plugins=start)
    from rich.console import Console

    from mihash_bench.studies.execution import Execution
    from mihash_bench.studies.sweeping import run_sweeps
    from mihash_bench.sweeps.made_by import command_facts

    ctx.exit(
        run_sweeps(
            sweeps,
            Execution(**how, made_by=command_facts(typed_command(ctx))),
            Console(),
            _confirm if sys.stdin.isatty() else None,
        )
    )


def _start_server(ctx: click.Context, settings: set[str]) -> None:
    """Start the process from which runs are forked, so that its imports run in parallel with those of this one.

    It ends with the command if no run is due or an option is refused.
    """
    from mihash_bench.running.forkserver import end_unused_server, start_server
    from mihash_bench.settings.base import modules_of_runs

    if start_server(modules_of_runs(settings)):
        ctx.call_on_close(end_unused_server)


def _confirm(question: str) -> None:
    click.confirm(question, abort=True)
