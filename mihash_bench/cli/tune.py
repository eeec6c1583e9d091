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
from mihash_bench.settings.base import setting_of

EXAMPLE = """
\b
Examples:
  mihash-bench tune --method dpsh,dtsh --budget 10
  mihash-bench tune --dataset cifar10 --data-dir datasets -j 2
  mihash-bench run --config results/tune/batch-1-cifar10.toml --data-dir datasets
"""


USUAL_METHODS = ",".join(setting_of("batch-1").options.defaults()["method"])


@click.command(cls=EachOptionOnce, epilog=EXAMPLE)
@click.option("--dataset", default="sample", show_default=True, help="A dataset with one label a row.")
@click.option("--method", "methods", type=Comma(), default=USUAL_METHODS, show_default=True, help="Batch methods.")
@click.option(
    "--bits",
    type=Comma(int),
    default="12,24,32,48",
    show_default=True,
    help="Code lengths over which the score is averaged.",
)
@click.option(
    "--budget", type=click.IntRange(1), default=20, show_default=True,
    help="Number of parameter sets tried for each method, the defaults included.",
)  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Random seed.")
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

    Only training points of the given --seed are used, and the preset keeps that seed: of the 500 of each class, 400 are
    learned from, 50 are queries, and 50 are the database. The score is mAP after the last epoch, averaged over --bits.
    The best values are written to RESULTS/tune/batch-1-DATASET.toml (with the names of --method, if given) for
    `run --config`, together with everything that was tried. The runs are in RESULTS/tune/runs: the same command
    continues where it stopped.

    Exit code 0: the preset is written; 1: runs were ended by --timeout, or no run of a method is done; 2: bad input;
    130: interrupted.
    """
    from mihash_bench.studies.sweeping import Execution
    from mihash_bench.studies.tuning import tune_methods

    folders = {"results": results / "tune", "data_dir": data_dir, "cache_dir": cache_dir}
    how = Execution(**folders, jobs=jobs, timeout=timeout, yes=True)  # type: ignore[arg-type]
    ctx.exit(tune_methods(dataset, methods, bits, budget, seed, how))
