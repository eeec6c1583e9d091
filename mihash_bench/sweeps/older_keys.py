"""Run files from the time when the metrics were part of the run key."""

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from mihash_bench.errors import InputError
from mihash_bench.experiment.config import without_metrics
from mihash_bench.store.run_file import RunRecord, read_run
from mihash_bench.sweeps.task import RunTask

_KEY_PART = re.compile(r"-[0-9a-f]{8}(?=\.h5$)")


def with_older_file(task: RunTask) -> RunTask:
    """Return the task of the run's file of an older key, if there is one that has all that the task asks for.

    Such a file counts as done. A task that has a file with its own key is returned as it is. If the file of an older
    key lacks a metric or cannot be used, the task has a note that the run is done anew.
    """
    if os.path.lexists(task.path):
        return task
    lacks = unusable = ""
    for path in _others(task.path):
        try:
            record = read_run(path)
        except InputError as error:
            unusable = unusable or str(error)
            continue
        older = replace(task, key=str(record.attributes["key"]), path=path)
        if fault := older.fault(record):
            # What it says of its run cannot be believed either, so it may have been this one.
            unusable = unusable or f"{path}: {fault}"
            continue
        if not _is_same_run(record, task):
            continue
        if not (lacks := older.lacks(record)):
            return older
    return replace(task, note=lacks or unusable)


def _others(path: Path) -> Iterator[Path]:
    """Yield the files of runs with the same names and other keys."""
    beginning = _KEY_PART.sub("", path.name)
    for other in sorted(path.parent.glob(f"{beginning.removesuffix('.h5')}-*.h5")):
        if _KEY_PART.sub("", other.name) == beginning:
            yield other


def _is_same_run(record: RunRecord, task: RunTask) -> bool:
    about = record.attributes
    made_of = (about["dataset_digest"], about["method_version"], about.get("code", ""), about["status"])
    if made_of != (task.dataset_digest, task.method_version, task.code, "done"):
        return False
    return without_metrics(str(about["config"])) == without_metrics(task.config.to_json())
