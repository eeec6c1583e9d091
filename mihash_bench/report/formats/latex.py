"""Tables as LaTeX: table environments with booktabs rules, panels stacked, keys as headings of sections."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from mihash_bench.report.formats.latex_cells import Cells, Formulas, superscript
from mihash_bench.report.formats.latex_width import COLUMN, PAGE, fitting, text_ems, width
from mihash_bench.report.tables.model import Panel, Table
from mihash_bench.text import latex_text as escaped

# A column of the tabular: its group, and its position among the group's columns. Panels share it.
Slot = tuple[str, int]
FORMULAS = Formulas()
# What separates the clauses of a caption. The first says what the table shows.
CLAUSE = "; "


def to_latex(tables: Sequence[Table], cells: Cells = FORMULAS) -> str:
    """Return one complete table environment for each table, as wide as one column of a page if it fits there."""
    return "\n".join(_environment(table, cells) for table in tables)


def too_wide(tables: Sequence[Table], cells: Cells = FORMULAS) -> list[str]:
    """Return one line for each table that does not fit one column of a two-column page."""
    lines = []
    for table in tables:
        columns = _widths(table, cells)
        points = width(columns, fitting(columns))
        if points > COLUMN:
            needed = "both columns" if points <= PAGE else f"more than both columns, which have {PAGE:g} pt"
            lines.append(
                f"the table {table.title} is about {points:.0f} pt wide, and one column of an IEEE page has "
                f"{COLUMN:g} pt: it takes {needed} (--columns, --layout, --bits and --trigger make it narrower)"
            )
    return lines


def _environment(table: Table, cells: Cells) -> str:
    slots, columns = _slots(table), _widths(table, cells)
    size = fitting(columns)
    name = "table" if width(columns, size) <= COLUMN else "table*"
    # A caption of the user is not divided.
    caption, _, meaning = (table.caption, "", "") if table.explained else table.caption.partition(CLAUSE)
    labels = "l" * len(table.label_titles)
    return "\n".join([
        f"% needs {cells.packages}; about {width(columns, size):.0f} pt wide",
        *([f"% {escaped(table.explained)}."] if table.explained else []),
        rf"\begin{{{name}}}",
        r"\centering",
        rf"\{size.command}",
        rf"\setlength{{\tabcolsep}}{{{size.column_gap:g}pt}}",
        *cells.setup,
        rf"\caption{{{escaped(caption)}.}}",
        rf"\label{{tab:{table.label}}}",
        rf"\begin{{tabular}}{{@{{}}{labels}{''.join(_kinds(table, slots, cells))}@{{{_edge(table)}}}}}",
        r"\toprule",
        *_header(table, slots, cells),
        *(line for panel in table.panels for line in _panel(panel, table, slots, cells)),
        r"\bottomrule",
        r"\end{tabular}",
        *_below(meaning, table),
        rf"\end{{{name}}}",
        "",
    ])  # fmt: skip


def _edge(table: Table) -> str:
    """Return the room at the right edge for the marks of the last column, which take none in their cells."""
    marks = [superscript(row[-1]) for panel in table.panels for row in panel.cells if row]
    longest = max(marks, key=lambda each: each.count("\\") + len(each), default="")
    return rf"\phantom{{${longest}$}}" if longest else ""


def _below(meaning: str, table: Table) -> list[str]:
    """Return the lines below the table: what its numbers and marks mean.

    A caption with all of this would be hard to read, because IEEE's are set in small capitals.
    """
    texts = [f"{text[:1].upper()}{text[1:]}." for text in (meaning, *table.notes) if text]
    if not texts:
        return []
    return [r"\par\smallskip", rf"\parbox{{\linewidth}}{{\scriptsize {escaped(' '.join(texts))}}}"]


def _slots(table: Table) -> list[Slot]:
    """Return the columns of the tabular: for each group as many as the panel with most of that group."""
    widths: dict[str, int] = {}
    for panel in table.panels:
        for (group, position), _ in _placed(panel):
            widths[group] = max(widths.get(group, 0), position + 1)
    return [(group, position) for group, width in widths.items() for position in range(width)]


def _placed(panel: Panel) -> Iterator[tuple[Slot, int]]:
    """Yield the slot of each column of a panel, and the column's position in the panel."""
    counts: dict[str, int] = {}
    for position, column in enumerate(panel.columns):
        slot = (column.group, counts.get(column.group, 0))
        counts[column.group] = slot[1] + 1
        yield slot, position


def _kinds(table: Table, slots: Sequence[Slot], cells: Cells) -> list[str]:
    """Return the kind of each column of numbers, from its cells in all panels."""
    numbers: dict[Slot, list[str]] = {slot: [] for slot in slots}
    for panel in table.panels:
        for slot, at in _placed(panel):
            numbers[slot] += [cells.plain(row[at], panel.columns[at]) for row in panel.cells]
    return [cells.kind(numbers[slot]) for slot in slots]


def _widths(table: Table, cells: Cells) -> list[float]:
    """Return the width of each column of the tabular in em."""
    columns = [[title, *(row.labels[at] for row in table.rows)] for at, title in enumerate(table.label_titles)]
    labels = [max(map(text_ems, texts)) for texts in columns]
    numbers = dict.fromkeys(_slots(table), 0.0)
    for panel in table.panels:
        for slot, at in _placed(panel):
            column = panel.columns[at]
            here = [cells.ems(row[at], column) for row in panel.cells]
            numbers[slot] = max(numbers[slot], text_ems(column.title), *here)
    return [*labels, *numbers.values()]


def _header(table: Table, slots: Sequence[Slot], cells: Cells) -> list[str]:
    """Return the titles of labels and columns, below those of the groups if there are any."""
    labels = [escaped(title) for title in table.label_titles]
    titles, groups = _titles(table.panels[0], slots, cells), _groups(slots)
    if not groups:
        return [_line([*labels, *titles])]
    if not any(titles):
        return [_line([*labels, *groups])]
    return [_line([*[""] * len(labels), *groups]), _line([*labels, *titles])]


def _groups(slots: Sequence[Slot]) -> list[str]:
    runs = [(group, len(list(members))) for group, members in groupby(slots, key=lambda slot: slot[0])]
    if not any(group for group, _ in runs):
        return []
    return [rf"\multicolumn{{{width}}}{{c}}{{{escaped(group)}}}" for group, width in runs]


def _titles(panel: Panel, slots: Sequence[Slot], cells: Cells) -> list[str]:
    places = dict(_placed(panel))
    return [cells.title(escaped(panel.columns[places[slot]].title)) if slot in places else "" for slot in slots]


def _panel(panel: Panel, table: Table, slots: Sequence[Slot], cells: Cells) -> Iterator[str]:
    columns, places = len(table.label_titles) + len(slots), dict(_placed(panel))
    if panel.title and len(table.panels) > 1:
        yield from _heading(panel.title, columns)
    own = _titles(panel, slots, cells)
    if any(own) and panel is not table.panels[0]:
        yield _line([*[""] * len(table.label_titles), *own])
    for section in table.sections():
        if section.heading:
            yield from _heading(section.heading, columns)
        elif not panel.title or len(table.panels) == 1:
            yield r"\midrule"
        for row in section.rows:
            numbers = {slot: cells.number(panel.cells[row][at], panel.columns[at]) for slot, at in places.items()}
            yield _line([*map(escaped, table.rows[row].labels), *(numbers.get(slot, "") for slot in slots)])


def _heading(text: str, width: int) -> list[str]:
    return [r"\midrule", _line([rf"\multicolumn{{{width}}}{{@{{}}l}}{{\emph{{{escaped(text)}}}}}"])]


def _line(cells: Sequence[str]) -> str:
    return " & ".join(cells) + r" \\"
