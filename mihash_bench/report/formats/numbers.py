"""Numbers as text, the same in every format."""

from mihash_bench.report.data.published import OTHER_FEATURES
from mihash_bench.report.tables.model import DIFFERS, DIVERGED, EQUAL, Cell, Column

NOTHING = "--"


def number_text(value: float, column: Column) -> str:
    """Return a number with the column's decimals and thousands separated by commas."""
    if column.decimals is None:
        return str(value)
    if column.least is not None and value < column.least:
        return f"<{column.least}"
    sign = "+" if column.signed else ""
    return f"{value:{sign},.{column.decimals}f}"


def cell_text(cell: Cell, column: Column) -> str:
    """Return ``0.474 ± 0.010``, or the value alone, with the marks of the cell behind it."""
    if cell.value is None:
        return NOTHING
    spread = "" if cell.spread is None else f" ± {number_text(cell.spread, column)}"
    marks = (
        DIFFERS * cell.differs + EQUAL * cell.equal + DIVERGED * cell.diverged + OTHER_FEATURES * cell.other_features
    )
    return number_text(cell.value, column) + spread + marks
