"""The results folders of a leaderboard, and which of their runs it can show."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from mihash_bench.errors import InputError
from mihash_bench.report.folder import Complain
from mihash_bench.settings.base import setting_of


def check_folders(results: Sequence[Path], tuned: Sequence[Path]) -> None:
    """Raise InputError if a folder is given twice, which would make it unclear what is tuned."""
    seen: set[Path] = set()
    for option, folder in [*(("RESULTS", each) for each in results), *(("--tuned", each) for each in tuned)]:
        if folder.resolve() in seen:
            raise InputError(f"{option}: {folder} is given twice (allowed: each folder once, as RESULTS or --tuned)")
        seen.add(folder.resolve())


def listed(runs: pd.DataFrame, left_out: Complain) -> pd.DataFrame:
    """Return the runs of settings that a user can choose; those in which ``tune`` tries parameters are no results."""
    listed = runs["setting"].map(lambda name: setting_of(str(name)).listed).astype(bool)
    for name, count in runs[~listed]["setting"].value_counts().items():
        left_out(f"left out: {count} runs of {name}, in which parameters are tried")
    return runs[listed]
