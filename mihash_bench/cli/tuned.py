"""The option ``--tuned`` of ``leaderboard`` and ``report``."""

import click

from mihash_bench.cli.options import Named

tuned_option = click.option(
    "--tuned", type=Named("folder"), multiple=True,
    help="Results folder of runs whose parameters were tuned: one set for each method, dataset, code length and "
    "trigger, under the same protocol, policy and budget as in RESULTS; may be repeated.",
)  # fmt: skip
