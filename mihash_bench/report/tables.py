"""Summary tables: final metric, AUC, updates and bit recomputations, as LaTeX, Markdown and CSV."""

from collections.abc import Sequence

import pandas as pd

from mihash_bench.report.cells import Cell, explanation, header, rows_of
from mihash_bench.report.latex import latex_table
from mihash_bench.report.statistics import summary


def summary_table(frame: pd.DataFrame, metrics: Sequence[str]) -> pd.DataFrame:
    """Return the rows of ``statistics.summary``, one block a metric; full precision."""
    return pd.concat([summary(frame, metric) for metric in metrics], ignore_index=True)


def to_csv(table: pd.DataFrame) -> str:
    """Return the numbers in full precision, mean and standard deviation in columns of their own."""
    return table.to_csv(index=False)


def to_latex(table: pd.DataFrame) -> str:
    """Return table environments with booktabs rules, one a metric; every label is escaped."""
    return "\n".join(latex_table(block, str(metric)) for metric, block in table.groupby("metric", sort=False))


def to_markdown(table: pd.DataFrame) -> str:
    """Return pipe tables, one a metric, with what the cells mean said below."""
    return "\n\n".join(_markdown_block(block, str(metric)) for metric, block in table.groupby("metric", sort=False))


def _markdown_block(block: pd.DataFrame, metric: str) -> str:
    titles = ["Dataset", "Bits", "Method", "Trigger", *header(metric)]
    rows = [[*row.place, *row.labels, *map(_markdown_cell, row.cells)] for row in rows_of(block)]
    lines = [titles, ["---"] * len(titles), *rows]
    text = "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
    return f"{text}\n\n{explanation(block, metric)}."


def _markdown_cell(cell: Cell) -> str:
    return f"**{cell}**" if cell.best else str(cell)
