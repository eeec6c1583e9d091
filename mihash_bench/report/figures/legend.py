"""The legend of a figure, below its panels: the methods, the meaning of the line styles, and the trials."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil
from textwrap import fill
from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.textpath import TextPath

from mihash_bench.report.figures.style import TRIGGERS, Look
from mihash_bench.report.figures.wording import name_in, plain
from mihash_bench.report.titles import series_title
from mihash_bench.text import one_line

FONT_SIZE = 8
LINE_HEIGHT = 1.35  # of the font size
CAPTION_SPACE = 0.5  # lines, around the caption
HANDLE_LENGTH = 2.4  # this and the next two in font sizes
COLUMN_SPACING = 1.0
TEXT_GAP = 0.6
NOTE_CHARACTERS_AN_INCH = 17
LONGEST_LABEL = 40  # characters before a label is broken
NEUTRAL = Look("#555555", "o")
POINTS_AN_INCH = 72

Entry = tuple[Line2D, str]


@dataclass(frozen=True)
class Legend:
    """Entries in matplotlib's order, which is down the columns, all of one length, and the caption below them."""

    entries: list[Entry]
    columns: int
    caption: str

    @property
    def height(self) -> float:
        """Inches."""
        rows = ceil(len(self.entries) / self.columns)
        lines = [max(label.count("\n") + 1 for _, label in self.entries[row::rows]) for row in range(rows)]
        caption = self.caption.count("\n") + 1 + CAPTION_SPACE
        return (sum(lines) + caption) * LINE_HEIGHT * FONT_SIZE / POINTS_AN_INCH

    def add_to(self, figure: Figure) -> None:
        """Draw the legend below the axes. ``figure._figure`` makes the room for it; change both to move it."""
        handles, labels = zip(*self.entries, strict=True)
        figure.legend(
            handles, labels, ncols=self.columns, loc="outside lower center", frameon=False, fontsize=FONT_SIZE,
            handlelength=HANDLE_LENGTH, handletextpad=TEXT_GAP, columnspacing=COLUMN_SPACING, labelspacing=0.3,
            title=self.caption, title_fontsize=FONT_SIZE - 1, borderpad=0,
        )  # fmt: skip


def legend_of(
    rows: pd.DataFrame, appearance: dict[tuple[str, str], Look], trials: Iterable[int], width: float, note: str = ""
) -> Legend:
    """Return the legend of some runs for a figure that is ``width`` inches wide; ``note`` is added to the caption."""
    titles = dict(zip(rows["method"], rows["method_title"], strict=True))
    methods = [
        (Line2D([], [], **line_style(look, "on")), _label(titles[method], variant))
        for (method, variant), look in appearance.items()
    ]
    present = [trigger for trigger in TRIGGERS if trigger and trigger in set(rows["trigger"])]
    triggers = [(Line2D([], [], **line_style(NEUTRAL, name)), f"trigger {name}") for name in present]
    entries, columns = _arranged(methods, triggers, _columns_that_fit([*methods, *triggers], width))
    lines = [
        _caption(set(trials)),
        *(fill(one_line(line), int(NOTE_CHARACTERS_AN_INCH * width)) for line in note.splitlines()),
    ]
    return Legend(entries, columns, "\n".join(map(plain, lines)))


def _label(title: str, variant: str) -> str:
    label = name_in(LONGEST_LABEL, series_title(title, variant))
    # matplotlib leaves out labels that begin with an underscore.
    return f" {label}" if label.startswith("_") else label


def line_style(look: Look, trigger: str) -> dict[str, Any]:
    """Return matplotlib's properties of a line: colour and marker show the method, dashes and filling the trigger."""
    line, filled = TRIGGERS[trigger]
    return {
        "color": look.colour, "linestyle": line, "linewidth": 1.2, "marker": look.marker, "markersize": 4,
        "markerfacecolor": look.colour if filled else "white", "markeredgewidth": 0.9,
    }  # fmt: skip


def _caption(trials: set[int]) -> str:
    if max(trials) == 1:
        return "One trial"
    number = f"{max(trials)}" if len(trials) == 1 else f"{min(trials)} to {max(trials)}"
    return f"Mean of {number} trials, band ± 1 standard deviation"


def _columns_that_fit(entries: list[Entry], width: float) -> int:
    lines = [line for _, label in entries for line in label.splitlines()]
    text = max(TextPath((0, 0), line, size=FONT_SIZE).get_extents().width for line in lines)
    column = text + (HANDLE_LENGTH + TEXT_GAP + COLUMN_SPACING) * FONT_SIZE
    # The last column has no spacing after it.
    return max(1, int((width * POINTS_AN_INCH + COLUMN_SPACING * FONT_SIZE) / column))


def _arranged(methods: list[Entry], triggers: list[Entry], most_columns: int) -> tuple[list[Entry], int]:
    """Arrange the entries in columns, with the triggers in a last column of their own if there are several columns."""
    if not triggers:
        columns = min(most_columns, len(methods))
        return _padded(methods, ceil(len(methods) / columns) * columns), columns
    if most_columns == 1:
        return [*methods, *triggers], 1
    rows = max(ceil(len(methods) / (most_columns - 1)), len(triggers))
    columns = ceil(len(methods) / rows)
    return [*_padded(methods, rows * columns), *_padded(triggers, rows)], columns + 1


def _padded(entries: list[Entry], length: int) -> list[Entry]:
    blank = [(Line2D([], [], linestyle="none"), "") for _ in range(length - len(entries))]
    return [*entries, *blank]
