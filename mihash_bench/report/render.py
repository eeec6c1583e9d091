"""A summary in each of the formats."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from rich.console import Console

from mihash_bench.errors import unknown
from mihash_bench.report.data.selection import with_plain_datasets
from mihash_bench.report.data.statistics import metric_columns, summary
from mihash_bench.report.formats.csv import to_csv
from mihash_bench.report.formats.latex import to_latex
from mihash_bench.report.formats.markdown import to_markdown
from mihash_bench.report.formats.screen import plain, print_tables
from mihash_bench.report.making import latex_comment
from mihash_bench.report.tables.build import arranged, tables_of, tables_with_differences
from mihash_bench.report.tables.layouts import COMPARISON, every_column
from mihash_bench.report.tables.model import Table


@dataclass(frozen=True)
class Format:
    """A text format: the ending of its files, which tables of a summary it shows, and how it writes them.

    comment: returns what made the tables as text that the format skips, if there is such text in the format.
    """

    ending: str
    tables: Callable[[pd.DataFrame], list[Table]]
    write: Callable[[Sequence[Table]], str]
    comment: Callable[[Mapping[str, Any]], str] | None = None


def _every_row(summary: pd.DataFrame) -> list[Table]:
    whole = with_plain_datasets(summary)
    return arranged(whole, every_column(whole))


FORMATS = {
    "markdown": Format(".md", tables_with_differences, to_markdown),
    "latex": Format(".tex", tables_of, to_latex, latex_comment),
    "csv": Format(".csv", _every_row, to_csv),
}


def render(summary: pd.DataFrame, name: str, facts: Callable[[], Mapping[str, Any] | None] = lambda: None) -> str:
    """Return a summary's tables in a format of ``FORMATS``. Raises InputError, naming ``--format``, for another.

    facts: returns what made the tables (``making.Making.facts``), for a comment in formats that have one.
    """
    if name not in FORMATS:
        raise unknown("--format", name, FORMATS)
    form = FORMATS[name]
    made = facts() if form.comment else None
    comment = form.comment(made) if form.comment and made else ""
    return comment + form.write(form.tables(summary))


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
