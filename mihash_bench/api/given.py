"""What users give to the functions, and what these say to them."""

import os
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from mihash_bench.errors import InputError, shown
from mihash_bench.metrics.base import parse_metrics
from mihash_bench.text import one_line

PathLike = str | Path


def path_in(name: str, given: Any) -> Path:
    """Return a path. name: that of the argument. Raises InputError, naming it, for what is no path."""
    if not isinstance(given, str | os.PathLike) or not os.fspath(given) or isinstance(os.fspath(given), bytes):
        raise InputError(f"{name}: {shown(given)} is not allowed (allowed: a path that is not empty)")
    return Path(given)


def joined(metric: str | Sequence[str]) -> str:
    """Return metrics as one text, separated by commas. Raises InputError for what is neither a text nor a list."""
    parts = [metric] if isinstance(metric, str) or not isinstance(metric, Iterable) else list(metric)
    if not all(isinstance(part, str) for part in parts):
        raise InputError(f"metric: {shown(metric)} is not allowed (allowed: a text such as 'mAP', or a list of them)")
    return ",".join(parts)


def metrics_in(metric: str | Sequence[str] | None) -> tuple[str, ...] | None:
    """Return the specs of metrics, or None for None. Raises InputError for one that does not exist."""
    return None if metric is None else tuple(str(each) for each in parse_metrics(joined(metric)))


def warn_of(lines: Sequence[str]) -> None:
    """Warn of each line at the place from which the user called the function that calls this one."""
    for line in lines:
        warnings.warn(one_line(line), stacklevel=3)
