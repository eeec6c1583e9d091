"""``mihash-bench tune``: choose parameters of batch methods without looking at a query."""

from pathlib import Path

import click

from mihash_bench.cli.options import (
    Comma,
    EachOptionOnce,
    cache_dir_option,
    data_dir_option,
    jobs_option,
    results_option,
    timeout_option,
)
from mihash_bench.cli.run import BATCH_METHODS

EXAMPLE = """
\b
Examples:
  mihash-bench tune --method dpsh,dtsh --budget 10
  mihash-bench tune --dataset cifar10 --data-dir datasets -j 2
  mihash-bench run --config results/tune/batch-1-cifar10.toml --data-dir datasets
"""


@click.command(cls=EachOptionOnce, epilog=EXAMPLE)
@click.option("--dataset", default="sample", show_default=True, help="A dataset with one label a row.")
@click.option(
    "--method", "methods", type=Comma(), default=",".join(BATCH_METHODS), show_default=True, help="Batch methods."
)
@click.option(
    "--bits",
    type=Comma(int),
    default="12,24,32,48",
    show_default=True,
    help="Code lengths that a score is the mean over.",
)
@click.option(
    "--budget", type=click.IntRange(1), default=20, show_default=True,
    help="Parameter sets tried for each method, the defaults among them.",
)  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of every draw.")
@data_dir_option
@cache_dir_option
@results_option
@jobs_option
@timeout_option
@click.pass_context
def tune(
    ctx: click.Context,
    dataset: str,
    methods: tuple[str, ...],
    bits: tuple[int, ...],
    budget: int,
    seed: int,
    data_dir: Path,
    cache_dir: Path | None,
    results: Path,
    jobs: int | None,
    timeout: float | None,
) -> None:
    """Choose learning rates and weights for --setting batch-1 by a random search, and write them to a preset.

    Only training points of the given --seed are looked at, and the preset keeps that seed: of each class's 500, 400 are
    learned from, 50 are queries, 50 are the database. The score is mAP after the last epoch, the mean over --bits.
    RESULTS/tune/batch-1-DATASET.toml (with --method also their names) gets the values found best, for `run --config`,
    with everything that was tried.
    The runs are in RESULTS/tune/runs: the same command goes on where it stopped. Exit code 0: the preset is written; 1:
    runs were ended by --timeout, or a method has none that is done; 2: bad input; 130: interrupted.
    """
    from mihash_bench.cli.sweeping import How
    from mihash_bench.cli.tuning import tune_methods

    how = How(results / "tune", data_dir, cache_dir, jobs, timeout=timeout, yes=True)
    ctx.exit(tune_methods(dataset, methods, bits, budget, seed, how))
