"""What every run file must contain: the attributes that readers need, in their types, and columns of equal length."""

import re
from collections.abc import Mapping
from typing import Any

from mihash_bench.errors import InputError
from mihash_bench.store.record import Columns, RunRecord

STATUSES = ("done", "failed", "timeout", "killed", "skipped")

# The attributes of every run, whatever its outcome.
TEXTS = (
    "setting", "dataset", "method", "variant", "trigger", "status", "metrics", "config", "key", "protocol", "reason",
    "traceback", "started", "method_title", "dataset_title", "dataset_digest",
)  # fmt: skip
WHOLE_NUMBERS = {"bits": 1, "trial": 0, "method_version": 0}  # and the least value of each

# Attributes that not every run has. All others are costs that a setting or plug-in adds: any text or number.
OTHER_TYPES: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(
        (
            "ended", "versions", "machine", "threads", "git_commit", "table_s_is", "code", "metric_code", "dataset_is",
            "split", "diverged",
        ),
        str,
    ),
    "git_dirty": bool,
    "peak_memory_bytes": int,
    "train_memory_bytes": (int, float),
}  # fmt: skip
_TYPE_NAMES = {str: "text", bool: "true or false", int: "a whole number", (int, float): "a number"}
_KEY = re.compile("[0-9a-f]{64}")
_AP_ARRAYS = ("ap_expected", "ap_index", "queries")


def check_record(record: RunRecord) -> None:
    """Raise InputError, naming the attribute or group, if a record lacks what readers need or has it in other types."""
    _check_attributes(record.attributes)
    _check_columns("curve", record.curve)
    _check_columns("trigger", record.trigger)
    _check_columns("final AP", {name: record.final[name] for name in _AP_ARRAYS if name in record.final})
    _check_columns("values of queries", record.per_query)
    if record.attributes["status"] == "done" and not any(len(column) for column in record.curve.values()):
        raise InputError("its curve is not complete (it has no checkpoint)")


def _check_attributes(about: Mapping[str, Any]) -> None:
    for name in (*TEXTS, *WHOLE_NUMBERS):
        if name not in about:
            raise InputError(f"attribute {name} is missing")
    for name in TEXTS:
        _check_type(name, about[name], str)
    for name in OTHER_TYPES.keys() & about.keys():
        _check_type(name, about[name], OTHER_TYPES[name])
    for name, least in WHOLE_NUMBERS.items():
        _check_type(name, about[name], int)
        if about[name] < least:
            raise InputError(f"attribute {name} is {about[name]} (allowed: whole numbers from {least})")
    _check_values(about["status"], about["key"])


def _check_values(status: str, key: str) -> None:
    if status not in STATUSES:
        raise InputError(f"status {status[:40]!r} is unknown (allowed: {', '.join(STATUSES)})")
    if not _KEY.fullmatch(key):
        raise InputError(f"attribute key is {key[:70]!r} (allowed: 64 hexadecimal digits)")


def _check_type(name: str, value: Any, allowed: type | tuple[type, ...]) -> None:
    # A boolean is an int for Python.
    if type(value) is not allowed and (not isinstance(value, allowed) or isinstance(value, bool)):
        raise InputError(f"attribute {name} is not {_TYPE_NAMES[allowed]}")


def _check_columns(where: str, columns: Columns) -> None:
    for name, column in columns.items():
        if column.ndim != 1:
            raise InputError(f"its {where} is not complete (column {name} has {column.ndim} dimensions, allowed: 1)")
    if len({len(column) for column in columns.values()}) > 1:
        raise InputError(f"its {where} is not complete (columns of different lengths)")
