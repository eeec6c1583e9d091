"""How wide a LaTeX table will be, estimated from the widths of the characters that it sets."""

from collections.abc import Sequence
from dataclasses import dataclass

# Points of TeX: one column and both columns of an IEEE page.
COLUMN, PAGE = 252.0, 516.0
# Thousandths of an em. Digits and signs are those of Computer Modern, with which formulas are set; letters are those of
# Times, a little narrower than Computer Modern.
_FORMULA = {**dict.fromkeys("0123456789", 500), **dict.fromkeys("., :;", 278), "\u00b1": 1222, "-": 1222, "+": 1222}
_BOLD = {**dict.fromkeys("0123456789", 575), **dict.fromkeys(".,:;", 319)}
_NARROW, _WIDE = "fijlrtI.,:;!'|()[]- ", "mwMW@%&"


@dataclass(frozen=True)
class Size:
    """A size of type with the space on each side of a column. points: of the type."""

    command: str
    points: float
    column_gap: float


# From the best to read to the smallest.
SIZES = (Size("footnotesize", 8, 4), Size("footnotesize", 8, 2.5), Size("scriptsize", 7, 2.5))


def text_ems(text: str) -> float:
    """Return the width of running text in em."""
    ems = [
        0.3 if each in _NARROW else 0.82 if each in _WIDE else 0.67 if each.isupper() else 1.0 if ord(each) > 0x2E80
        else 0.5
        for each in text
    ]  # fmt: skip
    return sum(ems)


def number_ems(text: str, *, bold: bool = False, marks: int = 0) -> float:
    """Return the width in em of a number with its spread, as a formula, and of its superscript marks."""
    widths = {**_FORMULA, **(_BOLD if bold else {})}
    return sum(widths.get(each, 500) for each in text.replace(" ", "")) / 1000 + 0.4 * marks + 0.1 * bool(marks)


def width(columns: Sequence[float], size: Size) -> float:
    """Return the width in points of columns given in em, without space at the outer edges."""
    return sum(columns) * size.points + 2 * size.column_gap * (len(columns) - 1)


def fitting(columns: Sequence[float]) -> Size:
    """Return the largest size in which the columns fit one column of the page, or the smallest for wider tables."""
    return next((size for size in SIZES if width(columns, size) <= COLUMN), SIZES[0])
