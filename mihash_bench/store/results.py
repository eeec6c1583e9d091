"""Many run files as one tidy table: a row for each run and checkpoint."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from mihash_bench.errors import InputError
from mihash_bench.store.layout import run_paths
from mihash_bench.store.run_file import RunRecord, read_run

RUN_COLUMNS = ["setting", "dataset", "method", "variant", "bits", "trigger", "trial", "status"]
COST_COLUMNS = ["examples", "updates", "bit_recomputations", "train_s", "reservoir_s", "table_s", "eval_s"]
LAST_COLUMNS = ["protocol", "reason", "started", "key", "method_title", "dataset_title"]


@dataclass(frozen=True)
class Results:
    """The table, and one line for each file that could not be read."""

    frame: pd.DataFrame
    refused: list[str]


def load_results(results: Path) -> Results:
    """Read every run file below a results folder.

    Columns: the run's names and status, the costs so far, one column a metric spec, then counts of what metrics
    left out and ``protocol`` (what of the stream differs from the defaults), ``reason``, ``started``, ``key``
    and titles. A run that is not done has one row, with nothing from ``examples`` on. Raises InputError when
    there is no such folder.
    """
    records, refused = [], []
    for path in run_paths(results):
        try:
            records.append(read_run(path))
        except InputError as error:
            refused.append(str(error))
    return Results(_frame(records), refused)


def _frame(records: Iterable[RunRecord]) -> pd.DataFrame:
    parts = [_rows(record) for record in records]
    metrics = list(dict.fromkeys(name for record in records for name in _metrics(record)))
    first = [*RUN_COLUMNS, *COST_COLUMNS, *metrics]
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*first, *LAST_COLUMNS])
    extra = [name for name in frame.columns if name not in {*first, *LAST_COLUMNS}]
    return frame.reindex(columns=[*first, *extra, *LAST_COLUMNS])


def _metrics(record: RunRecord) -> list[str]:
    return str(record.attributes["metrics"]).split(",")


def _rows(record: RunRecord) -> pd.DataFrame:
    about: dict[str, Any] = {name: record.attributes[name] for name in [*RUN_COLUMNS, *LAST_COLUMNS]}
    if record.attributes["status"] != "done":
        return pd.DataFrame([about])
    return pd.DataFrame(dict(record.curve)).assign(**about)
