"""``mihash-bench plot``: curves and tables."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import click

from mihash_bench.cli.choosing import choice_of, choosing_options
from mihash_bench.cli.command_line import made_by
from mihash_bench.cli.complete import COMPLETIONS
from mihash_bench.cli.options import (
    Comma,
    Named,
    cache_dir_option,
    code_option,
    data_dir_option,
    plugin_option,
    provenance_option,
    results_argument,
    strict_option,
)
from mihash_bench.cli.parts import config_option
from mihash_bench.cli.printing import complain, say
from mihash_bench.cli.referencing import reference_of, reference_option
from mihash_bench.report.figures.design import (
    FORMATS,
    LEGENDS,
    SCALES,
    SIZES,
    Design,
    parsed_layout,
    parsed_limits,
    parsed_size,
)
from mihash_bench.settings.base import listed_settings

AXES = tuple(dict.fromkeys(axis.column for setting in listed_settings() for axis in setting.every_axis))

EXAMPLE = """
\b
Examples:
  mihash-bench plot
  mihash-bench plot results -o figures --x examples --y mAP
  mihash-bench plot results --x bits --method mihash,osh --trigger on --label mihash=Ours --size ieee-column
"""


@click.command(epilog=EXAMPLE)
@results_argument
@config_option("plot")
@click.option("-o", "--output", type=Named("folder"), help="Output folder.  [default: RESULTS/figures]")
@click.option(
    "--x",
    "xs",
    type=Comma(click.Choice(AXES)),
    help=f"X axes of the curves, out of {', '.join(AXES)}.  [default: all axes of the setting]",
)
@click.option(
    "--y", "ys", type=Comma(), shell_complete=COMPLETIONS["metric"],
    help="Metrics, or costs: updates, bit_recomputations, train_s, reservoir_s, table_s, eval_s, train_memory_bytes; "
    "or objective.  [default: the first metric of the runs]",
)  # fmt: skip
@choosing_options
@click.option("--size", help=f"Size: {', '.join(SIZES)}, or WIDTH,HEIGHT in inches.  [default: one column or the page]")
@click.option(
    "--style", type=Named("file", dir_okay=False), help="File with parameters of matplotlib, after your matplotlibrc."
)
@click.option("--xlim", metavar="LOW,HIGH", help="Limits of x in all panels.")
@click.option("--ylim", metavar="LOW,HIGH", help="Limits of y in all panels.")
@click.option(
    "--xscale",
    type=click.Choice(SCALES),
    default="auto",
    show_default=True,
    help="Scale of x. auto: logarithmic for costs and epochs that span a factor of ten or more.",
)
@click.option(
    "--legend",
    type=click.Choice(LEGENDS),
    default="below",
    show_default=True,
    help="Legend. below: with a caption. inside: in the first panel, without one.",
)
@click.option("--layout", metavar="ROWSxCOLUMNS", help="Arrangement of the panels, such as 1x3.")
@click.option(
    "--format", "formats", type=Comma(click.Choice(FORMATS)), default="pdf,png", show_default=True,
    help=f"File formats, out of {', '.join(FORMATS)}; LaTeX sets the texts of pgf with the fonts of the document.",
)  # fmt: skip
@click.option(
    "--script", type=Named("file", dir_okay=False, readable=False), metavar="FILE.py",
    help="Also write a script that draws the figure with matplotlib alone, and its CSV. There must be one figure.",
)  # fmt: skip
@reference_option
@data_dir_option
@cache_dir_option
@code_option
@plugin_option
@strict_option
@provenance_option
@click.pass_context
def plot(
    ctx: click.Context,
    /,
    results: Path,
    output: Path | None,
    xs: tuple[str, ...] | None,
    ys: tuple[str, ...] | None,
    script: Path | None,
    reference: str | None,
    data_dir: Path,
    cache_dir: Path | None,
    code: str,
    strict: bool,
    no_provenance: bool,
    **options: Any,
) -> None:
    """Draw the curves of all finished runs and write their tables to the same folder.

    There is a panel for each dataset and code length. Lines are means over trials, and bands show one standard
    deviation; markers are at measured points. Solid lines with filled markers are runs with the trigger on, dashed
    lines with hollow markers are runs with the trigger off; variants have dashes and markers of their own. Each setting
    has its own files. Batch runs have one more figure, which shows the objective of each method.

    What made each file (the command, versions, keys of the runs) is in its metadata or in a comment, and in a file
    beside it that ends in .provenance.json. It names neither the user nor the host nor a folder outside of the working
    directory.
    """
    from mihash_bench.report.folder import write_figures

    folder, every = output or results / "figures", code == "all"
    made = made_by(ctx, no_provenance)
    choice, design = choice_of(options), _design(options)
    for path in write_figures(
        results, folder, xs, ys, complain, strict=strict, every_code=every, made_by=made, choice=choice,
        design=design, script=script, reference=reference_of(reference, results, data_dir, cache_dir),
    ):  # fmt: skip
        say(path)


def _design(options: Mapping[str, Any]) -> Design:
    """Return the wishes for figures. Raises InputError, naming the option, for a value that is not allowed."""
    parsers: dict[str, Callable[[str], Any]] = {
        "size": parsed_size,
        "layout": parsed_layout,
        "xlim": partial(parsed_limits, option="--xlim"),
        "ylim": partial(parsed_limits, option="--ylim"),
    }
    given = {name: options[name] for name in ("style", "xscale", "legend", "formats")}
    for name, parse in parsers.items():
        given[name] = None if options[name] is None else parse(options[name])
    return Design(**given)
