"""All run files as one tidy table with a row for each run and checkpoint."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mihash_bench.errors import InputError
from mihash_bench.store.layout import run_paths
from mihash_bench.store.run_file import RunRecord, read_run

RUN_COLUMNS = ["setting", "dataset", "method", "variant", "bits", "trigger", "trial", "status"]
COST_COLUMNS = ["examples", "updates", "bit_recomputations", "train_s", "reservoir_s", "table_s", "eval_s"]
# The metrics whose values are stored for each query, and the arrays that hold them.
AP_ARRAYS = {"mAP": "ap_expected", "mAP[ties=index]": "ap_index"}
KNOWN_OF_ALL = [
    "protocol",
    "reason",
    "started",
    "key",
    "method_title",
    "dataset_title",
    "method_version",
    "dataset_digest",
]
LAST_COLUMNS = [*KNOWN_OF_ALL, "train_memory_bytes"]


@dataclass(frozen=True)
class Results:
    """The table, one message for each file that could not be read, and the path of each run's file by key."""

    frame: pd.DataFrame
    refused: list[str]
    paths: dict[str, Path]

    def average_precisions(self, key: str, array: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the queries of a finished run (row numbers in the dataset's file) and the AP of each.

        array: ``ap_expected`` or ``ap_index``. Raises InputError, naming the file, if it can no longer be read.
        """
        final = read_run(self.paths[key]).final
        return final["queries"], final[array]


def load_results(results: Path) -> Results:
    """Read every run file below a results folder.

    Columns: the names and status of the run, the costs so far, one column for each metric, counts of what metrics left
    out, then ``protocol`` (how the stream differs from the defaults), ``reason``, ``started``, ``key`` and titles. A
    run that is not done has one row, which is empty from ``examples`` on. Raises InputError if there is no such folder.
    """
    records: dict[Path, RunRecord] = {}
    refused = []
    for path in run_paths(results):
        try:
            records[path] = replace(read_run(path), final={})
        except InputError as error:
            refused.append(str(error))
    paths = {str(record.attributes["key"]): path for path, record in records.items()}
    return Results(_frame(list(records.values())), refused, paths)


def _frame(records: Sequence[RunRecord]) -> pd.DataFrame:
    parts = [_rows(record) for record in records]
    metrics = list(dict.fromkeys(name for record in records for name in _metrics(record)))
    first = [*RUN_COLUMNS, *COST_COLUMNS, *metrics]
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*first, *LAST_COLUMNS])
    extra = [name for name in frame.columns if name not in {*first, *LAST_COLUMNS}]
    return frame.reindex(columns=[*first, *extra, *LAST_COLUMNS])


def _metrics(record: RunRecord) -> list[str]:
    return str(record.attributes["metrics"]).split(",")


def _rows(record: RunRecord) -> pd.DataFrame:
    about: dict[str, Any] = {name: record.attributes[name] for name in [*RUN_COLUMNS, *KNOWN_OF_ALL]}
    about["train_memory_bytes"] = record.attributes.get("train_memory_bytes", np.nan)
    if record.attributes["status"] != "done":
        return pd.DataFrame([about])
    return pd.DataFrame(dict(record.curve)).assign(**about)
