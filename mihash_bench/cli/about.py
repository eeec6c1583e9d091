"""``mihash-bench methods`` and ``metrics``: what there is, and what it means."""

import click

from mihash_bench.cli.complete import COMPLETIONS, METRIC_NAMES
from mihash_bench.cli.options import plugin_option
from mihash_bench.cli.printing import say


def _say_methods() -> None:
    from mihash_bench.about.methods import method_list

    for line in method_list():
        say(line)


def _say_metrics() -> None:
    from mihash_bench.about.metrics import metric_list

    for line in metric_list():
        say(line)


@click.group(
    invoke_without_command=True, epilog="\b\nExamples:\n  mihash-bench methods\n  mihash-bench methods show mihash\n"
)
@plugin_option
@click.pass_context
def methods(ctx: click.Context) -> None:
    """List the methods, or show one: formula, parameters, cost and BibTeX."""
    if ctx.invoked_subcommand is None:
        _say_methods()


@methods.command("list", epilog="\b\nExample:\n  mihash-bench methods list --plugin my.py\n")
@plugin_option
def list_methods() -> None:
    """List the methods with their titles and kinds."""
    _say_methods()


@methods.command("show", epilog="\b\nExample:\n  mihash-bench methods show mihash\n")
@click.argument("name", shell_complete=COMPLETIONS["method"])
@plugin_option
def show_method(name: str) -> None:
    """Describe a method: formula, parameters, what it learns from, cost of learning, and BibTeX.

    If an online and a batch method have the same name, both are described.
    """
    from mihash_bench.about.methods import method_page

    click.echo(method_page(name))


@click.group(
    invoke_without_command=True, epilog="\b\nExamples:\n  mihash-bench metrics\n  mihash-bench metrics show mAP\n"
)
@plugin_option
@click.pass_context
def metrics(ctx: click.Context) -> None:
    """List the metrics, or show one: meaning, treatment of ties, bounds and BibTeX."""
    if ctx.invoked_subcommand is None:
        _say_metrics()


@metrics.command("list", epilog="\b\nExample:\n  mihash-bench metrics list --plugin my.py\n")
@plugin_option
def list_metrics() -> None:
    """List the families of metrics with examples of their specs."""
    _say_metrics()


@metrics.command("show", epilog="\b\nExample:\n  mihash-bench metrics show mAP@1000\n")
@click.argument("name", shell_complete=METRIC_NAMES)
@plugin_option
def show_metric(name: str) -> None:
    """Describe a metric, given the name of its family or a spec: meaning, ties, bounds and BibTeX."""
    from mihash_bench.about.metrics import metric_page

    click.echo(metric_page(name))
