"""The layouts that exist, each a value."""

import pandas as pd

from mihash_bench.report.tables.caption import caption_of, comparison_caption, differences_caption
from mihash_bench.report.tables.layout import BITS, DATASET, Field, Layout, PanelPlan
from mihash_bench.report.tables.measures import (
    AUC,
    COMPARED,
    DIFFERENCES,
    FINAL,
    OURS,
    PUBLISHED,
    TRIALS,
    Measure,
    plain,
    without_spread,
)

LONG = Layout(
    "long",
    lambda costs: [PanelPlan("", [FINAL, AUC, *costs, TRIALS])],
    caption_of,
    keys=(DATASET, BITS),
)  # fmt: skip
METHOD_BY_BITS = Layout(
    "method-by-bits",
    lambda costs: [
        PanelPlan("", [OURS, PUBLISHED]),
        *(PanelPlan(cost.title, [without_spread(cost)]) for cost in costs),
    ],
    caption_of,
    split=("metric", "setting", "dataset"),
    across=BITS,
    short_names=True,
    stacked=True,
)
METHOD_BY_DATASET = Layout(
    "method-by-dataset",
    lambda costs: [PanelPlan("", [FINAL, AUC])],
    caption_of,
    keys=(BITS,),
    across=DATASET,
)  # fmt: skip
LAYOUTS = {layout.name: layout for layout in (LONG, METHOD_BY_BITS, METHOD_BY_DATASET)}

# How each row differs from the best of its section; only for rows that were tested.
DIFFERENCE = Layout(
    "differences",
    lambda costs: [PanelPlan("", DIFFERENCES)],
    differences_caption,
    keys=(DATASET, BITS),
)  # fmt: skip
# How the runs of two results folders differ.
COMPARISON = Layout(
    "comparison",
    lambda costs: [PanelPlan("", COMPARED)],
    comparison_caption,
    keys=(DATASET, BITS),
)  # fmt: skip


def every_column(summary: pd.DataFrame) -> Layout:
    """Return a layout that shows a summary as it is: a row for each of its rows, all of its columns, all digits."""
    keys = ["metric", "setting", "dataset", "bits"]
    others = [name for name in summary.columns if name not in keys]
    texts = [name for name in others if not pd.api.types.is_numeric_dtype(summary[name])]
    numbers = [Measure(name, plain(name), decimals=None) for name in others if name not in texts]
    return Layout(
        "every-column",
        lambda costs: [PanelPlan("", numbers)],
        lambda layout, measures, part: "",
        split=(),
        keys=tuple(Field(name, name) for name in keys),
        labels=tuple(Field(name, name) for name in texts),
        series=False,
    )
