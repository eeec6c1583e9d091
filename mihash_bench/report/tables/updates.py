"""The layout that says how many table updates Trigger Update saves, and what the metric is with and without it."""

from collections.abc import Sequence

import pandas as pd

from mihash_bench.report.tables.caption import spread_of
from mihash_bench.report.tables.layout import BITS, DATASET, Layout, PanelPlan
from mihash_bench.report.tables.measures import Measure, ratio, statistic

NOT_RUN = "--: not run"


def _caption(layout: Layout, measures: Sequence[Measure], part: pd.DataFrame) -> str:
    what = f"Hash table updates and final {part['metric'].iloc[0]} with Trigger Update off and on"
    return f"{what}; {spread_of(part)}; {NOT_RUN}"


UPDATES_MEASURES = (
    Measure("Updates, off", statistic("updates", trigger="off"), decimals=1),
    Measure("Updates, on", statistic("updates", trigger="on"), decimals=1),
    # A ratio to less than one update in a trial says nothing.
    Measure("off / on", ratio("updates", "off", "on", least=1), decimals=1),
    Measure("Bit recomputations, on", statistic("bit_recomputations", trigger="on")),
    Measure("Coding, off (s)", statistic("table_s", trigger="off"), decimals=2, optional=True),
    Measure("Coding, on (s)", statistic("table_s", trigger="on"), decimals=2, optional=True),
    Measure("{metric}, off", statistic("final", trigger="off"), decimals=3),
    Measure("{metric}, on", statistic("final", trigger="on"), decimals=3),
)
UPDATES = Layout(
    "updates",
    lambda costs: [PanelPlan("", UPDATES_MEASURES)],
    _caption,
    keys=(DATASET, BITS),
    series=False,
    complete=True,
)
