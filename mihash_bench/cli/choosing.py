"""The options that choose what a table, a figure or a report shows, in which order, and by which names."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

from mihash_bench.cli.complete import COMPLETIONS
from mihash_bench.cli.options import Comma

if TYPE_CHECKING:
    from mihash_bench.report.data.choice import Choice

CHOOSING = ("setting", "dataset", "method", "variant", "bits", "trigger", "label")
ORDER = "in this order"

_OPTIONS = (
    click.option("--setting", type=Comma(), help="Only these settings.", shell_complete=COMPLETIONS["setting"]),
    click.option(
        "--dataset", type=Comma(), help=f"Only these datasets, {ORDER}.", shell_complete=COMPLETIONS["dataset"]
    ),
    click.option("--method", type=Comma(), help=f"Only these methods, {ORDER}.", shell_complete=COMPLETIONS["method"]),
    click.option(
        "--variant", multiple=True,
        help=f"Only these variants, such as step_size=0.5, {ORDER}; '' for all defaults; may be repeated.",
    ),
    click.option("--bits", type=Comma(click.IntRange(1)), help=f"Only these code lengths, {ORDER}."),
    click.option("--trigger", type=Comma(click.Choice(("on", "off"))), help=f"Only these triggers, {ORDER}."),
    click.option(
        "--label", multiple=True, metavar="NAME=TEXT",
        help="Another name for a method or a dataset, such as mihash=Ours or 'mihash (step_size=0.5)=Ours'; may be "
        "repeated.",
    ),
)  # fmt: skip


def choosing_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options, whose values ``choice_of`` reads."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def choice_of(options: Mapping[str, Any]) -> "Choice":
    """Return the choice of a command, from its options."""
    from mihash_bench.report.data.choice import Choice, parsed_label

    values = {name: options[name] for name in CHOOSING[:-1] if options.get(name)}
    return Choice(values, dict(parsed_label(text) for text in options.get("label") or ()))
