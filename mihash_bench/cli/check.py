"""``mihash-bench check``: the verdict of each rule on the classes of a plug-in."""

from pathlib import Path

import click

from mihash_bench.cli.options import EachOptionOnce, data_dir_option
from mihash_bench.cli.printing import say

EXAMPLE = """
\b
Examples:
  mihash-bench check my.py
  mihash-bench check my_package.methods:MyMethod --timeout 300
"""


@click.command(cls=EachOptionOnce, epilog=EXAMPLE)
@click.argument("plugin")
@click.option(
    "--timeout", type=click.FloatRange(0, min_open=True), default=60.0, show_default=True,
    help="Most seconds that a rule may take.",
)  # fmt: skip
@data_dir_option
@click.pass_context
def check(ctx: click.Context, plugin: str, timeout: float, data_dir: Path) -> None:
    """Check that methods, batch methods, datasets and metrics of your own keep the rules.

    PLUGIN is a Python file, or MODULE:CLASS. Every class in it is checked with its default parameters. Each rule is
    tried in a process of its own, so that a crash or a loop without end is a verdict as well. For a rule that does not
    hold, what was seen and what is expected are printed. `docs/plugins.md` lists the rules.

    Exit codes: 0, all rules hold; 1, some do not; 2, the plug-in cannot be imported; 130, interrupted.
    """
    import tempfile

    from mihash_bench.running.forkserver import start_server
    from mihash_bench.settings.base import modules_of_runs

    start_server([*modules_of_runs(), "mihash_bench.studies.checking"])
    from mihash_bench.studies.checking import checked

    held = tried = 0
    with tempfile.TemporaryDirectory(prefix="mihash-bench-check-") as cache_dir:
        for one in checked(plugin, data_dir, Path(cache_dir), timeout):
            say(f"{one.kind} {one.name}")
            for verdict in one.verdicts:
                tried, held = tried + 1, held + verdict.passed
                say(f"  {'pass' if verdict.passed else 'FAIL'}  {verdict.rule}")
                if not verdict.passed:
                    say(f"        seen: {verdict.seen}")
                    say(f"        expected: {verdict.expected}")
    say(f"{held} of {tried} rules hold")
    ctx.exit(0 if held == tried else 1)
