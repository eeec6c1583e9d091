"""``mihash-bench run``: do the runs of a sweep that are not done yet."""

from pathlib import Path
from typing import Any

import click

from mihash_bench.cli.options import (
    Comma,
    EachOptionOnce,
    Size,
    cache_dir_option,
    data_dir_option,
    jobs_option,
    results_option,
    timeout_option,
)

# The five of the paper's poster, and those of its batch comparison.
POSTER_METHODS = ("mihash", "okh", "adapthash", "sketchhash", "osh")
BATCH_METHODS = ("shk", "sdh", "dpsh", "dtsh", "mihash")
USUAL_METHODS = {"online": POSTER_METHODS, "batch-1": BATCH_METHODS}
# Options that say how to run; the others say what.
HOW = ("results", "data_dir", "cache_dir", "jobs", "rerun", "timeout", "dry_run", "max_memory", "yes")
RERUN = ("missing", "failed", "all")

EXAMPLE = """
\b
Examples:
  mihash-bench run
  mihash-bench run --dataset cifar10 --data-dir datasets --method lsh,mihash --bits 16,32 -j 2
  mihash-bench run --preset quick --dry-run
  mihash-bench run --setting batch-1 --bits 12,32 --trials 1
  mihash-bench run --method mihash --set mihash.step_size=0.5,1 --trigger on --trials 5
"""


@click.command(cls=EachOptionOnce, epilog=EXAMPLE)
@click.option("--preset", help="A sweep that ships with the package (`mihash-bench presets list`).")
@click.option(
    "--config", type=click.Path(path_type=Path), help="A sweep of your own, TOML as `presets show` prints it."
)
@click.option(
    "--setting", type=click.Choice(list(USUAL_METHODS)), default="online", show_default=True,
    help="online: streams with a trigger. batch-1: 500 training points of each class, Setting 1 of the paper.",
)  # fmt: skip
@click.option("--dataset", "datasets", type=Comma(), default="sample", show_default=True, help="Datasets.")
@click.option(
    "--method",
    "methods",
    type=Comma(),
    help=f"Methods.  [default: {','.join(POSTER_METHODS)}; for batch-1 {','.join(BATCH_METHODS)}]",
)
@click.option("--bits", type=Comma(int), default="32", show_default=True, help="Code lengths, 1 to 256.")
@click.option(
    "--trigger", "triggers", type=Comma(click.Choice(["on", "off"])), default="on,off", show_default=True,
    help="Trigger Update on: rebuild the table when the mutual information has grown. Off: at every decision.",
)  # fmt: skip
@click.option(
    "--trials", type=click.IntRange(1), default=3, show_default=True, help="Streams, or training points, drawn anew."
)
@click.option("--examples", type=click.IntRange(1), help="Length of the stream.  [default: the dataset's own]")
@click.option(
    "--epochs", type=click.IntRange(1), default=1, show_default=True,
    help="How often the stream may pass through the database: --examples is at most so many times its size.",
)  # fmt: skip
@click.option("--checkpoints", type=click.IntRange(1), default=50, show_default=True, help="Measurements a run.")
@click.option(
    "--metric", "metrics", default="mAP", show_default=True, help="Such as mAP,mAP[ties=index],mAP@1000,P@r2."
)
@click.option("--reservoir", type=click.IntRange(0), default=200, show_default=True, help="Members of the reservoir.")
@click.option(
    "--update-interval",
    type=click.IntRange(1),
    default=100,
    show_default=True,
    help="Examples between table decisions.",
)
@click.option(
    "--threshold",
    type=float,
    default=0.0,
    show_default=True,
    help="Gain in mutual information (bits) that the trigger asks for.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of every draw.")
@click.option("--threads", type=click.IntRange(1), default=1, show_default=True, help="Threads of each run.")
@click.option(
    "--set",
    "sets",
    multiple=True,
    metavar="NAME.PARAMETER=VALUE,...",
    help="Parameter of a method or dataset; may be repeated.",
)
@data_dir_option
@cache_dir_option
@results_option
@jobs_option
@click.option(
    "--rerun", type=click.Choice(RERUN), default="missing", show_default=True,
    help="missing: all that is neither done nor skipped. failed: only failed, killed, timed out. all: everything anew.",
)  # fmt: skip
@timeout_option
@click.option("--max-memory", type=Size(), help="Memory, such as 2G, beyond which a run is ended.  [default: none]")
@click.option("--yes", is_flag=True, help="Do not ask before a sweep of more than 1,000 runs.")
@click.option("--dry-run", is_flag=True, help="Say what would be run and what is there already, and run nothing.")
@click.pass_context
def run(ctx: click.Context, /, preset: str | None, config: Path | None, **options: Any) -> None:
    """Run a sweep: every combination of datasets, methods, bits, triggers and trials.

    Only the online setting has a trigger and a stream: --trigger, --examples, --epochs, --reservoir, --update-interval,
    --threshold.

    Options on the command line beat --config, which beats --preset, which beats the defaults. Each run is a process
    of its own and ends in one HDF5 file in the results folder; a run whose file says done or skipped is not done
    again. Exit code 0: all done or skipped; 1: some are not; 2: bad input; 130: interrupted, finished runs kept.
    """
    if not options["dry_run"]:
        from mihash_bench.experiment.entry import start_server

        # Before the imports below, which take as long as its own.
        start_server()
    from mihash_bench.cli.sweep_options import sweep_options
    from mihash_bench.cli.sweeping import How, run_sweeps

    how = How(**{name: options.pop(name) for name in HOW})
    ctx.exit(run_sweeps(sweep_options(ctx, options, preset, config), how))
