"""The panels of what runs measured in search engines while they streamed, one for each engine."""

import pandas as pd

from mihash_bench.errors import InputError
from mihash_bench.registry import ENGINES
from mihash_bench.report.data.searched import engines_in
from mihash_bench.report.data.selection import measured
from mihash_bench.report.figures.panel import Panel
from mihash_bench.settings.base import Axis
from mihash_bench.store.columns import SEARCHED


def engine_panels(rows: pd.DataFrame, place: tuple[str, str, int], axis: Axis, y: str) -> list[Panel]:
    """Return a panel for each engine that was measured at a place (setting, dataset, code length), with its own x axis.

    Engines differ so much in cost that a common axis would push the points of most panels to one end.
    """
    setting, dataset, bits = place
    here = rows[(rows["setting"] == setting) & (rows["dataset"] == dataset) & (rows["bits"] == bits)]
    panels = []
    for engine in engines_in(here, axis.column):
        known = here.assign(**{axis.column: here[f"{SEARCHED}{engine} {axis.column}"]})
        titles = (_title(engine), str(here["dataset_title"].iloc[0]), f"{bits} bits")
        panels.append(Panel(titles, measured(known, axis.column), axis, y, own_x=True))
    return panels


def _title(engine: str) -> str:
    try:
        return str(ENGINES.get(engine).title)
    except InputError:  # the engine's package is not installed
        return engine
