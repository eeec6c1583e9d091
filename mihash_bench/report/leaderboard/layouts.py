"""The tables of a leaderboard: all entries, the Pareto front, and tuned parameters beside the defaults."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from mihash_bench.report.data.randomisation import FLIPS
from mihash_bench.report.leaderboard.entries import COST, ENTRY
from mihash_bench.report.leaderboard.roles import ROLE
from mihash_bench.report.leaderboard.sources import LEARNS_FROM
from mihash_bench.report.tables.caption import caption_of, spread_of, ties_of, values_name
from mihash_bench.report.tables.layout import BITS, DATASET, Field, Layout, PanelPlan
from mihash_bench.report.tables.measures import COMPARED, DIFFERENCES, FINAL, Measure, cost, plain
from mihash_bench.settings.base import setting_of

METHOD = Field("Method", "name", identity=("method", ENTRY))
PARAMETERS = Field("Parameters", ROLE)
MEAN_RANK = Field("Mean rank", "mean_rank_text", identity=("mean_rank_text",))

RANK = Measure("rank", plain("rank"))
ON_FRONT = (
    replace(FINAL, marks_best=False, marks_differences=False),
    replace(cost(COST), decimals=0),
    replace(cost("updates"), decimals=1),
)
BESIDE = (
    replace(COMPARED[0], title="not tuned"),
    replace(COMPARED[1], title="tuned"),
    replace(DIFFERENCES[0], title="tuned - not tuned"),
    *(replace(each, optional=True) for each in DIFFERENCES[1:]),
)


def _board_caption(layout: Layout, measures: Sequence[Measure], part: pd.DataFrame) -> str:
    ranks = (
        "rank: of the mean as shown, among all rows with this code length; mean rank: over all code lengths, -- for a "
        "row that does not have all of them"
    )
    return f"{caption_of(layout, measures, part)}; {ranks}"


def _front_caption(layout: Layout, measures: Sequence[Measure], part: pd.DataFrame) -> str:
    setting, metric = setting_of(str(part["setting"].iloc[0])), str(part["metric"].iloc[0])
    return (
        f"The Pareto front of {metric}{ties_of(metric)} {setting.wording.final} and bit recomputations: no other row "
        f"of the leaderboard with this code length is at least as good at no more bit recomputations "
        f"and better in one of the two, by the means; "
        f"{spread_of(part)}"
    )


def _beside_caption(layout: Layout, measures: Sequence[Measure], part: pd.DataFrame) -> str:
    setting, metric = setting_of(str(part["setting"].iloc[0])), str(part["metric"].iloc[0])
    tested = (
        "; difference by query with its 95 % bootstrap interval over queries; paired randomisation test on the "
        f"{values_name([metric])} of each query (mean over trials), at least {FLIPS:,} sign flips, Holm over all rows "
        "of such tables; trials that agree: those in which the difference has its overall sign"
    )
    what = f"{metric} {setting.wording.final} with tuned parameters, which the name gives, and with others"
    return f"{what}; {spread_of(part)}{tested if part['p_value'].notna().any() else ''}"


BOARD = Layout(
    "leaderboard",
    lambda costs: [PanelPlan("", [replace(FINAL, marks_equal=True), RANK])],
    _board_caption,
    split=("metric", "setting", "dataset"),
    labels=(METHOD, PARAMETERS, Field("Learns from", LEARNS_FROM), MEAN_RANK),
    across=BITS,
)
FRONT = Layout(
    "pareto-front",
    lambda costs: [PanelPlan("", ON_FRONT)],
    _front_caption,
    split=("metric", "setting", "dataset"),
    keys=(BITS,),
    labels=(METHOD, PARAMETERS),
)
TUNED = Layout(
    "tuned",
    lambda costs: [PanelPlan("", BESIDE)],
    _beside_caption,
    split=("metric", "setting", "dataset"),
    keys=(BITS,),
)


def of_all_datasets(layout: Layout) -> Layout:
    """Return a layout with the datasets in one table, in a column of their own."""
    split = tuple(name for name in layout.split if name != "dataset")
    return replace(layout, split=split, keys=(DATASET, *layout.keys))
