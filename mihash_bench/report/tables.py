"""Summary tables: final metric, AUC, updates and bit recomputations, as LaTeX, Markdown and CSV."""

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from mihash_bench.report.batch_tables import PUBLISHED, BatchTable, batch_latex, batch_markdown, batch_tables
from mihash_bench.report.cells import DIFFERS, Cell, explanation, header, rows_of
from mihash_bench.report.latex import latex_table
from mihash_bench.report.selection import ONLINE
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


def online_and_batch(table: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame, pd.DataFrame]]:
    """Yield each metric of a summary with its rows of the online setting and those of batch settings."""
    for metric, block in table.groupby("metric", sort=False):
        online = block["setting"] == ONLINE
        yield str(metric), block[online], block[~online]


def to_csv(table: pd.DataFrame) -> str:
    """Return the numbers in full precision, mean and standard deviation in columns of their own."""
    return table.to_csv(index=False)


def to_latex(table: pd.DataFrame) -> str:
    """Return table environments with booktabs rules, one a metric, and one a metric, batch setting and dataset; every
    label is escaped."""
    texts = []
    for metric, online, batch in online_and_batch(table):
        texts += [latex_table(online, metric, published_lines(online))] if len(online) else []
        texts += [batch_latex(each) for each in batch_tables(batch, metric)]
    return "\n".join(texts)


def to_markdown(table: pd.DataFrame) -> str:
    """Return pipe tables, one a metric, and one a metric, batch setting and dataset, with what the cells mean below."""
    texts = []
    for metric, online, batch in online_and_batch(table):
        texts += [_markdown_block(online, metric)] if len(online) else []
        texts += [_batch_block(each) for each in batch_tables(batch, metric)]
        texts += [_differences(batch)] if len(batch) and _differences(batch) else []
    return "\n\n".join(text.strip("\n") for text in texts)


def published_lines(block: pd.DataFrame) -> list[str]:
    """Return what was published for the rows of an online summary, in words, one figure a line."""
    if PUBLISHED not in block:
        return []
    shown = block[block[PUBLISHED].notna()].drop_duplicates(["method_title", "bits", PUBLISHED])
    return [
        f"Published: {row['method_title']}, {row['bits']} bits: {row[PUBLISHED]:.3f} "
        f"({row['published_source']}: {row['published_protocol']})"
        for row in shown.to_dict("records")
    ]


def _batch_block(table: BatchTable) -> str:
    titles, rows, said = batch_markdown(table)
    text = _pipes(titles, [[cell if isinstance(cell, str) else _markdown_cell(cell) for cell in row] for row in rows])
    return f"{text}\n\n{said}"


def _markdown_block(block: pd.DataFrame, metric: str) -> str:
    titles = ["Dataset", "Bits", "Method", "Trigger", *header(metric)]
    rows = [[*row.place, *row.labels, *map(_markdown_cell, row.cells)] for row in rows_of(block)]
    text = _pipes(titles, rows)
    published = "".join(f"\n\n{line}" for line in published_lines(block))
    return f"{text}\n\n{explanation(block, metric)}.{published}{_differences(block)}"


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
    if block["trigger"].eq("").all():
        titles, rows = _without(titles, 3), [_without(row, 3) for row in rows]
    said = (
        "Difference of mAP by query; 95 % bootstrap interval over queries, each for itself; effect size: mean over sd."
    )
    return f"\n\n{_pipes(titles, rows)}\n\n{said}"


def _without(cells: list[str], place: int) -> list[str]:
    """Return a line without the cell at that place."""
    return cells[:place] + cells[place + 1 :]


def _p(value: Any) -> str:
    return f"{value:.4f}" if value >= LEAST_P else f"<{LEAST_P}"


def _pipes(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _markdown_cell(cell: Cell) -> str:
    text = str(cell).replace(DIFFERS, "\\*")
    return f"**{text}**" if cell.best else text
