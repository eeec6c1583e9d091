"""The view of the trigger: Q of the table's and of the current hash functions at each decision of a run."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from mihash_bench.errors import InputError
from mihash_bench.report.html.numbers import Numbers
from mihash_bench.report.html.series import Choices
from mihash_bench.store.results import Results
from mihash_bench.store.run_file import read_run

COSTS = ("updates", "bit_recomputations", "table_s")
# Of the key, as tables and figures show it.
DIGITS = 8


def triggers_of(last: pd.DataFrame, loaded: Results, choices: Choices, numbers: Numbers) -> list[dict[str, Any]]:
    """Return one entry for each run that computed Q.

    last: the last checkpoints of comparable runs. A run whose file can no longer be read is left out.
    """
    paths = dict(zip(loaded.runs["key"], loaded.runs["path"], strict=True))
    decided = last[last["trigger"] == "on"].drop_duplicates("key", keep="last")
    return [entry for _, row in decided.iterrows() for entry in _entry(row, paths[row["key"]], choices, numbers)]


def _entry(row: pd.Series, path: Any, choices: Choices, numbers: Numbers) -> Iterator[dict[str, Any]]:
    try:
        stored = read_run(path).trigger
    except InputError:
        return
    if "q_current" not in stored or not np.isfinite(stored["q_current"]).any():
        return
    yield {
        "panel": choices.panel_of(row), "series": choices.series_of(row), "trial": row["trial"],
        "key": str(row["key"])[:DIGITS], "decisions": len(stored["examples"]),
        "examples": numbers.add(stored["examples"], "Float64Array"),
        "current": numbers.add(stored["q_current"], "Float32Array"),
        "snapshot": numbers.add(stored["q_snapshot"], "Float32Array"),
        "updated": numbers.add(stored["updated"], "Uint8Array"),
        **{name: row[name] for name in COSTS if name in row},
    }  # fmt: skip
