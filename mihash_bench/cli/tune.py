"""``mihash-bench tune``: choose parameters of methods without using any query."""

from pathlib import Path
from typing import Any

import click

from mihash_bench.cli.command_line import typed_command
from mihash_bench.cli.complete import COMPLETIONS, TUNED_SETTINGS
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
from mihash_bench.settings.base import tuned_settings

EXAMPLE = """
\b
Examples:
  mihash-bench tune --method dpsh,dtsh --budget 10
  mihash-bench tune --dataset cifar10 --data-dir datasets -j 2
  mihash-bench run --config results/tune/batch-1-cifar10.toml --data-dir datasets
  mihash-bench tune --setting online --method hcoh,ridge --dataset cifar10 --data-dir datasets
"""

TUNED = {setting.name: setting.tuning for setting in tuned_settings() if setting.tuning is not None}
USUAL_BITS = "; ".join(f"{','.join(map(str, tuning.bits))} for {name}" for name, tuning in TUNED.items())
USUAL_METHODS = "; ".join(f"{','.join(s.options.defaults()['method'])} for {s.name}" for s in tuned_settings())
# Options that change how runs are done.
HOW = ("data_dir", "cache_dir", "jobs", "timeout")
# Options of runs that only some settings have.
STREAM = ("examples", "update_interval", "reservoir")


@click.command(cls=EachOptionOnce, epilog=EXAMPLE)
@click.option(
    "--setting", default="batch-1", show_default=True, metavar="NAME",
    help=f"Setting of the methods: {' or '.join(TUNED)}.", shell_complete=TUNED_SETTINGS,
)  # fmt: skip
@click.option(
    "--dataset", default="sample", show_default=True,
    help="Dataset; for --setting batch-1 with exactly one label per row.", shell_complete=COMPLETIONS["dataset"],
)  # fmt: skip
@click.option(
    "--method", type=Comma(), help=f"Methods.  [default: {USUAL_METHODS}]", shell_complete=COMPLETIONS["method"],
)  # fmt: skip
@click.option(
    "--bits", type=Comma(int), help=f"Code lengths over which the score is averaged.  [default: {USUAL_BITS}]"
)
@click.option(
    "--budget", type=click.IntRange(1), default=20, show_default=True,
    help="Number of parameter sets tried for each method, including the defaults.",
)  # fmt: skip
@click.option(
    "--repeats", type=click.IntRange(0), default=2, show_default=True,
    help="Number of further trials in which the best three sets and the defaults are repeated.",
)  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Random seed.")
@click.option(
    "--set", "fixed", multiple=True, metavar="NAME.PARAMETER=VALUE", shell_complete=COMPLETIONS["set"],
    help="Parameter of the dataset, or of a method, which is then not searched; may be repeated.",
)  # fmt: skip
@click.option("--examples", type=int, help="Length of the whole stream. Only for --setting online.")
@click.option("--update-interval", type=int, help="Examples between table decisions. Only for --setting online.")
@click.option("--reservoir", type=int, help="Size of the reservoir. Only for --setting online.")
@data_dir_option
@cache_dir_option
@results_option
@jobs_option
@timeout_option
@plugin_option
@click.pass_context
def tune(ctx: click.Context, /, results: Path, **options: Any) -> None:
    """Choose parameters of methods by random search and write them to a preset, without using any query.

    Every method is given the same number of parameter sets, --budget; the first one is its defaults. Methods without
    parameters to tune are said to have none. The score is the final mAP, averaged over --bits.

    --setting batch-1: only the training points drawn with --seed are used. Of the 500 training points of each class,
    400 are learned from, 50 are queries and 50 are the database.

    --setting online: the last tenth of the stream, at most 2,000 rows, is held out. Its rows are the queries; the
    examples before them are learned from. All other rows but the queries of the dataset are in the hash table, too.

    The best three sets and the defaults are repeated in --repeats further trials, and the highest mean wins.
    Differences that are no evidence, for example because rounding alone moves batch MIHash's scores by up to .03, are
    named. The best values and all values tried are written to RESULTS/tune/SETTING-DATASET.toml, a file
    for `run --config`, which has the same seed. Its name includes the methods if some are left out, and for --setting
    online the code lengths. The runs are stored in RESULTS/tune/runs; repeating the command continues where it stopped.

    Exit codes: 0, the preset was written; 1, --timeout ended some runs or a method has no finished run; 2, bad input;
    130, interrupted.
    """
    from mihash_bench.studies.execution import Execution
    from mihash_bench.studies.tuning import Request, tune_methods
    from mihash_bench.sweeps.made_by import command_facts

    how = {name: options.pop(name) for name in HOW}
    given = {name: value for name in STREAM if (value := options.pop(name)) is not None}
    made_by = command_facts(typed_command(ctx))
    execution = Execution(results=results / "tune", yes=True, made_by=made_by, **how)
    ctx.exit(tune_methods(Request(methods=options.pop("method"), **options, options=given), execution))
