"""Tables as CSV: all digits, the spread in a separate column, and no text that is a formula."""

import csv
from collections.abc import Sequence
from io import StringIO

from mihash_bench.report.formats.csv_cells import text_cell
from mihash_bench.report.tables.model import Table


def to_csv(tables: Sequence[Table]) -> str:
    """Return the tables, one below the other, with an empty line between them."""
    return "\n".join(_table(table) for table in tables)


def _table(table: Table) -> str:
    titles = [*(key.title for key in table.keys), *table.label_titles]
    columns: list[list[str]] = []
    for heading, _, cells in table.side_by_side():
        titles.append(heading)
        columns.append([_text(cell.value) for cell in cells])
        if any(cell.spread is not None for cell in cells):
            titles.append(f"{heading} sd")
            columns.append([_text(cell.spread) for cell in cells])
    lines = zip(table.rows, zip(*columns, strict=True), strict=True)
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(text_cell, titles))
    writer.writerows([*map(text_cell, [*row.keys, *row.labels]), *line] for row, line in lines)
    return text.getvalue()


def _text(value: float | None) -> str:
    return "" if value is None else str(value)
