"""Tables as Markdown: pipe tables with the keys as leading columns and the panels side by side."""

from collections.abc import Sequence

from mihash_bench.report.formats.markdown_text import escaped, paragraph
from mihash_bench.report.formats.numbers import cell_text
from mihash_bench.report.tables.model import DIFFERS, Cell, Column, Table


def to_markdown(tables: Sequence[Table]) -> str:
    """Return the tables, each followed by its caption and notes, without a line break at the end."""
    return "\n\n".join(_table(table) for table in tables)


def _table(table: Table) -> str:
    headings, columns, cells = zip(*table.side_by_side(), strict=True)
    titles = [*(key.title for key in table.keys), *table.label_titles, *headings]
    texts = [[_cell(cell, column) for cell in of] for column, of in zip(columns, cells, strict=True)]
    names = [[escaped(name) for name in (*row.keys, *row.labels)] for row in table.rows]
    rows = [[*name, *line] for name, line in zip(names, zip(*texts, strict=True), strict=True)]
    said = [paragraph(f"{text}.") for text in (table.caption, *table.notes) if text]
    return "\n\n".join([_pipes([escaped(title) for title in titles], rows), *said])


def _pipes(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(cell: Cell, column: Column) -> str:
    text = cell_text(cell, column).replace(DIFFERS, "\\*")
    return f"**{text}**" if cell.best else f"<ins>{text}</ins>" if cell.second else text
