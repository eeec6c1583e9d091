"""How figures look: their size, fonts, limits, scales, legend and formats."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mihash_bench.errors import InputError, near_miss, shown

# Points of TeX in an inch.
TEX_POINTS = 72.27
FORMATS = ("pdf", "png", "svg", "pgf")
LEGENDS = ("below", "inside", "none")
SCALES = ("auto", "linear", "log")
LARGEST = 100.0  # inches
Legend = Literal["below", "inside", "none"]
Scale = Literal["auto", "linear", "log"]
Limits = tuple[float, float]


@dataclass(frozen=True)
class Size:
    """Width and height in inches, the latter None for what the panels need, and the size of the type in points."""

    width: float
    height: float | None = None
    points: float = 8.0


SIZES = {
    "ieee-column": Size(252 / TEX_POINTS),
    "ieee-page": Size(516 / TEX_POINTS),
    "acm": Size(241.15 / TEX_POINTS),
    "neurips": Size(397.48 / TEX_POINTS, points=9.0),
    "slide": Size(10.0, 5.625, 16.0),
}


@dataclass(frozen=True)
class Design:
    """The wishes for figures.

    size: None for one column of an IEEE page if there is one panel a row, else for the page. style: a file with
    parameters of matplotlib, which override those of the user's matplotlibrc. xlim, ylim: limits of all panels. xscale:
    auto is logarithmic where the values of some panel span a factor of ten or more, on axes for which that makes sense.
    legend: below has a caption too. layout: rows and columns of panels. formats: out of ``FORMATS``.
    """

    size: Size | None = None
    style: Path | None = None
    xlim: Limits | None = None
    ylim: Limits | None = None
    xscale: Scale = "auto"
    legend: Legend = "below"
    layout: tuple[int, int] | None = None
    formats: tuple[str, ...] = ("pdf", "png")

    @property
    def endings(self) -> list[str]:
        """The endings of the files."""
        return [f".{name}" for name in self.formats]


USUAL = Design()


def parsed_size(text: str) -> Size:
    """Return the size with a name out of ``SIZES``, or with ``width,height`` in inches, such as ``3.5,2``.

    Raises InputError, naming ``--size``, for another text.
    """
    if text in SIZES:
        return SIZES[text]
    numbers = _numbers(text, ",")
    if len(numbers) != 2 or not all(0.5 <= number <= LARGEST for number in numbers):
        near = near_miss(text, SIZES)
        raise InputError(
            f"--size: {shown(text)} is unknown{near} (allowed: {', '.join(SIZES)}, or WIDTH,HEIGHT in inches)"
        )
    return Size(*numbers)


def parsed_limits(text: str, option: str) -> Limits:
    """Return two limits such as ``0,0.5``. Raises InputError, naming the option, for another text."""
    numbers = _numbers(text, ",")
    if len(numbers) != 2 or not numbers[0] < numbers[1]:
        raise InputError(f"{option}: {shown(text)} (allowed: LOW,HIGH, two numbers of which the first is smaller)")
    return numbers[0], numbers[1]


def parsed_layout(text: str) -> tuple[int, int]:
    """Return rows and columns such as ``1x3``. Raises InputError, naming ``--layout``, for another text."""
    rows, _, columns = text.partition("x")
    if not (rows.isdecimal() and columns.isdecimal() and 1 <= int(rows) <= 50 and 1 <= int(columns) <= 10):
        raise InputError(
            f"--layout: {shown(text)} (allowed: ROWSxCOLUMNS, such as 1x3, of at most 50 rows and 10 columns)"
        )
    return int(rows), int(columns)


def _numbers(text: str, separator: str) -> list[float]:
    try:
        numbers = [float(part) for part in text.split(separator)]
    except ValueError:
        return []
    return numbers if all(abs(number) < float("inf") for number in numbers) else []
