"""Tables as LaTeX: table environments with booktabs rules, panels stacked, keys as headings of sections."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from mihash_bench.report.data.published import OTHER_FEATURES
from mihash_bench.report.formats.numbers import NOTHING, number_text
from mihash_bench.report.tables.model import DIFFERS, DIVERGED, Cell, Column, Panel, Table
from mihash_bench.text import latex_text as escaped

_IN_FORMULA = {DIVERGED: r"\dagger", OTHER_FEATURES: r"\ddagger"}

# A column of the tabular: its group, and its position among the group's columns. Panels share it.
Slot = tuple[str, int]


def to_latex(tables: Sequence[Table]) -> str:
    """Return one complete table environment for each table."""
    return "\n".join(_environment(table) for table in tables)


def _environment(table: Table) -> str:
    slots = _slots(table)
    said = " ".join(f"{text}." for text in (table.caption, *table.notes) if text)
    return "\n".join([
        r"% needs \usepackage{booktabs}; in a two-column paper write table* for table",
        r"\begin{table}",
        r"\centering",
        r"\footnotesize",
        rf"\caption{{{escaped(said)}}}",
        rf"\label{{tab:{table.label}}}",
        rf"\begin{{tabular}}{{{'l' * len(table.label_titles)}{'r' * len(slots)}}}",
        r"\toprule",
        *_header(table, slots),
        *(line for panel in table.panels for line in _panel(panel, table, slots)),
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
        "",
    ])  # fmt: skip


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


def _header(table: Table, slots: Sequence[Slot]) -> list[str]:
    """Return the titles of labels and columns, below those of the groups if there are any."""
    labels = [escaped(title) for title in table.label_titles]
    titles, groups = _titles(table.panels[0], slots), _groups(slots)
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


def _titles(panel: Panel, slots: Sequence[Slot]) -> list[str]:
    places = dict(_placed(panel))
    return [escaped(panel.columns[places[slot]].title) if slot in places else "" for slot in slots]


def _panel(panel: Panel, table: Table, slots: Sequence[Slot]) -> Iterator[str]:
    width, places = len(table.label_titles) + len(slots), dict(_placed(panel))
    if panel.title:
        yield from _heading(panel.title, width)
    own = _titles(panel, slots)
    if any(own) and panel is not table.panels[0]:
        yield _line([*[""] * len(table.label_titles), *own])
    for section in table.sections():
        if section.heading:
            yield from _heading(section.heading, width)
        elif not panel.title:
            yield r"\midrule"
        for row in section.rows:
            numbers = {slot: _number(panel.cells[row][at], panel.columns[at]) for slot, at in places.items()}
            yield _line([*map(escaped, table.rows[row].labels), *(numbers.get(slot, "") for slot in slots)])


def _heading(text: str, width: int) -> list[str]:
    return [r"\midrule", _line([rf"\multicolumn{{{width}}}{{l}}{{\emph{{{escaped(text)}}}}}"])]


def _number(cell: Cell, column: Column) -> str:
    """Return a cell as a formula, bold if it is the best."""
    if cell.value is None:
        return NOTHING
    spread = "" if cell.spread is None else rf" \pm {number_text(cell.spread, column)}"
    marks = DIFFERS * cell.differs
    marks += _IN_FORMULA[DIVERGED] * cell.diverged + _IN_FORMULA[OTHER_FEATURES] * cell.other_features
    mark = f"^{{{marks}}}" if marks else ""
    # In a formula a bare comma is punctuation and is followed by a space.
    text = (number_text(cell.value, column) + spread).replace(",", "{,}") + mark
    return rf"$\mathbf{{{text}}}$" if cell.best else f"${text}$"


def _line(cells: Sequence[str]) -> str:
    return " & ".join(cells) + r" \\"
