"""The summary table on the screen."""

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mihash_bench.report.statistics import summary
from mihash_bench.report.tables import explanation, formatted

NUMBERS_FROM = 4
MARK = "\0"


def print_summary(frame: pd.DataFrame, metric: str, console: Console) -> None:
    """Print the summary of one metric; the best of each dataset and code length is bold."""
    block = summary(frame, metric)
    header, rows = formatted(block, metric, bold=MARK + "{}")
    table = Table(caption=explanation(block, metric))
    for number, name in enumerate(header):
        table.add_column(name, justify="right" if number >= NUMBERS_FROM else "left")
    for row in rows:
        table.add_row(*(Text(cell.lstrip(MARK), style="bold" if cell.startswith(MARK) else "") for cell in row))
    console.print(table)
