"""``mihash-bench tune``: choose parameters of batch methods without using any query."""

from pathlib import Path

import click

from mihash_bench.cli.command_line import typed_command
from mihash_bench.cli.complete import COMPLETIONS
from mihash_bench.cli.options import (
    Comma,
    EachOptionOnce,
    cache_dir_option,
    data_dir_option,
    jobs_option,
    plugin_option,
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
@click.option(
    "--dataset", default="sample", show_default=True, help="Dataset with exactly one label per row.",
    shell_complete=COMPLETIONS["dataset"],
)  # fmt: skip
@click.option(
    "--method", "methods", type=Comma(), default=USUAL_METHODS, show_default=True, help="Batch methods.",
    shell_complete=COMPLETIONS["method"],
)  # fmt: skip
@click.option(
    "--bits",
    type=Comma(int),
    default="12,24,32,48",
    show_default=True,
    help="Code lengths over which the score is averaged.",
)
@click.option(
    "--budget", type=click.IntRange(1), default=20, show_default=True,
    help="Number of parameter sets tried for each method, including the defaults.",
)  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Random seed.")
@data_dir_option
@cache_dir_option
@results_option
@jobs_option
@timeout_option
@plugin_option
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
    """Choose learning rates and weights for --setting batch-1 by random search and write them to a preset.

    Only the training points drawn with --seed are used, and the preset uses the same seed. Of the 500 training points
    of each class, 400 are learned from, 50 are queries and 50 are the database. The score is mAP after the last epoch,
    averaged over --bits. The best three sets and the defaults are repeated in two further trials, and the highest mean
    wins. Differences that are no evidence, for example because rounding alone moves MIHash's scores by up to .03, are
    named. The best values and all values tried are written to RESULTS/tune/batch-1-DATASET.toml, a file
    for `run --config`. Its name includes the methods if some are left out. The runs are stored in RESULTS/tune/runs;
    repeating the command continues where it stopped.

    Exit codes: 0, the preset was written; 1, --timeout ended some runs or a method has no finished run; 2, bad input;
    130, interrupted.
    """
    from mihash_bench.studies.execution import Execution
    from mihash_bench.studies.tuning import tune_methods
    from mihash_bench.sweeps.made_by import command_facts

    folders = {"results": results / "tune", "data_dir": data_dir, "cache_dir": cache_dir}
    made_by = command_facts(typed_command(ctx))
    how = Execution(**folders, jobs=jobs, timeout=timeout, yes=True, made_by=made_by)  # type: ignore[arg-type]
    ctx.exit(tune_methods(dataset, methods, bits, budget, seed, how))
