"""Is a run file what it says: whole, of a known schema, with the key that its config gives, in its own place."""

from pathlib import Path

import numpy as np

from mihash_bench.errors import InputError
from mihash_bench.experiment.config import AnyConfig, RunConfig, read_config, run_key
from mihash_bench.store.layout import run_path
from mihash_bench.store.results import AP_ARRAYS, COST_COLUMNS, PROGRESS_COLUMNS
from mihash_bench.store.run_file import RunRecord, read_run

ROUNDING = 1e-9
STATUSES = ("done", "failed", "timeout", "killed", "skipped")


def fault_of(path: Path, results: Path) -> str:
    """Return what is wrong with a run file, in one line that names it; "" if nothing is."""
    try:
        record = read_run(path)
        config = read_config(str(record.attributes["config"]))
        complaint = _fault(record, config, path, results)
    except InputError as error:
        return str(error)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        complaint = f"an attribute is missing or cannot be read ({error})"
    return f"{path}: {complaint}" if complaint else ""


def _fault(record: RunRecord, config: AnyConfig, path: Path, results: Path) -> str:
    about = record.attributes
    key = run_key(config, str(about["dataset_digest"]), int(about["method_version"]))
    names = {name: getattr(config, name) for name in ("setting", "dataset", "method", "bits", "trigger", "trial")}
    if about["key"] != key:
        return f"its key is {str(about['key'])[:8]}..., its config gives {key[:8]}..."
    for name, value in names.items():
        if about[name] != value:
            return f"{name} is {about[name]!r}, its config says {value!r}"
    if path != run_path(results, key=key, **names):
        return f"belongs at {run_path(results, key=key, **names)}"
    if about["status"] not in STATUSES:
        return f"status {about['status']!r} is not known (allowed: {', '.join(STATUSES)})"
    return _curve_fault(record, config) if about["status"] == "done" else ""


def _curve_fault(record: RunRecord, config: AnyConfig) -> str:
    lengths = {name: len(column) for name, column in record.curve.items()}
    examples = record.curve.get("examples", np.empty(0))
    batch = () if isinstance(config, RunConfig) else PROGRESS_COLUMNS
    missing = [name for name in (*COST_COLUMNS, *batch, *config.metrics) if name not in lengths]
    final = ("ap_expected", "ap_index", "queries", *(("W",) if isinstance(config, RunConfig) else ()))
    missing += [f"final {name}" for name in final if name not in record.final]
    missing += [f"trigger {name}" for name in ("examples", "updated") if name not in record.trigger]
    if missing or len(set(lengths.values())) != 1 or not len(examples):
        return f"its curve is not whole ({', '.join(missing) or 'columns of different lengths'})"
    if (np.diff(examples) <= 0).any():
        return "its examples do not rise"
    if not isinstance(config, RunConfig) and not _ends_with_final(record):
        return "its curve does not end with what is in final"
    if isinstance(config, RunConfig) and examples[-1] != config.examples:
        return f"its curve does not go to {config.examples} examples"
    if (np.diff(record.curve["updates"]) < 0).any():
        return "its updates fall"
    return ""


def _ends_with_final(record: RunRecord) -> bool:
    """Say whether the last mAP of a curve is the mean of the AP that is kept by query, where the curve has it."""
    for metric, array in AP_ARRAYS.items():
        if metric in record.curve and not np.isclose(
            record.curve[metric][-1], np.nanmean(record.final[array]), rtol=0, atol=ROUNDING
        ):
            return False
    return True
