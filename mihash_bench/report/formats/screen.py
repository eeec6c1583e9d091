"""Tables on the screen: the short form, one table for each section."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from mihash_bench.report.formats.numbers import cell_text
from mihash_bench.report.tables.model import Section, Table


def print_tables(tables: Sequence[Table], console: Console) -> None:
    """Print the brief columns of each table, with the best of each section in bold, and its caption."""
    for table in tables:
        for section in table.sections():
            console.print(_section(table, section))
        console.print(Text(f"{table.caption}."))


def _section(table: Table, section: Section) -> RichTable:
    # Text rather than str, because rich would read the brackets of mAP[ties=index] as markup and drop them.
    shown = RichTable(title=Text(section.heading or table.title), title_justify="left")
    for title in table.label_titles:
        # On a narrow screen, names are wrapped but numbers are not.
        shown.add_column(Text(title), overflow="fold")
    brief = [(heading, column, cells) for heading, column, cells in table.side_by_side() if column.brief]
    for heading, _, _ in brief:
        shown.add_column(Text(heading), no_wrap=True)
    for row in section.rows:
        cells = [(of[row], column) for _, column, of in brief]
        numbers = [Text(cell_text(cell, column), style="bold" if cell.best else "") for cell, column in cells]
        shown.add_row(*map(Text, table.rows[row].labels), *numbers)
    return shown
