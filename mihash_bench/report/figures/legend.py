"""The legend of a figure: the methods, the meaning of the line styles, and below the panels also a caption."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from textwrap import fill
from typing import Any

import pandas as pd
from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.textpath import TextPath

from mihash_bench.report.figures.style import TRIGGERS, Look
from mihash_bench.report.figures.wording import name_in, plain
from mihash_bench.report.titles import series_titles
from mihash_bench.text import one_line

LINE_HEIGHT = 1.35  # of the font size
CAPTION_SPACE = 0.5  # lines, around the caption
HANDLE_LENGTH = 2.4  # this and the next two in font sizes
COLUMN_SPACING = 1.0
TEXT_GAP = 0.6
NOTE_CHARACTERS_AN_INCH, CAPTION_POINTS = 17, 8
LONGEST_LABEL = 40  # characters before a label is broken
NEUTRAL = Look("#555555", "o")
POINTS_AN_INCH = 72

# The lines of reference values and of the Pareto front.
FRONT_STYLE: dict[str, Any] = {"color": "#000000", "linestyle": "-", "linewidth": 0.8, "alpha": 0.6}
REFERENCE_STYLE: dict[str, Any] = {"color": "#000000", "linestyle": (0, (1, 1)), "linewidth": 1.0}

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
        return (sum(lines) + caption) * LINE_HEIGHT * font_size() / POINTS_AN_INCH

    @property
    def options_below(self) -> dict[str, Any]:
        """What matplotlib is told about the legend below the panels, besides its entries."""
        return {
            "ncols": self.columns, "loc": "outside lower center", "frameon": False, "title": self.caption,
            "handlelength": HANDLE_LENGTH, "handletextpad": TEXT_GAP, "columnspacing": COLUMN_SPACING,
            "labelspacing": 0.3, "borderpad": 0,
        }  # fmt: skip

    @property
    def options_inside(self) -> dict[str, Any]:
        """The same of a legend inside of a panel."""
        return {"loc": "best", "handlelength": HANDLE_LENGTH, "labelspacing": 0.3, "framealpha": 0.8}

    def add_below(self, figure: Figure) -> None:
        """Draw the legend below the axes. ``figure.figure_of`` makes the room for it; change both to move it."""
        handles, labels = zip(*self.entries, strict=True) if self.entries else ((), ())
        figure.legend(handles, labels, **self.options_below)

    def add_inside(self, axes: Axes) -> None:
        """Draw the entries, without the caption, where they hide least of the curves of a panel."""
        shown = [entry for entry in self.entries if entry[1]]
        if shown:
            handles, labels = zip(*shown, strict=True)
            axes.legend(handles, labels, **self.options_inside)


def font_size() -> float:
    """Return the size of the legend's type in points, as matplotlib's parameters have it."""
    return float(FontProperties(size=rcParams["legend.fontsize"]).get_size_in_points())


def legend_of(
    rows: pd.DataFrame,
    appearance: dict[tuple[str, str], Look],
    trials: Iterable[int],
    width: float,
    note: str = "",
    shared: Sequence[str] = (),
    lines: Sequence[Entry] = (),
    spread: str = "band",
) -> Legend:
    """Return the legend of some runs for a figure that is ``width`` inches wide.

    What does not vary has no entry: a single method, and a single trigger, are in the caption with ``shared``, what all
    panels have in common. ``note`` is added to the caption. lines: further entries, after the methods. spread: what
    shows the standard deviation.
    """
    labels = labels_of(rows, appearance)
    methods = [(Line2D([], [], **line_style(look, "on")), labels[pair]) for pair, look in appearance.items()]
    methods += lines
    present = [trigger for trigger in TRIGGERS if trigger and trigger in set(rows["trigger"])]
    triggers = [(Line2D([], [], **line_style(NEUTRAL, name)), f"trigger {name}") for name in present]
    single = [label.strip() for each in (methods, triggers) if len(each) == 1 for _, label in each]
    methods, triggers = (each if len(each) > 1 else [] for each in (methods, triggers))
    entries, columns = _arranged(methods, triggers, _columns_that_fit([*methods, *triggers], width))
    about = ", ".join([*shared, *single])
    said = _caption(set(trials), spread)
    first = f"{about.replace(chr(92) + '$', '$')}: {said}" if about else said[:1].upper() + said[1:]
    characters = int(NOTE_CHARACTERS_AN_INCH * width * CAPTION_POINTS / font_size())
    texts = [fill(one_line(line), characters) for line in (first, *note.splitlines())]
    return Legend(entries, columns, "\n".join(map(plain, texts)))


def labels_of(rows: pd.DataFrame, appearance: dict[tuple[str, str], Look]) -> dict[tuple[str, str], str]:
    """Return the label of each method and variant."""
    names = dict(zip(zip(rows["method"], rows["variant"], strict=True), series_titles(rows), strict=True))
    return {pair: _label(names[pair]) for pair in appearance}


def _label(title: str) -> str:
    label = name_in(LONGEST_LABEL, title)
    # matplotlib leaves out labels that begin with an underscore.
    return f" {label}" if label.startswith("_") else label


def line_style(look: Look, trigger: str) -> dict[str, Any]:
    """Return matplotlib's properties of a line: colour and marker show the method, dashes and filling the trigger."""
    line, filled = TRIGGERS[trigger]
    return {
        "color": look.colour, "linestyle": look.line or line, "marker": look.marker,
        "markerfacecolor": look.colour if filled else "white",
    }  # fmt: skip


def _caption(trials: set[int], spread: str) -> str:
    if max(trials) == 1:
        return "one trial"
    number = f"{max(trials)}" if len(trials) == 1 else f"{min(trials)} to {max(trials)}"
    return f"mean of {number} trials, {spread} ± 1 standard deviation"


def _columns_that_fit(entries: list[Entry], width: float) -> int:
    points = font_size()
    lines = [line for _, label in entries for line in label.splitlines()]
    text = max((TextPath((0, 0), line, size=points).get_extents().width for line in lines), default=0.0)
    column = text + (HANDLE_LENGTH + TEXT_GAP + COLUMN_SPACING) * points
    # The last column has no spacing after it.
    return max(1, int((width * POINTS_AN_INCH + COLUMN_SPACING * points) / column))


def _arranged(methods: list[Entry], triggers: list[Entry], most_columns: int) -> tuple[list[Entry], int]:
    """Arrange the entries in columns, with the triggers in a last column of their own if there are several columns."""
    if not methods:
        return triggers, min(most_columns, max(1, len(triggers)))
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
