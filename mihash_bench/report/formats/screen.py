"""Tables on the screen: the short form, one table for each section."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from mihash_bench.report.formats.numbers import cell_text
from mihash_bench.report.tables.model import Section, Table
from mihash_bench.text import one_line


def print_tables(tables: Sequence[Table], console: Console) -> None:
    """Print the brief columns of each table, with the best of each section in bold, and its caption."""
    for table in tables:
        for section in table.sections():
            console.print(_section(table, section))
        console.print(plain(f"{table.caption}."))


def plain(text: str) -> Text:
    """Return a text that rich shows as it is; it would read the brackets of ``mAP[ties=index]`` as markup."""
    return Text(one_line(text))


def _section(table: Table, section: Section) -> RichTable:
    shown = RichTable(title=plain(section.heading or table.title), title_justify="left")
    for title in table.label_titles:
        # On a narrow screen, names are wrapped but numbers are not.
        shown.add_column(plain(title), overflow="fold")
    brief = [(heading, column, cells) for heading, column, cells in table.side_by_side() if column.brief]
    for heading, _, _ in brief:
        shown.add_column(plain(heading), no_wrap=True)
    for row in section.rows:
        cells = [(of[row], column) for _, column, of in brief]
        numbers = [Text(cell_text(cell, column), style="bold" if cell.best else "") for cell, column in cells]
        shown.add_row(*map(plain, table.rows[row].labels), *numbers)
    return shown
