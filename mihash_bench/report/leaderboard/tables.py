"""The tables of some entries, in the order of their places."""

import pandas as pd

from mihash_bench.report.data.front import FRONT as ON_IT
from mihash_bench.report.formats.numbers import NOTHING
from mihash_bench.report.leaderboard.entries import COST, ENTRY
from mihash_bench.report.leaderboard.layouts import BOARD, FRONT, TUNED
from mihash_bench.report.leaderboard.roles import ROLE
from mihash_bench.report.leaderboard.roles import TUNED as IS_TUNED
from mihash_bench.report.tables.build import arranged
from mihash_bench.report.tables.layout import Layout
from mihash_bench.report.tables.model import Table

MEAN_RANK_DECIMALS = 2


def board_tables(summary: pd.DataFrame, layout: Layout = BOARD) -> list[Table]:
    """Return the tables of all entries, the best mean rank first."""
    ranks = [NOTHING if pd.isna(rank) else f"{rank:.{MEAN_RANK_DECIMALS}f}" for rank in summary["mean_rank"]]
    return arranged(summary.assign(mean_rank_text=ranks), layout)


def front_tables(summary: pd.DataFrame, layout: Layout = FRONT) -> list[Table]:
    """Return the tables of the entries on the Pareto front, the cheapest first."""
    rows = summary[summary[ON_IT]]
    return arranged(rows.assign(place=rows[f"{COST}_mean"].rank(method="dense")), layout)


def tuned_tables(tuned: pd.DataFrame, layout: Layout = TUNED) -> list[Table]:
    """Return the tables of tuned parameters beside the others."""
    return arranged(tuned, layout)


def with_tuned_names(summary: pd.DataFrame) -> pd.DataFrame:
    """Return entries with names for tuned ones: the method alone if its parameters differ between code lengths."""
    labels = list(summary["label"]) if "label" in summary else [""] * len(summary)
    several = summary.groupby(["setting", "dataset", "method", "trigger", ENTRY])["variant"].transform("nunique") > 1
    alone = several & (summary[ROLE] == IS_TUNED)
    names = zip(labels, summary["method_title"], alone, strict=True)
    return summary.assign(label=[label or (title if is_alone else "") for label, title, is_alone in names])
