"""The leaderboard of the page: the tables and figures of ``report.leaderboard``, of all datasets and metrics."""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from mihash_bench.report.data.choice import Choice
from mihash_bench.report.data.front import has_front
from mihash_bench.report.html.tables import narrow, plain_table
from mihash_bench.report.leaderboard.budgets import budget_lines
from mihash_bench.report.leaderboard.entries import ENTRY, Entries, entries_of, named
from mihash_bench.report.leaderboard.folders import listed
from mihash_bench.report.leaderboard.layouts import BOARD, FRONT, TUNED, of_all_datasets
from mihash_bench.report.leaderboard.picture import draw_front, with_front_of
from mihash_bench.report.leaderboard.prose import FRONTS, LEARNING, MARKS, PARAMETERS
from mihash_bench.report.leaderboard.sources import STAND_IN, stand_in_note
from mihash_bench.report.leaderboard.tables import board_tables, front_tables, tuned_tables
from mihash_bench.store.results import Results


def board_of(loaded: Results, runs: pd.DataFrame, metrics: Sequence[str], choice: Choice) -> dict[str, Any]:
    """Return tables, pictures and texts of the leaderboard of each metric; nothing if there is nothing to rank.

    runs: comparable runs, those of the first folder and of folders with tuned runs. What is left out has one line.
    """
    lines: list[str] = []
    runs = listed(runs, lines.append)
    budgets = budget_lines(runs, 1)
    boards = [named(entries_of(loaded, runs, metric), choice) for metric in metrics]
    boards = [board for board in boards if _has_several(board.summary)]
    left_out = [*lines, *(line for board in boards for line in board.left_out)]
    return {
        "tables": [table for board in boards for table in _tables(board)],
        "pictures": [picture for board in boards for picture in _pictures(board)],
        "texts": [MARKS, PARAMETERS, LEARNING, FRONTS, *_budgets(budgets)] if boards else [],
        "left_out": [[line.removeprefix("left out: ")] for line in dict.fromkeys(left_out)] if boards else [],
    }


def _budgets(lines: Sequence[str]) -> list[str]:
    return [f"Tuning tried {'; '.join(lines)}."] if lines else []


def _has_several(summary: pd.DataFrame) -> bool:
    """Return whether some dataset has several methods, or one with several sets of parameters."""
    series = summary[["setting", "dataset", "method", ENTRY]].drop_duplicates()
    return bool(series.duplicated(["setting", "dataset"]).any())


def _tables(board: Entries) -> Iterator[dict[str, Any]]:
    for setting, part in board.summary.groupby("setting", sort=False):
        tuned = board.tuned[board.tuned["setting"] == setting]
        made = (
            board_tables(part, of_all_datasets(BOARD)),
            front_tables(part, of_all_datasets(FRONT)),
            tuned_tables(tuned, of_all_datasets(TUNED)),
        )
        for table in (table for tables in made for table in tables):
            yield {"setting": setting, "metric": board.metric, **plain_table(narrow(table))}


def _pictures(board: Entries) -> Iterator[dict[str, Any]]:
    for (setting, _), part in board.summary.groupby(["setting", "dataset"], sort=False):
        if not has_front(part):
            continue
        first = part.iloc[0].to_dict()
        note, dataset = stand_in_note(first), str(first["dataset_title"])
        yield {
            "setting": setting, "metric": board.metric, "dataset": dataset, "note": note,
            "title": f"The Pareto front of {dataset}{f' [{STAND_IN}]' if note else ''}",
            "alt": f"{board.metric} over bit recomputations of all entries on {dataset}, with the Pareto front",
            "content": _drawn(part, board),
        }  # fmt: skip


def _drawn(part: pd.DataFrame, board: Entries) -> str:
    """Return the figure of a dataset as base64."""
    with TemporaryDirectory() as folder:
        path = draw_front(with_front_of(board.last, part), board.metric, Path(folder) / "front")
        return b64encode(path.read_bytes()).decode()
