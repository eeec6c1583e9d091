"""Numbers in LaTeX tables: as formulas, or for the S columns of siunitx."""

import re
from collections.abc import Sequence
from typing import Protocol

from mihash_bench.report.data.published import OTHER_FEATURES
from mihash_bench.report.formats.latex_width import number_ems
from mihash_bench.report.formats.numbers import NOTHING, number_text
from mihash_bench.report.tables.model import DIFFERS, DIVERGED, EQUAL, Cell, Column

_IN_FORMULA = {EQUAL: r"\approx", DIVERGED: r"\dagger", OTHER_FEATURES: r"\ddagger"}
_PARTS = re.compile(r"(?P<sign>[+-]?)(?P<whole>\d+)(\.(?P<decimals>\d+))?")


class Cells(Protocol):
    """How cells are written. packages: those that they need. setup: lines before the tabular."""

    packages: str
    setup: Sequence[str]

    def kind(self, numbers: Sequence[str]) -> str:
        """Return the kind of a column of the tabular, from the plain texts of its cells."""
        ...

    def title(self, text: str) -> str:
        """Return the escaped title of a column of numbers as a cell."""
        ...

    def number(self, cell: Cell, column: Column) -> str:
        """Return a cell."""
        ...

    def plain(self, cell: Cell, column: Column) -> str:
        """Return the number and its spread as text without marks, "" for none."""
        ...

    def ems(self, cell: Cell, column: Column) -> float:
        """Return the width of a cell in em."""
        ...


class Formulas:
    """Right-aligned formulas, bold if best and underlined if second.

    Marks take no room, so that the digits of a column are below each other.
    """

    packages = r"\usepackage{booktabs}"
    setup: Sequence[str] = ()

    def kind(self, numbers: Sequence[str]) -> str:
        """Return the same kind for every column."""
        return "r"

    def title(self, text: str) -> str:
        """Return the title itself."""
        return text

    def number(self, cell: Cell, column: Column) -> str:
        """Return a formula, and its marks as a superscript."""
        if cell.value is None:
            return NOTHING
        spread = "" if cell.spread is None else rf" \pm {number_text(cell.spread, column)}"
        # In a formula a bare comma is punctuation and is followed by a space.
        text = (number_text(cell.value, column) + spread).replace(",", "{,}")
        styled = rf"\underline{{{text}}}" if cell.second else rf"\mathbf{{{text}}}" if cell.best else text
        marks = rf"\rlap{{${superscript(cell)}$}}" if _marks(cell) else ""
        return f"${styled}${marks}"

    def plain(self, cell: Cell, column: Column) -> str:
        """Return the number and its spread as on the screen."""
        if cell.value is None:
            return ""
        spread = "" if cell.spread is None else f" ± {number_text(cell.spread, column)}"
        return number_text(cell.value, column) + spread

    def ems(self, cell: Cell, column: Column) -> float:
        """Return the width of the formula."""
        return number_ems(self.plain(cell, column) or NOTHING, bold=cell.best, marks=len(_marks(cell)))


class SColumns(Formulas):
    """Numbers for siunitx (version 3), which aligns them at the decimal point."""

    packages = r"\usepackage{booktabs,siunitx} (siunitx 3)"
    setup = (
        r"\sisetup{separate-uncertainty=true, retain-zero-uncertainty=true, group-digits=integer, "
        r"group-minimum-digits=4, group-separator={,}, mode=match, propagate-math-font=true, reset-math-version=false, "
        r"reset-text-series=false, reset-text-family=false, text-series-to-math=true, "
        r"table-align-text-after=false}",
    )

    def kind(self, numbers: Sequence[str]) -> str:
        """Return an S column for the longest number and spread; a plain one if there is no number."""
        pairs = [number.replace(",", "").split(" ± ") for number in numbers if number and "<" not in number]
        if not pairs:
            return "r"
        values = [match for pair in pairs if (match := _PARTS.fullmatch(pair[0]))]
        sign = "+" if any(match["sign"] for match in values) else ""
        whole, decimals = (max(len(match[part] or "") for match in values) for part in ("whole", "decimals"))
        spreads = [len(pair[1].replace(".", "").lstrip("0")) or 1 for pair in pairs if len(pair) > 1]
        uncertainty = f"({max(spreads)})" if spreads else ""
        return f"S[table-format={sign}{whole}.{decimals}{uncertainty}]"

    def title(self, text: str) -> str:
        """Return the title in braces, which keep siunitx from reading it as a number."""
        return f"{{{text}}}"

    def number(self, cell: Cell, column: Column) -> str:
        """Return the number as siunitx reads it, with its marks behind it."""
        plain = self.plain(cell, column).replace(",", "")
        if not plain or not _PARTS.match(plain):
            return f"{{{Formulas.number(self, cell, column)}}}"
        number, marks = plain.replace("±", r"\pm"), f"${superscript(cell)}$" if _marks(cell) else ""
        if cell.second:
            # The number of an S column cannot be underlined, so the cell is set as text.
            return rf"{{\underline{{\num{{{number}}}}}{marks}}}"
        return (r"\bfseries " if cell.best else "") + number + (f"{{{marks}}}" if marks else "")


def _marks(cell: Cell) -> list[str]:
    given = (
        (cell.differs, DIFFERS),
        (cell.equal, EQUAL),
        (cell.diverged, DIVERGED),
        (cell.other_features, OTHER_FEATURES),
    )
    return [mark for there, mark in given if there]


def superscript(cell: Cell) -> str:
    """Return the marks of a cell within a formula, "" for none."""
    marks = "".join(_IN_FORMULA.get(mark, mark) for mark in _marks(cell))
    return f"^{{{marks}}}" if marks else ""
