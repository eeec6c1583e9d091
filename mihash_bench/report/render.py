"""A summary in each of the formats."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
from rich.console import Console

from mihash_bench.errors import unknown
from mihash_bench.report.data.selection import with_plain_datasets
from mihash_bench.report.data.statistics import metric_columns, summary
from mihash_bench.report.formats.csv import to_csv
from mihash_bench.report.formats.latex import to_latex, too_wide
from mihash_bench.report.formats.latex_cells import Formulas, SColumns
from mihash_bench.report.formats.markdown import to_markdown
from mihash_bench.report.formats.screen import plain, print_tables
from mihash_bench.report.formats.table_text import TableText
from mihash_bench.report.making import latex_comment
from mihash_bench.report.tables.arrangement import EVERY_SETTING_ITS_OWN, Arrangement
from mihash_bench.report.tables.build import arranged, tables_of, tables_with_differences
from mihash_bench.report.tables.layouts import COMPARISON, every_column
from mihash_bench.report.tables.model import Table


@dataclass(frozen=True)
class Format:
    """A text format: the ending of its files, which tables of a summary it shows, and how it writes them.

    comment: returns what made the tables as text that the format skips, if there is such text in the format.
    """

    ending: str
    tables: Callable[[pd.DataFrame, Arrangement], list[Table]]
    write: Callable[[Sequence[Table]], str]
    comment: Callable[[Mapping[str, Any]], str] | None = None


def _every_row(summary: pd.DataFrame, wishes: Arrangement) -> list[Table]:
    """Return the summary as it is, unless a layout or columns were chosen."""
    if wishes.layout or wishes.columns:
        return tables_of(summary, wishes)
    whole = with_plain_datasets(summary)
    return arranged(whole, every_column(whole))


def _with_differences(summary: pd.DataFrame, wishes: Arrangement) -> list[Table]:
    """Return the tables with the differences to the best, unless a layout or columns were chosen."""
    build = tables_of if wishes.layout or wishes.columns else tables_with_differences
    return build(summary, wishes)


def _for_print(summary: pd.DataFrame, wishes: Arrangement) -> list[Table]:
    return tables_of(summary, replace(wishes, brief=True))


FORMATS = {
    "markdown": Format(".md", _with_differences, to_markdown),
    "latex": Format(".tex", _for_print, to_latex, latex_comment),
    "csv": Format(".csv", _every_row, to_csv),
}


def render(
    summary: pd.DataFrame,
    name: str,
    facts: Callable[[], Mapping[str, Any] | None] = lambda: None,
    wishes: Arrangement = EVERY_SETTING_ITS_OWN,
    complain: Callable[[str], None] | None = None,
) -> TableText:
    """Return a summary's tables in a format of ``FORMATS``. Raises InputError, naming ``--format``, for another.

    facts: returns what made the tables (``making.Making.facts``), for a comment in formats that have one. complain: is
    given a line for each LaTeX table that is wider than one column of a page.
    """
    if name not in FORMATS:
        raise unknown("--format", name, FORMATS)
    form = FORMATS[name]
    tables, made = form.tables(summary, wishes), facts() if form.comment else None
    comment = form.comment(made) if form.comment and made else ""
    if name != "latex":
        return TableText(comment + form.write(tables), tables)
    cells = SColumns() if wishes.siunitx else Formulas()
    if complain is not None:
        for line in too_wide(tables, cells):
            complain(line)
    return TableText(comment + to_latex(tables, cells), tables)


def render_comparison(differences: pd.DataFrame, name: str) -> str:
    """Return the rows of ``data.differences`` in a format of ``FORMATS``. Raises InputError as ``render`` does."""
    if name not in FORMATS:
        raise unknown("--format", name, FORMATS)
    rows = with_plain_datasets(differences) if name == "csv" else differences
    return FORMATS[name].write(arranged(rows, every_column(rows) if name == "csv" else COMPARISON))


def print_summary(frame: pd.DataFrame, metric: str, console: Console) -> None:
    """Print the tables of comparable runs, or one line if no finished run has the metric."""
    if metric not in metric_columns(frame):
        console.print(plain(f"No finished run has {metric}."))
        return
    print_tables(tables_of(summary(frame, metric)), console)
