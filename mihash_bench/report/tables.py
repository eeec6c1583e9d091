"""Summary tables: final metric, AUC, updates and bit recomputations, as LaTeX, Markdown and CSV."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from mihash_bench.report.cells import DIFFERS, Cell, explanation, header, rows_of
from mihash_bench.report.latex import latex_table
from mihash_bench.report.significance import AveragePrecisions, with_comparisons
from mihash_bench.report.statistics import summary

LEAST_P = 0.0001


def summary_table(
    frame: pd.DataFrame, metrics: Sequence[str], average_precisions: AveragePrecisions | None = None
) -> pd.DataFrame:
    """Return the rows of ``statistics.summary``, one block a metric; full precision.

    With the AP of each run's queries, also how each row differs from the best (``significance``).
    """
    blocks = {metric: summary(frame, metric) for metric in metrics}
    if average_precisions is not None:
        blocks = {m: with_comparisons(block, frame, m, average_precisions) for m, block in blocks.items()}
    return pd.concat(blocks.values(), ignore_index=True)


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
    text = _pipes(titles, rows)
    return f"{text}\n\n{explanation(block, metric)}.{_differences(block)}"


def _differences(block: pd.DataFrame) -> str:
    """Return a table of how each row differs from the best of its dataset and code length, if that was tested."""
    tested = block[block["p_adjusted"].notna()] if "p_adjusted" in block else block[:0]
    if tested.empty:
        return ""
    titles = [
        "Dataset",
        "Bits",
        "Method",
        "Trigger",
        "Difference to the best",
        "95 % CI",
        "Effect size",
        "p",
        "p (Holm)",
        "Trials that agree",
    ]
    rows = [
        [*row.place, *row.labels, f"{r.difference:+.4f}", f"{r.ci_low:+.4f} to {r.ci_high:+.4f}",
         f"{r.effect_size:+.2f}", _p(r.p_value), _p(r.p_adjusted), f"{r.trials_agree:.0f} of {r.trials_compared:.0f}"]
        for row, r in zip(rows_of(tested), tested.itertuples(), strict=True)
    ]  # fmt: skip
    said = (
        "Difference of mAP by query; 95 % bootstrap interval over queries, each for itself; effect size: mean over sd."
    )
    return f"\n\n{_pipes(titles, rows)}\n\n{said}"


def _p(value: Any) -> str:
    return f"{value:.4f}" if value >= LEAST_P else f"<{LEAST_P}"


def _pipes(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _markdown_cell(cell: Cell) -> str:
    text = str(cell).replace(DIFFERS, "\\*")
    return f"**{text}**" if cell.best else text
