"""What the page can choose: panels, series with their colours and markers, and metrics with their ties."""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pandas as pd

from mihash_bench.errors import InputError
from mihash_bench.metrics.base import parse_metric
from mihash_bench.report.figures.style import Look, looks, method_order
from mihash_bench.report.tables.caption import values_name
from mihash_bench.report.titles import series_titles
from mihash_bench.settings.base import setting_of

PANEL = ["setting", "dataset", "bits"]
SERIES = ["setting", "method", "variant", "trigger"]
# The names of plotly for the markers of ``figures.style.MARKERS``.
SYMBOLS = {
    "o": "circle", "s": "square", "^": "triangle-up", "D": "diamond", "v": "triangle-down", "P": "cross", "X": "x",
    "*": "star", "<": "triangle-left", ">": "triangle-right",
}  # fmt: skip
DASHES = {"on": "solid", "off": "dash", "": "solid"}
_TIES = re.compile(r"\[ties=\w+\]$")


@dataclass(frozen=True)
class Choices:
    """The panels and the series of all runs, each a list of plain values, and their places by their columns."""

    panels: list[dict[str, Any]]
    series: list[dict[str, Any]]
    panel_places: dict[tuple[Any, ...], int]
    series_places: dict[tuple[Any, ...], int]

    def panel_of(self, row: pd.Series) -> int:
        """Return the place of the panel to which a run belongs."""
        return self.panel_places[tuple(row[PANEL])]

    def series_of(self, row: pd.Series) -> int:
        """Return the place of the series to which a run belongs."""
        return self.series_places[tuple(row[SERIES])]


def choices_of(runs: pd.DataFrame) -> Choices:
    """Return the choices among some comparable runs, which have their labels; see ``data.choice``.

    runs: at least one row for each run. Panels keep the order of the runs. Methods are in the order of figures, unless
    they were chosen in another one.
    """
    panels = runs.drop_duplicates(PANEL)
    series = runs.assign(name=series_titles(runs)).drop_duplicates(SERIES)
    place = series["place"] if "place" in series else [0] * len(series)
    order = [method_order(method) for method in series["method"]]
    keys = zip(place, order, series["variant"], series["trigger"] != "on", range(len(series)), strict=True)
    series = series.iloc[[key[-1] for key in sorted(keys)]]
    return Choices(
        [_panel(row) for row in panels.to_dict("records")],
        _listed_series(series),
        {tuple(row): number for number, row in enumerate(panels[PANEL].itertuples(index=False))},
        {tuple(row): number for number, row in enumerate(series[SERIES].itertuples(index=False))},
    )


def _panel(row: dict[Any, Any]) -> dict[str, Any]:
    remarks = [f"{text}." for text in setting_of(row["setting"]).remarks(str(row["dataset"]))]
    return {"setting": row["setting"], "dataset": row["dataset_title"], "bits": row["bits"], "remarks": remarks}


def _listed_series(series: pd.DataFrame) -> list[dict[str, Any]]:
    look = looks(list(zip(series["method"], series["variant"], strict=True)))
    return [_one_series(row, look[row["method"], row["variant"]]) for row in series.to_dict("records")]


def _one_series(row: dict[Any, Any], look: Look) -> dict[str, Any]:
    hollow = "-open" if row["trigger"] == "off" else ""
    return {
        "setting": row["setting"], "name": row["name"], "trigger": row["trigger"], "colour": look.colour,
        "symbol": SYMBOLS[look.marker] + hollow, "dash": DASHES.get(row["trigger"], "solid"),
    }  # fmt: skip


def metrics_of(specs: Sequence[str]) -> list[dict[str, str]]:
    """Return each metric's spec, its name without ties, how it treats them, and what the value of a query is called.

    Ties are expected, index, or "".
    """
    return [
        {"spec": spec, "base": _TIES.sub("", spec), "ties": _ties(spec), "value": values_name([spec])} for spec in specs
    ]


def _ties(spec: str) -> str:
    with suppress(InputError):  # a metric of a plug-in that is not loaded
        return str(getattr(parse_metric(spec), "ties", ""))
    return ""
