"""What a layout is: how the rows of a summary become rows and columns of tables."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from mihash_bench.report.tables.measures import Measure


@dataclass(frozen=True)
class Field:
    """A column of the summary that names rows or groups of columns.

    unit: follows the value in headings. identity: the columns that tell two values apart where ``column`` holds titles,
    which need not be unique.
    """

    title: str
    column: str
    unit: str = ""
    identity: tuple[str, ...] = ()

    @property
    def columns(self) -> list[str]:
        """The columns that tell two values apart."""
        return list(self.identity or (self.column,))


METHOD = Field("Method", "name", identity=("method", "variant"))
DATASET = Field("Dataset", "dataset_title", identity=("dataset",))
BITS = Field("Bits", "bits", "bits")


@dataclass(frozen=True)
class PanelPlan:
    """The title and measures of one panel."""

    title: str
    measures: Sequence[Measure]


@dataclass(frozen=True)
class Layout:
    """How a summary is arranged. There is a table for each combination of the columns in ``split``.

    panels: a function that takes the measures of a setting's costs and returns the panels. caption: a function that
    takes the layout, the measures shown and the table's rows of the summary, and returns the caption. keys: columns
    whose values the rows of a section share. labels: columns that name a row, followed by the setting's series, such as
    the trigger, unless ``series`` is False or they have one value. across: each measure has a column for each of its
    values. complete: every section has a row for each label that occurs in the table. short_names: a method with a
    single variant is named by its title, and the caption gives its parameters. stacked: columns that a user chooses
    become panels.
    """

    name: str
    panels: Callable[[Sequence[Measure]], Sequence[PanelPlan]]
    caption: Callable[["Layout", Sequence[Measure], pd.DataFrame], str]
    split: tuple[str, ...] = ("metric", "setting")
    keys: tuple[Field, ...] = ()
    labels: tuple[Field, ...] = (METHOD,)
    series: bool = True
    across: Field | None = None
    complete: bool = False
    short_names: bool = False
    stacked: bool = False
