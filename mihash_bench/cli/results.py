"""``mihash-bench table``, ``export``, ``verify`` and ``status``: the content of a results folder."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from mihash_bench.cli.choosing import CHOOSING, choice_of, choosing_options
from mihash_bench.cli.command_line import made_by
from mihash_bench.cli.complete import COMPLETIONS
from mihash_bench.cli.options import (
    Comma,
    Named,
    cache_dir_option,
    code_option,
    data_dir_option,
    format_option,
    plugin_option,
    provenance_option,
    results_argument,
    strict_option,
)
from mihash_bench.cli.parts import config_option
from mihash_bench.cli.printing import complain, say
from mihash_bench.cli.referencing import reference_of, reference_option

if TYPE_CHECKING:
    from mihash_bench.report.tables.arrangement import Arrangement

TABLE_EXAMPLES = """
\b
Examples:
  mihash-bench table results --format latex --metric mAP > table.tex
  mihash-bench table --published
  mihash-bench table results --config sweep.toml
  mihash-bench table --layout method-by-bits --columns mAP --trigger on --label mihash=Ours --format latex -o t.tex
"""
LAYOUTS = ("long", "method-by-bits", "method-by-dataset")


@click.command(epilog=TABLE_EXAMPLES)
@results_argument
@config_option("table")
@format_option
@click.option(
    "--metric", "metrics", type=Comma(), shell_complete=COMPLETIONS["metric"],
    help="Metrics.  [default: the first metric of the runs]",
)  # fmt: skip
@choosing_options
@click.option(
    "--layout", type=click.Choice(LAYOUTS),
    help="Rows and columns. long: a row for each method and trigger, a section for each dataset and code length; "
    "method-by-bits and method-by-dataset: columns for each of the latter.  [default: that of the setting]",
)  # fmt: skip
@click.option(
    "--columns", type=Comma(), shell_complete=COMPLETIONS["metric"],
    help="Columns: metrics, AUC (of the first metric), AUC(METRIC), updates, bit_recomputations, train_s, "
    "train_memory_bytes, trials, published.  [default: those of the setting; in LaTeX, of these the short form]",
)  # fmt: skip
@click.option("--decimals", type=click.IntRange(0, 9), help="Decimals of metrics and their AUC.  [default: 3]")
@click.option("--second", is_flag=True, help="Underline the second best as well.")
@click.option("--caption", help="Caption, instead of the one that says what the numbers are.")
@click.option("--siunitx", is_flag=True, help="In LaTeX, align the numbers in S columns of siunitx (version 3).")
@click.option("--published", is_flag=True, help="Also show published figures and how their protocol differs.")
@click.option("-o", "--output", type=Named("file", dir_okay=False, readable=False), help="Write this file instead.")
@reference_option
@data_dir_option
@cache_dir_option
@code_option
@plugin_option
@strict_option
@provenance_option
@click.pass_context
def table(
    ctx: click.Context,
    /,
    results: Path,
    form: str,
    metrics: tuple[str, ...] | None,
    published: bool,
    code: str,
    strict: bool,
    no_provenance: bool,
    output: Path | None,
    reference: str | None,
    data_dir: Path,
    cache_dir: Path | None,
    **options: Any,
) -> None:
    """Print the final metric, AUC, updates, bit recomputations and training time of all finished runs.

    Cells are means and standard deviations over trials. AUC is the area under the curve of the metric over
    examples, divided by the range of examples. The best mean of each dataset and code length is bold, as are means
    that round to the same value. An asterisk marks a method that is worse than the best one in every trial and
    significantly so in a paired randomisation test over queries. CSV and Markdown also have differences, confidence
    intervals, effect sizes and p-values. Batch settings have their own table with one row for each method, one
    column for each code length, and the time and memory of training. LaTeX begins with a comment that says what made
    the table.
    """
    from mihash_bench.report.folder import render_table

    if metrics and options["columns"]:
        raise click.UsageError("--metric: given together with --columns (allowed: one of the two)")
    every, made = code == "all", made_by(ctx, no_provenance)
    text = render_table(
        results, metrics, form, complain, strict=strict, published=published, every_code=every, made_by=made,
        choice=choice_of(options), wishes=_wishes(options), output=output,
        reference=reference_of(reference, results, data_dir, cache_dir),
    )  # fmt: skip
    if output is None:
        click.echo(text.rstrip("\n"))
    else:
        say(output)


def _wishes(options: Mapping[str, Any]) -> "Arrangement":
    from mihash_bench.report.tables.arrangement import Arrangement

    given = {name: value for name, value in options.items() if name not in CHOOSING and value is not None}
    return Arrangement(**given)


EXPORT_EXAMPLES = """
\b
Examples:
  mihash-bench export results -o runs.csv
  mihash-bench export results --bibtex > runs.bib
"""


@click.command(epilog=EXPORT_EXAMPLES)
@results_argument
@click.option(
    "-o", "--output", type=Named("file", dir_okay=False, readable=False, allow_dash=True),
    help="File to write; - for standard output, which is the default with --bibtex. Without --bibtex, it is needed.",
)  # fmt: skip
@click.option(
    "--bibtex", is_flag=True, help="Write the BibTeX of the methods, datasets and metrics of all runs instead."
)
@data_dir_option
@plugin_option
@strict_option
@provenance_option
@click.pass_context
def export(
    ctx: click.Context,
    results: Path,
    output: Path | None,
    bibtex: bool,
    data_dir: Path,
    strict: bool,
    no_provenance: bool,
) -> None:
    """Write one CSV row for each run and checkpoint, in full precision; or the BibTeX of what the runs used.

    A run that is not done has one row with its status, in which all columns from examples on are empty. A regular file
    is replaced as a whole, links are followed, and devices and FIFOs are written to. A text that a spreadsheet would
    read as a formula begins with an apostrophe. Beside a regular CSV file, a file whose name ends in .provenance.json
    says what made it.
    """
    from mihash_bench.report.folder import write_bibtex, write_export

    if output is None and not bibtex:
        raise click.UsageError("-o: it is missing (allowed: a CSV file to write, or - for standard output)")
    dash = output is None or str(output) == "-"
    target: Path | IO[bytes] = sys.stdout.buffer if output is None or dash else output
    if bibtex:
        count = write_bibtex(results, target, data_dir, complain, strict=strict)
    else:
        count = write_export(results, target, complain, strict=strict, made_by=made_by(ctx, no_provenance))
    what = "entries" if bibtex else "rows"
    say(f"{'standard output' if dash else output}: {count} {what}", err=output is None or dash or _is_stdout(output))


def _is_stdout(path: Path) -> bool:
    """Return whether a path leads to standard output, where a message would be mixed with the CSV."""
    try:
        return os.path.samestat(path.stat(), os.fstat(1))
    except OSError:  # no such file, or no standard output
        return False


@click.command(
    epilog="\b\nExamples:\n  mihash-bench verify results\n  mihash-bench verify --recompute --data-dir datasets\n"
)
@results_argument
@click.option(
    "--recompute",
    is_flag=True,
    help="Also compute codes and AP of finished runs again, from the stored hash functions and the dataset.",
)
@data_dir_option
@cache_dir_option
@plugin_option
@click.pass_context
def verify(ctx: click.Context, results: Path, recompute: bool, data_dir: Path, cache_dir: Path | None) -> None:
    """Check every run file: SHA-256, schema, key, path, curve, final AP and snapshot.

    One line is printed for each file that is damaged, truncated, foreign, misplaced, of a newer version, or whose
    values contradict each other; the exit code is then 1. The SHA-256 finds damage but is no signature: whoever
    changes a file on purpose can compute it again. --recompute finds such changes in the final values. It finds
    neither those in costs and earlier values of the curve, nor whether this method has learned these functions.
    """
    from mihash_bench.datasets.base import default_cache_dir
    from mihash_bench.report.state import fault_lines
    from mihash_bench.sweeps.recompute import Recomputation

    recomputation = Recomputation(data_dir, cache_dir or default_cache_dir()) if recompute else None
    lines, code = fault_lines(results, recomputation)
    for line in lines:
        say(line)
    ctx.exit(code)


@click.command(epilog="\b\nExamples:\n  mihash-bench status results\n  mihash-bench status results --forget\n")
@results_argument
@code_option
@click.option("--forget", is_flag=True, help="Forget which runs were planned, so that none of them counts as missing.")
@plugin_option
def status(results: Path, code: str, forget: bool) -> None:
    """Count the runs by status and list those that are not done, with reason and last lines of the traceback.

    Runs that were planned in this folder and have no run file are missing. All sweeps that were started in the folder
    count, until --forget removes the plan.
    """
    from mihash_bench.report.state import forget_line, status_lines

    if forget:
        say(forget_line(results))
    for line in status_lines(results, complain, every_code=code == "all"):
        say(line)
