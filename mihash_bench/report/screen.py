"""The summary on the screen: one small table for each dataset and code length."""

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mihash_bench.report.statistics import summary
from mihash_bench.report.tables import explanation, formatted

COLUMNS = slice(2, 7)
MARK = "\0"


def print_summary(frame: pd.DataFrame, metric: str, console: Console) -> None:
    """Print method, trigger, final metric, AUC and updates; the best of each dataset and code length is bold."""
    block = summary(frame, metric)
    header, rows = formatted(block, metric, bold=MARK + "{}")
    for place in dict.fromkeys((row[0], row[1]) for row in rows):
        table = Table(title=f"{place[0]}, {place[1]} bits", title_justify="left")
        for name in header[COLUMNS]:
            table.add_column(name, no_wrap=True)
        for row in (row for row in rows if (row[0], row[1]) == place):
            cells = row[COLUMNS]
            table.add_row(*(Text(cell.lstrip(MARK), style="bold" if cell.startswith(MARK) else "") for cell in cells))
        console.print(table)
    console.print(explanation(block, metric) + ".", highlight=False)
