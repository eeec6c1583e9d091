"""The summary on the screen: one small table for each dataset and code length."""

from itertools import groupby

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mihash_bench.report.batch_tables import BatchTable, batch_tables
from mihash_bench.report.cells import Cell, Row, explanation, header, rows_of
from mihash_bench.report.statistics import metric_columns, summary
from mihash_bench.report.tables import online_and_batch

# Final metric, AUC and updates: what fits a screen of 80 columns.
CELLS = slice(0, 3)


def print_summary(frame: pd.DataFrame, metric: str, console: Console) -> None:
    """Print method, trigger, final metric, AUC and updates; for batch settings the final metric by code length.

    The best of each dataset and code length is bold.

    One line says so when no finished run has the metric.
    """
    if metric not in metric_columns(frame):
        console.print(Text(f"No finished run has {metric}."))
        return
    for _, online, batch in online_and_batch(summary(frame, metric)):
        for place, rows in groupby(rows_of(online), key=lambda row: row.place) if len(online) else ():
            console.print(_table(place, list(rows), metric))
        if len(online):
            console.print(Text(f"{explanation(online, metric)}."))
        for table in batch_tables(batch, metric):
            console.print(_batch_table(table))
            console.print(Text(f"{table.said}."))


def _batch_table(arranged: BatchTable) -> Table:
    table = Table(title=Text(f"{arranged.dataset}, {arranged.setting}, {arranged.metric}"), title_justify="left")
    table.add_column(Text("Method"), overflow="fold")
    for bits in arranged.bits:
        table.add_column(Text(f"{bits} bits"), no_wrap=True)
    for line in arranged.lines:
        table.add_row(Text(line.name), *(_cell(cell) if cell else Text("") for cell in line.ours))
    return table


def _table(place: tuple[str, str], rows: list[Row], metric: str) -> Table:
    # Text, not str: rich would read the brackets of mAP[ties=index] as markup and drop them.
    table = Table(title=Text(f"{place[0]}, {place[1]} bits"), title_justify="left")
    # On a narrow screen the method's name is broken, never a number.
    table.add_column(Text("Method"), overflow="fold")
    for title in ["Trigger", *header(metric)[CELLS]]:
        table.add_column(Text(title), no_wrap=True)
    for row in rows:
        table.add_row(*map(Text, row.labels), *map(_cell, row.cells[CELLS]))
    return table


def _cell(cell: Cell) -> Text:
    return Text(str(cell), style="bold" if cell.best else "")
