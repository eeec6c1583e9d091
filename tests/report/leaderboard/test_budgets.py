"""The budgets of tuning, as run files keep them."""

from dataclasses import replace

import pandas as pd
import pytest

from mihash_bench.errors import InputError
from mihash_bench.report.leaderboard.budgets import budget_lines
from mihash_bench.store.origin import origin_columns

from ...records import record, write


def runs(tmp_path, **texts):
    """A run with defaults of each method, and a tuned one made by a sweep file with this text."""
    rows = []
    for trial, (method, text) in enumerate(texts.items()):
        facts = {"sweep_files": [{"text": text}]} if text is not None else {}
        path = write(tmp_path / "tuned", replace(record(trial=trial), origin=origin_columns(facts)))
        rows += [(method, "", ((0, "unread"),)), (method, "eta=2", ((1, path),))]
    frame = pd.DataFrame(rows, columns=["method", "variant", "copies"])
    folders = [frozenset(folder for folder, _ in copies) for copies in frame["copies"]]
    return frame.assign(setting="online", dataset="sample", bits=8, trigger="on", trial=0, folders=folders)


def test_equal_budgets_are_said_once_and_unknown_ones_are_named(tmp_path):
    recorded = "seed = 1\n[tuning]\nbudget = 8\n[tuning.osh]\nchosen = {eta = 2}\n"
    rows = runs(tmp_path, osh=recorded, okh=recorded, lsh="seed = 1", ridge="[tuning", mihash=None)
    assert budget_lines(rows, 1) == [
        "sample: 8 parameter sets for each of okh, osh; not recorded for lsh, mihash, ridge"
    ]  # fmt: skip


def test_unequal_budgets_are_refused(tmp_path):
    rows = runs(tmp_path, osh="[tuning]\nbudget = 8", okh="[tuning]\nbudget = 9")
    with pytest.raises(InputError, match=r"--tuned: unequal budgets .*: 8 parameter sets for each of osh; 9 "):
        budget_lines(rows, 1)


def test_without_tuned_runs_there_is_no_budget(tmp_path):
    rows = runs(tmp_path, osh=None).drop(columns=["folders", "copies"])
    assert budget_lines(rows[rows["variant"] == ""], 1) == []
