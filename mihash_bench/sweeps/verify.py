"""Verification of a run file: its completeness, its schema, and the agreement of key and path with its config."""

from pathlib import Path
from typing import Any

import numpy as np

from mihash_bench.errors import InputError
from mihash_bench.experiment.config import Config, run_key
from mihash_bench.settings.base import Setting, read_config
from mihash_bench.store.layout import run_path
from mihash_bench.store.results import COST_COLUMNS
from mihash_bench.store.run_file import RunRecord, read_run

STATUSES = ("done", "failed", "timeout", "killed", "skipped")
FINAL_ARRAYS = ("ap_expected", "ap_index", "queries")


def fault_of(path: Path, results: Path) -> str:
    """Return one line that names the file and its fault, or "" if the file is correct."""
    try:
        record = read_run(path)
        setting, config = read_config(str(record.attributes["config"]))
        complaint = _fault(record, setting, config, path, results)
    except InputError as error:
        return str(error) if str(path) in str(error) else f"{path}: {error}"
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        complaint = f"an attribute is missing or cannot be read ({error})"
    return f"{path}: {complaint}" if complaint else ""


def _fault(record: RunRecord, setting: Setting, config: Config, path: Path, results: Path) -> str:
    about = record.attributes
    key = run_key(config, str(about["dataset_digest"]), int(about["method_version"]))
    if about["key"] != key:
        return f"its key is {str(about['key'])[:8]}..., but its config gives {key[:8]}..."
    for name, value in config.names.items():
        if about[name] != value:
            return f"{name} is {about[name]!r}, but its config says {value!r}"
    belongs = run_path(results, key=key, **config.names)
    if path != belongs:
        return f"it belongs at {belongs}"
    if about["status"] not in STATUSES:
        return f"status {about['status']!r} is unknown (allowed: {', '.join(STATUSES)})"
    return _curve_fault(record, setting, config) if about["status"] == "done" else ""


def _curve_fault(record: RunRecord, setting: Setting, config: Config) -> str:
    missing = _missing(record, setting, config)
    lengths = {len(column) for column in record.curve.values()}
    if missing or len(lengths) != 1 or lengths == {0}:
        return f"its curve is not complete ({', '.join(missing) or 'columns of different lengths'})"
    examples: Any = record.curve["examples"]
    if (np.diff(examples) <= 0).any():
        return "its examples do not increase"
    if fault := setting.ending_fault(record.curve, record.final, config):
        return fault
    return "its updates decrease" if (np.diff(record.curve["updates"]) < 0).any() else ""


def _missing(record: RunRecord, setting: Setting, config: Config) -> list[str]:
    wanted = [*COST_COLUMNS, *setting.columns, *config.metrics]
    missing = [name for name in wanted if name not in record.curve]
    missing += [f"final {name}" for name in (*FINAL_ARRAYS, *setting.final) if name not in record.final]
    return missing + [f"trigger {name}" for name in ("examples", "updated") if name not in record.trigger]
