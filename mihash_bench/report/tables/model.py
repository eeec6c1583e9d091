"""The table model: numbers and titles, before any format."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

# The mark of a cell that differs significantly from the best.
DIFFERS = "*"
# The mark of a cell that was tested against the best and is not shown to differ.
EQUAL = "≈"
# The mark of a cell with a run that diverged.
DIVERGED = "†"


@dataclass(frozen=True)
class Cell:
    """A number and its spread over trials.

    value: None where there is no number. spread: the standard deviation, or None. best: whether the value is the best
    of its section and column, as displayed. second: whether it is to be marked as the second best. differs: whether it
    differs significantly from the best. equal: whether it was tested and does not. diverged: whether one of its runs
    diverged. other_features: whether it is a published figure of other features than ours.
    """

    value: float | None = None
    spread: float | None = None
    best: bool = False
    second: bool = False
    differs: bool = False
    equal: bool = False
    diverged: bool = False
    other_features: bool = False


@dataclass(frozen=True)
class Column:
    """The title of a column and how its numbers are written.

    group: a common property of neighboring columns, such as a code length, shown above their titles. decimals: None
    for all digits. signed: positive numbers have a plus sign. least: numbers below it are written as ``<least``.
    brief: the column is part of the short form of the table, which fits on a screen.
    """

    title: str
    group: str = ""
    decimals: int | None = 0
    signed: bool = False
    least: float | None = None
    brief: bool = False

    @property
    def heading(self) -> str:
        """Group and title in one line."""
        return ", ".join(filter(None, (self.group, self.title)))


@dataclass(frozen=True)
class Key:
    """Something that the rows of a section share: a title, and a unit for headings, such as ``bits``."""

    title: str
    unit: str = ""


@dataclass(frozen=True)
class Row:
    """The texts that name a row: its keys, which are those of its section, and its labels.

    section: the number of the section, which tells sections apart even if their keys read the same.
    """

    keys: tuple[str, ...]
    labels: tuple[str, ...]
    section: int = 0


@dataclass(frozen=True)
class Panel:
    """Some columns of a table. cells: one tuple for each row of the table, one cell for each column of the panel.

    A tall format stacks the panels of a table under their titles, a wide one puts them side by side.
    """

    title: str
    columns: tuple[Column, ...]
    cells: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Section:
    """The rows of one section. heading: the keys in one line. rows: their positions."""

    heading: str
    rows: tuple[int, ...]


@dataclass(frozen=True)
class Table:
    """A table in no particular format.

    title: a few words. caption: the meaning of the numbers. label: how other texts refer to the table. notes: further
    sentences for the reader, without full stops. label_titles: one title for each label of a row. explained: the
    meaning of the numbers if the caption is one of the user, else "".
    """

    title: str
    caption: str
    label: str
    keys: tuple[Key, ...]
    label_titles: tuple[str, ...]
    rows: tuple[Row, ...]
    panels: tuple[Panel, ...]
    notes: tuple[str, ...] = ()
    explained: str = ""

    def sections(self) -> Iterator[Section]:
        """Yield the sections in order; a table without keys is one section without a heading."""
        for _, members in groupby(range(len(self.rows)), key=lambda position: self.rows[position].section):
            positions = tuple(members)
            named = zip(self.rows[positions[0]].keys, self.keys, strict=True)
            yield Section(", ".join(" ".join(filter(None, (text, key.unit))) for text, key in named), positions)

    def side_by_side(self) -> Iterator[tuple[str, Column, list[Cell]]]:
        """Yield heading, column and cells, one for each row, of the columns of all panels."""
        for panel in self.panels:
            for position, column in enumerate(panel.columns):
                heading = ", ".join(filter(None, (panel.title, column.heading)))
                yield heading, column, [cells[position] for cells in panel.cells]
