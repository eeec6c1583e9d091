"""``mihash-bench search``: what the codes of runs give in a real search engine."""

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

EXAMPLE = """
\b
Examples:
  mihash-bench search results --method mihash --bits 32
  mihash-bench search results --engine faiss-ivf,faiss-hash --set faiss-ivf.nprobe=1,8 --set faiss-hash.b=16
"""
# The same as in search.wishes, which is not imported because it would load NumPy for every --help.
USUAL_K = 100


@click.command(epilog=EXAMPLE)
@results_argument
@config_option("search")
@click.option("-o", "--output", type=Named("folder"), help="Output folder.  [default: RESULTS/search]")
@click.option(
    "--engine", "engines", type=Comma(), shell_complete=COMPLETIONS["engine"],
    help="Engines: faiss-flat, faiss-ivf, faiss-hnsw, faiss-hash, faiss-multihash.  [default: all]",
)  # fmt: skip
@click.option(
    "-k", "k", type=click.IntRange(1), default=USUAL_K, show_default=True, help="Number of rows that a query asks for."
)
@click.option(
    "--set", "texts", multiple=True, metavar="ENGINE.PARAMETER=VALUE,...", shell_complete=COMPLETIONS["set"],
    help="Parameter of an engine; may be repeated. nprobe, efSearch and nflip are the efforts, which are swept.",
)  # fmt: skip
@click.option("--again", is_flag=True, help="Measure again what was measured before.")
@choosing_options
@data_dir_option
@cache_dir_option
@code_option
@plugin_option
@strict_option
@provenance_option
@click.pass_context
def search(
    ctx: click.Context,
    /,
    results: Path,
    output: Path | None,
    engines: tuple[str, ...] | None,
    k: int,
    texts: tuple[str, ...],
    again: bool,
    data_dir: Path,
    cache_dir: Path | None,
    code: str,
    strict: bool,
    no_provenance: bool,
    **options: Any,
) -> None:
    """Measure the codes of finished runs in real search engines (the extra search, which is faiss).

    The hash table at the end of each run is put into each index, and the run's queries ask it for their k nearest
    codes, one by one, on one thread. Recall is that of the k nearest rows by the cosine of features; precision is that
    of labels. The second table multiplies the seconds of building an index by the table updates of a run, with the
    trigger on and off, beside what queries lose while the table is old.

    What was measured is kept beside each run file, so that the command continues where it stopped.
    """
    from rich.console import Console

    from mihash_bench.report.formats.screen import print_tables
    from mihash_bench.search.study import measure, tables_of, write_search
    from mihash_bench.search.wishes import Wishes

    wishes = Wishes(engines or (), texts, k, again)
    found = measure(
        results, wishes, data_dir, cache_dir, complain, complain,
        strict=strict, every_code=code == "all", choice=choice_of(options),
    )  # fmt: skip
    for tables in tables_of(found).values():
        print_tables(tables, Console())
    for path in write_search(found, output or results / "search", made_by(ctx, no_provenance)):
        say(path)
