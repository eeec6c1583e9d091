"""Tables on the screen: the short form, one table for each section, or one block for each row on a narrow screen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, RenderableType
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text

from mihash_bench.report.formats.numbers import cell_text
from mihash_bench.report.tables.model import Section, Table
from mihash_bench.text import one_line

# A name may be broken into parts of so many characters before the rows become blocks.
PART_OF_A_NAME = 12
INDENT = 2


@dataclass(frozen=True)
class _Row:
    """The names of a row and its numbers."""

    names: Sequence[str]
    numbers: Sequence[Text]


def print_tables(tables: Sequence[Table], console: Console) -> None:
    """Print the brief columns of each table, with the best of each section in bold, and its caption.

    No line is wider than the screen and nothing is cut: rows that do not fit are printed as blocks, with one number in
    each line.
    """
    for table in tables:
        for section in table.sections():
            for part in _section(table, section, console):
                console.print(part)
        console.print(plain(f"{table.caption}."))


def plain(text: str) -> Text:
    """Return a text that rich shows as it is; it would read the brackets of ``mAP[ties=index]`` as markup."""
    return Text(one_line(text), overflow="fold")


def _section(table: Table, section: Section, console: Console) -> Iterator[RenderableType]:
    brief = [(heading, column, cells) for heading, column, cells in table.side_by_side() if column.brief]
    headings, rows = [heading for heading, _, _ in brief], []
    for row in section.rows:
        cells = [(of[row], column) for _, column, of in brief]
        numbers = [Text(cell_text(cell, column), style="bold" if cell.best else "") for cell, column in cells]
        rows.append(_Row(table.rows[row].labels, numbers))
    title = section.heading or table.title
    grid = _grid(title, table.label_titles, headings, rows)
    if Measurement.get(console, console.options.update(width=10_000), grid).minimum <= console.width:
        yield grid
    else:
        yield Text(one_line(title), style="italic", overflow="fold")
        yield from (part for row in rows for part in _block(row, headings))


def _grid(title: str, labels: Sequence[str], headings: Sequence[str], rows: Sequence[_Row]) -> RichTable:
    shown = RichTable(title=plain(title), title_justify="left")
    for place, label in enumerate(labels):
        longest = max((len(word) for row in rows for word in one_line(row.names[place]).split()), default=1)
        # On a narrow screen, names are wrapped but numbers are not.
        shown.add_column(plain(label), overflow="fold", min_width=min(longest, PART_OF_A_NAME))
    for heading in headings:
        shown.add_column(plain(heading), no_wrap=True)
    for row in rows:
        shown.add_row(*map(plain, row.names), *row.numbers)
    return shown


def _block(row: _Row, headings: Sequence[str]) -> Iterator[RenderableType]:
    yield plain(", ".join(row.names))
    numbers = RichTable.grid(padding=(0, INDENT))
    numbers.add_column(overflow="fold")
    numbers.add_column(overflow="fold")
    for heading, number in zip(headings, row.numbers, strict=True):
        numbers.add_row(plain(heading), number)
    yield Padding(numbers, (0, 0, 0, INDENT))
